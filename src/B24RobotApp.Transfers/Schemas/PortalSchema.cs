using B24RobotApp.Bitrix24.Crm;

namespace B24RobotApp.Transfers.Schemas;

/// <summary>A field of a kind of CRM item, as one portal describes it.</summary>
public sealed record SchemaField
{
    /// <summary>Its name in profiles: the original one (<c>UF_CRM_X</c>), or <c>crm.item</c>'s for a system field (<c>opportunity</c>).</summary>
    public required string Name { get; init; }

    /// <summary>The name by which this portal takes and gives it; differs from <see cref="Name"/> for user fields of portals older than crm 25.0.0.</summary>
    public required string PortalName { get; init; }

    /// <summary>Bitrix24's type, such as <c>string</c>, <c>money</c>, <c>enumeration</c>, <c>crm_status</c>.</summary>
    public required string Type { get; init; }

    public bool IsUserField { get; init; }

    /// <summary>Whether writing it has no effect.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether it can be written when the item is created only.</summary>
    public bool IsImmutable { get; init; }

    public bool IsMultiple { get; init; }

    /// <summary>Whether the portal's cards demand it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>For <c>crm_status</c>: the directory of its values, such as <c>SOURCE</c>.</summary>
    public string? StatusType { get; init; }

    /// <summary>For <c>enumeration</c>: the choices, with the codes (XML_ID) that may be alike on several portals.</summary>
    public IReadOnlyList<CrmFieldOption> Options { get; init; } = [];

    /// <summary>For <c>crm</c>: the only kind of items that it may point to (entityTypeId); <see langword="null"/> if there are several, or the portal does not tell.</summary>
    public int? LinkedKind { get; init; }

    /// <summary>What people read beside it, by language. The key <see cref="PortalSchema.OwnLanguage"/> holds it in the language of whoever asked; the portal tells others of user fields only.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>What people read beside it, in a language if the portal told it.</summary>
    public string Label(string language) =>
        Labels.GetValueOrDefault(language) ?? Labels.GetValueOrDefault(PortalSchema.OwnLanguage) ?? Labels.Values.FirstOrDefault() ?? Name;

    /// <summary>The code of a user field that may be alike on several portals (XML_ID); <see langword="null"/> if it has none.</summary>
    public string? XmlId { get; init; }
}

/// <summary>A stage of a pipeline.</summary>
/// <param name="Code">What <c>stageId</c> holds: <c>NEW</c>, <c>C5:NEW</c>.</param>
/// <param name="CategoryId">Its pipeline; 0 is the default one.</param>
/// <param name="Name">What people see.</param>
/// <param name="Semantics"><c>P</c> under way, <c>S</c> won, <c>F</c> lost.</param>
public sealed record SchemaStage(string Code, long CategoryId, string Name, string Semantics);

/// <summary>An entry of a directory (<c>crm_status</c>): sources, deal types, honorifics.</summary>
public sealed record SchemaStatus(string Code, string Name);

/// <summary>A currency of a portal.</summary>
/// <param name="Code">ISO 4217.</param>
/// <param name="IsBase">Whether it is the portal's own.</param>
public sealed record SchemaCurrency(string Code, bool IsBase);

/// <summary>A unit of measure; the code is the same everywhere (OKEI), the portals' lists differ.</summary>
public sealed record SchemaMeasure(int Code, string Name, string Symbol);

/// <summary>All that must be known of one kind of item on one portal to read or write it as meant: a portal drops unknown fields and values without a word.</summary>
public sealed record PortalSchema
{
    /// <summary>Stands in <see cref="SchemaField.Labels"/> for the language of the token's or webhook's user, which no method tells.</summary>
    public const string OwnLanguage = "";

    public required int EntityTypeId { get; init; }

    /// <summary>
    /// The fields by <see cref="SchemaField.Name"/>, without regard to case; system fields also by their older names (<c>ASSIGNED_BY_ID</c>), which are those that people know.
    /// <see cref="AllFields"/> has each of them once.
    /// </summary>
    public required IReadOnlyDictionary<string, SchemaField> Fields { get; init; }

    /// <summary>Each field once.</summary>
    public IEnumerable<SchemaField> AllFields => Fields.Where(named => named.Key == named.Value.Name).Select(named => named.Value);

    /// <summary>Pipelines: id to name. Empty for kinds without pipelines.</summary>
    public IReadOnlyDictionary<long, string> Categories { get; init; } = new Dictionary<long, string>();

    /// <summary>Stages of all pipelines by code.</summary>
    public IReadOnlyDictionary<string, SchemaStage> Stages { get; init; } = new Dictionary<string, SchemaStage>();

    /// <summary>Directories by name, such as <c>SOURCE</c>; those that a field of this kind refers to.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<SchemaStatus>> Directories { get; init; } = new Dictionary<string, IReadOnlyList<SchemaStatus>>();

    /// <summary>Currencies by code; empty if the portal did not tell them.</summary>
    public IReadOnlyDictionary<string, SchemaCurrency> Currencies { get; init; } = new Dictionary<string, SchemaCurrency>();

    /// <summary>Units by code; empty if the portal did not tell them.</summary>
    public IReadOnlyDictionary<int, SchemaMeasure> Measures { get; init; } = new Dictionary<int, SchemaMeasure>();

    public required DateTimeOffset LoadedAt { get; init; }
}
