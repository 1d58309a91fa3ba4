using System.Globalization;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>Bitrix24's numbers of the CRM's kinds of entities, and the words that stand for them elsewhere. Source: crm/data-types.md#object_type.</summary>
public static class CrmEntityTypes
{
    /// <summary>Leads.</summary>
    public const int Lead = 1;

    /// <summary>Deals.</summary>
    public const int Deal = 2;

    /// <summary>Contacts.</summary>
    public const int Contact = 3;

    /// <summary>Companies.</summary>
    public const int Company = 4;

    /// <summary>Quotes.</summary>
    public const int Quote = 7;

    /// <summary>Invoices of the current kind.</summary>
    public const int SmartInvoice = 31;

    /// <summary>The lowest number of a smart process that a portal has made.</summary>
    public const int FirstSmartProcess = 128;

    /// <summary>The short code by which product rows and bindings name a kind: <c>D</c>, <c>CO</c>, for smart processes <c>T</c> and the number in hexadecimal digits, <c>T80</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such kind is known.</exception>
    public static string ShortCode(int entityTypeId) => entityTypeId switch
    {
        Lead => "L",
        Deal => "D",
        Contact => "C",
        Company => "CO",
        Quote => "Q",
        SmartInvoice => "SI",
        >= FirstSmartProcess => string.Create(CultureInfo.InvariantCulture, $"T{entityTypeId:x}"),
        _ => throw new ArgumentOutOfRangeException(nameof(entityTypeId), entityTypeId, "This kind of entity is not known."),
    };

    /// <summary>The name by which the timeline knows a kind: <c>deal</c>, for smart processes <c>dynamic_147</c>. Source: crm/timeline/comments/crm-timeline-comment-add.md.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such kind is known.</exception>
    public static string TimelineName(int entityTypeId) => entityTypeId switch
    {
        Lead => "lead",
        Deal => "deal",
        Contact => "contact",
        Company => "company",
        Quote => "quote",
        SmartInvoice => "smart_invoice",
        >= FirstSmartProcess => string.Create(CultureInfo.InvariantCulture, $"dynamic_{entityTypeId}"),
        _ => throw new ArgumentOutOfRangeException(nameof(entityTypeId), entityTypeId, "This kind of entity is not known."),
    };
}
