using System.Globalization;
using B24RobotApp.Bitrix24.Crm;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>All that is known of an item's stay on a robot's stage.</summary>
internal sealed record StayFacts
{
    public required RobotStage Robot { get; init; }

    /// <summary>The gap in which the robot's call was due.</summary>
    public required Gap Gap { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required DateTimeOffset EnteredAt { get; init; }

    /// <summary>The line of history by which it is known; <see langword="null"/> if it is known by its workflow alone.</summary>
    public StageEntry? Entry { get; init; }

    /// <summary>Whether history knows of an earlier stage.</summary>
    public bool HasEarlierStage { get; init; }

    public DateTimeOffset? LeftAt { get; init; }

    public required string CurrentStage { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Whether a workflow waits that never called; <see langword="null"/> if nobody can tell.</summary>
    public bool? WorkflowWaits { get; init; }

    public long? EsbId { get; init; }

    /// <summary>The state of a transfer that was made since; <see langword="null"/> if there is none.</summary>
    public string? SentSince { get; init; }

    /// <summary>Of those that came to the stage before, while the app listened: for how many the robot called.</summary>
    public (int Called, int Came) Before { get; init; }
}

/// <summary>Says what speaks for and against a lost call, and what follows. Only facts go in, so the same facts always mean the same.</summary>
internal static class CandidateJudge
{
    /// <summary>Fewer say nothing about a stage.</summary>
    private const int FewestBefore = 5;

    /// <summary>Up to a fifth of those that came may have been imported or have had their call lost without the stage being one for some only.</summary>
    private const double MostMissing = 0.2;

    /// <summary>After which a robot may well have been taken off its stage.</summary>
    private static readonly TimeSpan LongAgo = TimeSpan.FromDays(30);

    /// <summary>An item's creation and its first line of history are written by one request.</summary>
    private static readonly TimeSpan SameRequest = TimeSpan.FromMinutes(1);

    /// <summary>The app notes that it listens every so often, and the portal's clock is another.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromSeconds(5);

    private static readonly CatchUpSign[] Excluding = [CatchUpSign.OlderThanItsHistory, CatchUpSign.NoWorkflowWaits, CatchUpSign.SentSince];

    public static (CatchUpVerdict Verdict, IReadOnlyList<CatchUpReason> Reasons) Judge(StayFacts facts)
    {
        List<CatchUpReason> reasons = [.. Reasons(facts)];
        var against = reasons.Where(reason => !reason.SpeaksFor).Select(reason => reason.Sign).ToHashSet();
        var verdict = against.Overlaps(Excluding) ? CatchUpVerdict.Unlikely
            : facts.WorkflowWaits == true ? VerdictOfWaiting(facts.Robot, against)
            : against.Count == 0 && reasons.Exists(reason => reason.Sign == CatchUpSign.CameFromAnotherStage) ? CatchUpVerdict.Likely
            : CatchUpVerdict.Doubtful;
        return (verdict, reasons);
    }

    /// <summary>Its workflow says more than anything else about whether the robot called; whether it may be sent unasked depends on what would be sent, and on whether it could have been heard.</summary>
    private static CatchUpVerdict VerdictOfWaiting(RobotStage robot, HashSet<CatchUpSign> against) =>
        // What stands there may be what this very call has made, if the database was restored from a backup; sent again it would stand there twice.
        (robot.MakesAnew && against.Contains(CatchUpSign.OnEsb))
        || against.Overlaps([CatchUpSign.SettingsOfOneItem, CatchUpSign.SettingsLeftOut, CatchUpSign.WasListening, CatchUpSign.RobotNotSeenLately]) ? CatchUpVerdict.Doubtful : CatchUpVerdict.Likely;

    private static IEnumerable<CatchUpReason> Reasons(StayFacts facts)
    {
        var robot = facts.Robot;
        var calledAt = facts.EnteredAt + robot.Delay;
        if (facts.WorkflowWaits == true)
        {
            yield return new(CatchUpSign.WorkflowWaits);
        }

        // That nobody waits any more says nothing of an item that has left, or of a robot whose time is over.
        if (facts.WorkflowWaits == false && facts.LeftAt is null && facts.CurrentStage == robot.Stage && !(calledAt + robot.Timeout <= facts.Now))
        {
            yield return new(CatchUpSign.NoWorkflowWaits);
        }

        if (facts.HasEarlierStage || facts.Entry is { Type: StageEntryType.Moved or StageEntryType.OtherPipeline })
        {
            // A portal that has forgotten the earlier stages still says that it was moved.
            yield return new(CatchUpSign.CameFromAnotherStage);
        }
        else if (facts.Entry is { Type: StageEntryType.Created } && facts.CreatedAt < facts.EnteredAt - SameRequest)
        {
            yield return new(CatchUpSign.OlderThanItsHistory, Day(facts.CreatedAt.Value));
        }
        else if (facts.Entry is not null)
        {
            yield return new(CatchUpSign.CreatedOnStage);
        }

        if (facts.LeftAt is { } leftAt)
        {
            yield return new(CatchUpSign.MovedOn, $"{Minute(leftAt)}, {facts.CurrentStage}");
        }

        if (facts.EsbId is { } esbId)
        {
            yield return new(CatchUpSign.OnEsb, esbId.ToString(CultureInfo.InvariantCulture));
        }

        if (facts.SentSince is { } state)
        {
            yield return new(CatchUpSign.SentSince, state);
        }

        if (calledAt < facts.Gap.From - ClockDifference || calledAt > facts.Gap.To + ClockDifference)
        {
            yield return new(CatchUpSign.WasListening);
        }

        if (robot.LastCalledAt < facts.Now - LongAgo)
        {
            yield return new(CatchUpSign.RobotNotSeenLately, Day(robot.LastCalledAt));
        }

        if (facts.Before is { Came: >= FewestBefore and var came, Called: var called })
        {
            yield return new(came - called > came * MostMissing ? CatchUpSign.RobotCallsForSome : CatchUpSign.RobotCallsForAll, string.Create(CultureInfo.InvariantCulture, $"{called}/{came}"));
        }

        if (robot.Unproven is { Count: > 0 } unproven)
        {
            yield return new(CatchUpSign.SettingsOfOneItem, string.Join(", ", unproven));
        }

        if (robot.LeftOut is { Count: > 0 } leftOut)
        {
            yield return new(CatchUpSign.SettingsLeftOut, string.Join(", ", leftOut));
        }
    }

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Minute(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";
}
