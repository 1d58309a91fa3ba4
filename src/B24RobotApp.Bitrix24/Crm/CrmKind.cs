using System.Globalization;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>
/// What differs between the kinds of CRM items on which automation runs: deals, leads, quotes, invoices and the items of smart processes. One row each; whatever works on items asks here.
/// Source: crm/data-types.md#object_type, crm/universal/object-fields.md, bizproc/bizproc-robot/bizproc-robot-add.md.
/// </summary>
public sealed record CrmKind
{
    private const string DocumentNamespace = @"Bitrix\Crm\Integration\BizProc\Document\";
    private const string SmartPrefix = "dynamic_";

    /// <summary>Deals.</summary>
    public static readonly CrmKind Deal = new()
    {
        EntityTypeId = CrmEntityTypes.Deal,
        Name = "deal",
        Document = "DEAL",
        DocumentClass = "CCrmDocumentDeal",
        OriginatorField = "originatorId",
        OriginField = "originId",
        Path = "crm/deal/details/",
    };

    /// <summary>Leads.</summary>
    public static readonly CrmKind Lead = new()
    {
        EntityTypeId = CrmEntityTypes.Lead,
        Name = "lead",
        Document = "LEAD",
        DocumentClass = "CCrmDocumentLead",
        OriginatorField = "originatorId",
        OriginField = "originId",
        Path = "crm/lead/details/",
    };

    /// <summary>Quotes. They have no system field that could hold an origin, so a user field does.</summary>
    public static readonly CrmKind Quote = new()
    {
        EntityTypeId = CrmEntityTypes.Quote,
        Name = "quote",
        Document = "QUOTE",
        DocumentClass = DocumentNamespace + "Quote",
        OriginField = "UF_CRM_SOURCE_ORIGIN",
        Path = "crm/type/7/details/",
    };

    /// <summary>Invoices of the current kind.</summary>
    public static readonly CrmKind Invoice = new()
    {
        EntityTypeId = CrmEntityTypes.SmartInvoice,
        Name = "invoice",
        Document = "SMART_INVOICE",
        DocumentClass = DocumentNamespace + "SmartInvoice",
        OriginField = "xmlId",
        Path = "crm/type/31/details/",
    };

    private static readonly CrmKind[] Fixed = [Deal, Lead, Quote, Invoice];

    /// <summary>Bitrix24's number.</summary>
    public required int EntityTypeId { get; init; }

    /// <summary>The word in mapping profiles: <c>deal</c>, <c>lead</c>, <c>quote</c>, <c>invoice</c>, <c>dynamic_147</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The third part of a document type, and the beginning of a document's id: <c>DEAL</c>, <c>DYNAMIC_147</c>.</summary>
    public required string Document { get; init; }

    /// <summary>The second part of a document type.</summary>
    public required string DocumentClass { get; init; }

    /// <summary>The field that says which other system an item came from; <see langword="null"/> if there is none, and then <see cref="OriginField"/> holds that too.</summary>
    public string? OriginatorField { get; private init; }

    /// <summary>The field that says which item of the other system it was: <c>originId</c>, the external code <c>xmlId</c>, or a user field.</summary>
    public required string OriginField { get; init; }

    /// <summary>Whether the field for the origin is a user field, which somebody has to create.</summary>
    public bool NeedsOriginField => OriginField.StartsWith("UF_", StringComparison.Ordinal);

    private string Path { get; init; } = "";

    /// <summary>The kind with a number; <see langword="null"/> if automation does not run on it, or nobody knows it.</summary>
    public static CrmKind? Find(int entityTypeId) =>
        Array.Find(Fixed, kind => kind.EntityTypeId == entityTypeId)
        ?? (entityTypeId >= CrmEntityTypes.FirstSmartProcess ? SmartProcess(entityTypeId) : null);

    /// <summary>The kind with a name, as profiles write it.</summary>
    public static CrmKind? Find(string name) =>
        Array.Find(Fixed, kind => kind.Name == name)
        ?? (name.StartsWith(SmartPrefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(SmartPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Find(id) : null);

    /// <summary>The kind of a document, such as <c>DEAL</c> or <c>DYNAMIC_147</c>.</summary>
    public static CrmKind? FindByDocument(string document) =>
        Array.Find(Fixed, kind => kind.Document == document) ?? (document.StartsWith("DYNAMIC_", StringComparison.Ordinal) ? Find(SmartPrefix + document["DYNAMIC_".Length..]) : null);

    /// <summary>Where a portal shows an item, relative to its address.</summary>
    public string DetailsPath(long id) => string.Create(CultureInfo.InvariantCulture, $"{Path}{id}/");

    /// <summary>The kind of an item whose page has this address; <see langword="null"/> if it is no item's.</summary>
    public static CrmKind? FindByDetails(Uri page)
    {
        var path = page.AbsolutePath.TrimStart('/');
        return Array.Find(Fixed, kind => path.StartsWith(kind.Path, StringComparison.Ordinal))
            ?? (path.StartsWith("crm/type/", StringComparison.Ordinal) && int.TryParse(path.Split('/')[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Find(id) : null);
    }

    private static CrmKind SmartProcess(int entityTypeId) => new()
    {
        EntityTypeId = entityTypeId,
        Name = string.Create(CultureInfo.InvariantCulture, $"{SmartPrefix}{entityTypeId}"),
        Document = string.Create(CultureInfo.InvariantCulture, $"DYNAMIC_{entityTypeId}"),
        DocumentClass = DocumentNamespace + "Dynamic",
        OriginField = "xmlId",
        Path = string.Create(CultureInfo.InvariantCulture, $"crm/type/{entityTypeId}/details/"),
    };
}
