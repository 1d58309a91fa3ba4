namespace B24RobotApp.Bitrix24.Crm;

/// <summary>Bitrix24's numbers of the CRM's kinds of entities. Source: crm/data-types.md.</summary>
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
}
