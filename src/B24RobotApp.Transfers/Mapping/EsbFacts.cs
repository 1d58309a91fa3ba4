using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>A field of the ESB's deals.</summary>
/// <param name="Name">The name by which the portal takes it: the original one, or what an older portal makes of it.</param>
/// <param name="Type">Bitrix24's type, such as <c>string</c>, <c>date</c>, <c>boolean</c>, <c>crm_status</c>.</param>
/// <param name="IsReadOnly">Whether writing it has no effect.</param>
/// <param name="IsMultiple">Whether it holds a list.</param>
public sealed record EsbField(string Name, string Type, bool IsReadOnly, bool IsMultiple)
{
    /// <summary>The choices of a list field.</summary>
    public IReadOnlyList<CrmFieldOption> Options { get; init; } = [];
}

/// <summary>A stage of one of the ESB's pipelines.</summary>
public sealed record EsbStage(string Code, long CategoryId, string Name);

/// <summary>What must be known of the ESB to write a deal that arrives as meant: unknown fields would vanish without a word.</summary>
public sealed record EsbFacts
{
    /// <summary>The deal's fields by their original names, without regard to case.</summary>
    public required IReadOnlyDictionary<string, EsbField> Fields { get; init; }

    /// <summary>Pipelines: id to name.</summary>
    public required IReadOnlyDictionary<long, string> Categories { get; init; }

    /// <summary>Stages of all pipelines by code.</summary>
    public required IReadOnlyDictionary<string, EsbStage> Stages { get; init; }

    /// <summary>ISO codes of the portal's currencies.</summary>
    public required IReadOnlySet<string> Currencies { get; init; }

    public required DateTimeOffset LoadedAt { get; init; }

    /// <summary>The schema of which these are a part.</summary>
    public PortalSchema? Schema { get; init; }
}
