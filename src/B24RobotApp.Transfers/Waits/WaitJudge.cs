using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Waits;

/// <summary>Whether what is waited for has come. Pure.</summary>
internal static class WaitJudge
{
    /// <summary>Clocks differ by less than this, as far as the app relies on them.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(2);

    /// <summary>Judges by how things stand.</summary>
    /// <param name="settings">What is waited for.</param>
    /// <param name="began">The item when the waiting began.</param>
    /// <param name="now">The item now.</param>
    /// <param name="stages">The ESB's stages.</param>
    public static bool IsReached(WaitSettings settings, EsbState began, EsbState now, IReadOnlyDictionary<string, SchemaStage> stages) => settings.Until switch
    {
        WaitUntil.StageChanged => now.StageId != began.StageId || now.CategoryId != began.CategoryId,
        WaitUntil.AmountChanged => now.Amount != began.Amount || now.Currency != began.Currency,
        _ => IsReached(settings, now.StageId, stages),
    };

    /// <summary>Judges by the stages that an item has come to since the waiting began: it may have been there and gone on before anybody looked.</summary>
    public static bool WasReached(WaitSettings settings, EsbState began, IEnumerable<StageEntry> history, IReadOnlyDictionary<string, SchemaStage> stages)
    {
        // The line of the stage on which it stood then has the time of its last move.
        var since = history.Where(entry => entry.At > began.MovedAt);
        return settings.Until switch
        {
            WaitUntil.AmountChanged => false,
            WaitUntil.StageChanged => since.Any(),
            _ => since.Any(entry => IsReached(settings, entry.Stage, stages)),
        };
    }

    /// <summary>Whether the stage was changed between the robot's call and the first look, which came much later: the app was not running, or the ESB did not answer.</summary>
    public static bool MovedBeforeFirstLook(WaitSettings settings, DateTimeOffset calledAt, EsbState first, DateTimeOffset now) =>
        settings.Until == WaitUntil.StageChanged && now - calledAt > ClockDifference * 2 && first.MovedAt > calledAt + ClockDifference;

    /// <summary><c>P</c> under way, <c>S</c> won, <c>F</c> lost: what the portal says of a stage, not what it is called.</summary>
    public static string SemanticsOf(string stage, IReadOnlyDictionary<string, SchemaStage> stages) => stages.TryGetValue(stage, out var known) ? known.Semantics : "P";

    private static bool IsReached(WaitSettings settings, string stage, IReadOnlyDictionary<string, SchemaStage> stages) => settings.Until switch
    {
        WaitUntil.Won => SemanticsOf(stage, stages) == "S",
        WaitUntil.Lost => SemanticsOf(stage, stages) == "F",
        WaitUntil.Closed => SemanticsOf(stage, stages) is "S" or "F",
        _ => string.Equals(stage, settings.Stage, StringComparison.OrdinalIgnoreCase),
    };
}
