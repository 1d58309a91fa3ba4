using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Mapping;

namespace B24RobotApp.Transfers.Schemas.DryRuns;

/// <summary>What a transfer would do.</summary>
public enum DryRunOutcome
{
    Create,
    Update,
    Skip,

    /// <summary>The deal is there, and nothing about it would be written.</summary>
    Nothing,

    /// <summary>It would fail; the problems say why.</summary>
    Fail,
}

/// <summary>One field of the ESB's deal.</summary>
/// <param name="Field">Its name in profiles.</param>
/// <param name="Label">What people call it.</param>
/// <param name="Rule">Where its value comes from: the rule's words, <c>robot</c> or <c>app</c>.</param>
/// <param name="Source">The source's value.</param>
/// <param name="Sent">What would be sent; <see langword="null"/> if it would not be.</param>
/// <param name="Before">What stands on the ESB.</param>
/// <param name="After">What would stand there.</param>
public sealed record DryRunField(string Field, string Label, string Rule, JsonElement? Source, JsonNode? Sent, JsonElement? Before, JsonNode? After);

/// <summary>A company or contact.</summary>
/// <param name="Kind"><c>company</c> or <c>contact</c>.</param>
/// <param name="SourceId">Its id on the source portal.</param>
/// <param name="Name">Its name there.</param>
/// <param name="EsbId">Its counterpart; <see langword="null"/> if there is none, and then it would be created, unless the profile only links clients. Fields that point to such a client are filled when it stands, and not shown.</param>
public sealed record DryRunClient(string Kind, long SourceId, string Name, long? EsbId);

/// <summary>Files that would travel once the deal stands; those that an earlier transfer has sent are not sent again.</summary>
/// <param name="Field">The ESB's field.</param>
/// <param name="Label">What people call it.</param>
/// <param name="From">The source's field.</param>
/// <param name="Count">How many files it holds.</param>
public sealed record DryRunFiles(string Field, string Label, string From, int Count);

/// <summary>What a transfer of one deal would do now, field by field. Nothing was written.</summary>
public sealed record DryRunReport
{
    public required DryRunOutcome Outcome { get; init; }

    public required long DealId { get; init; }

    public string? Title { get; init; }

    /// <summary>The profile's version, <c>code@version</c>.</summary>
    public required string Profile { get; init; }

    /// <summary>The deal on the ESB, if there is one.</summary>
    public long? EsbDealId { get; init; }

    public IReadOnlyList<MappingProblem> Problems { get; init; } = [];

    public IReadOnlyList<DryRunField> Fields { get; init; } = [];

    /// <summary>The rows as they would be sent; <see langword="null"/> if they would stay as they are.</summary>
    public IReadOnlyList<JsonObject>? Rows { get; init; }

    /// <summary>The rows that stand there.</summary>
    public IReadOnlyList<JsonElement> RowsBefore { get; init; } = [];

    public IReadOnlyList<DryRunClient> Client { get; init; } = [];

    public IReadOnlyList<DryRunFiles> Files { get; init; } = [];
}
