using System.Text.Json;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>A stage from which a robot was seen to call.</summary>
public sealed record RobotStage
{
    /// <summary>Properties into which a designer can put a deal's values. Whatever else a robot is set to holds for all deals.</summary>
    private static readonly HashSet<string> Texts = new(StringComparer.OrdinalIgnoreCase) { "deal_title", "category", "stage", "responsible", "fields", "comment", "notify" };

    public required PortalId Portal { get; init; }

    public required string RobotCode { get; init; }

    /// <summary>Bitrix24's number of the kind of items.</summary>
    public required int EntityTypeId { get; init; }

    public required string Stage { get; init; }

    /// <summary>The connection to which it sent.</summary>
    public required string Connection { get; init; }

    /// <summary>The stage's pipeline; <see langword="null"/> for leads.</summary>
    public long? CategoryId { get; init; }

    /// <summary>The properties of the last call, as the inbox keeps them.</summary>
    public required string Properties { get; init; }

    /// <summary>Properties whose values differed from deal to deal.</summary>
    public IReadOnlyList<string> Varying { get; init; } = [];

    /// <summary>How many calls were seen.</summary>
    public required long Calls { get; init; }

    /// <summary>The user whose token the last call brought.</summary>
    public long? UserId { get; init; }

    /// <summary>How long after the deal came to the stage the robot called last.</summary>
    public required TimeSpan Delay { get; init; }

    /// <summary>How long it waits for its answer; <see langword="null"/> for ever.</summary>
    public TimeSpan? Timeout { get; init; }

    public required DateTimeOffset FirstCalledAt { get; init; }

    public required DateTimeOffset LastCalledAt { get; init; }

    /// <summary>The last call's properties without those that are another deal's: what can be said of any deal on this stage.</summary>
    public string CommonProperties => JsonSerializer.Serialize(Read(Properties).Where(property => !LeftOut.Contains(property.Key)).ToDictionary());

    /// <summary>Properties that differ from deal to deal and are left out.</summary>
    public IReadOnlyList<string> LeftOut => [.. Varying.Where(Texts.Contains)];

    /// <summary>Properties that were seen for one deal only, so that nobody knows whether they hold for others.</summary>
    public IReadOnlyList<string> Unproven => Calls > 1 ? [] : [.. Read(Properties).Where(property => Texts.Contains(property.Key) && property.Value.Any(value => value.Length > 0)).Select(property => property.Key)];

    /// <summary>Whether each call makes an item of its own on the ESB (mode <c>create</c>).</summary>
    public bool MakesAnew => Read(Properties).TryGetValue("mode", out var mode) && mode is [var value, ..] && value.Equals("create", StringComparison.OrdinalIgnoreCase);

    /// <summary>Properties without those into which a designer can put a deal's values.</summary>
    internal static string WithoutTexts(string properties) => JsonSerializer.Serialize(Read(properties).Where(property => !Texts.Contains(property.Key)).ToDictionary());

    internal static Dictionary<string, string[]> Read(string properties) => JsonSerializer.Deserialize<Dictionary<string, string[]>>(properties) ?? [];
}
