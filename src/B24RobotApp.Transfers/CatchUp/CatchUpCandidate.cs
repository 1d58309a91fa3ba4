namespace B24RobotApp.Transfers.CatchUp;

/// <summary>Whether a robot's call was lost, as far as can be known.</summary>
public enum CatchUpVerdict
{
    /// <summary>What there is speaks for it, and nothing against.</summary>
    Likely,

    /// <summary>It may be so. A person has to say.</summary>
    Doubtful,

    /// <summary>Something speaks against it that hardly leaves room.</summary>
    Unlikely,
}

/// <summary>What speaks for or against a lost call.</summary>
public enum CatchUpSign
{
    /// <summary>A workflow of the stage waits for this item, and its call has never come.</summary>
    WorkflowWaits,

    /// <summary>It came from another stage, as no imported item does.</summary>
    CameFromAnotherStage,

    /// <summary>Robots have called for (nearly) all that came to this stage before.</summary>
    RobotCallsForAll,

    /// <summary>It was created on the stage. By hand: the robot called; by import: it did not. Nobody can tell which.</summary>
    CreatedOnStage,

    /// <summary>It says that it is older than its history: imported with its old dates.</summary>
    OlderThanItsHistory,

    /// <summary>It still stands there, and no workflow waits for it.</summary>
    NoWorkflowWaits,

    /// <summary>It has left the stage since.</summary>
    MovedOn,

    /// <summary>It is on the ESB already.</summary>
    OnEsb,

    /// <summary>It was sent since, by a later call or by hand.</summary>
    SentSince,

    /// <summary>By the app's own clock it was listening then.</summary>
    WasListening,

    /// <summary>The robot has not called from there for a long time; it may stand there no more.</summary>
    RobotNotSeenLately,

    /// <summary>Robots have not called for all that came to this stage before: it has a condition, or things are imported there.</summary>
    RobotCallsForSome,

    /// <summary>Settings were seen for one item only, and may be that one's values.</summary>
    SettingsOfOneItem,

    /// <summary>Settings that differ from item to item cannot be known for this one, and are left out.</summary>
    SettingsLeftOut,
}

/// <summary>A sign with what there is to say about it.</summary>
/// <param name="Sign">The sign.</param>
/// <param name="Detail">A number, a name, a time: see the texts; empty if there is nothing to say.</param>
public sealed record CatchUpReason(CatchUpSign Sign, string Detail = "")
{
    public bool SpeaksFor => Sign is CatchUpSign.WorkflowWaits or CatchUpSign.CameFromAnotherStage or CatchUpSign.RobotCallsForAll;
}

/// <summary>An item that came to a robot's stage while nobody listened, and of which no call has come.</summary>
public sealed record CatchUpCandidate
{
    /// <summary>Names it: robot, item, stage, connection and the second in which it came there.</summary>
    public string Key => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"caught up|{Robot.RobotCode}|{Robot.EntityTypeId}|{ItemId}|{Robot.Stage}|{Robot.Connection}|{EnteredAt.ToUnixTimeSeconds()}");

    /// <summary>The robot that should have called, with the settings of its last call from this stage.</summary>
    public required RobotStage Robot { get; init; }

    public required long ItemId { get; init; }

    public required string Title { get; init; }

    /// <summary>When it came to the stage, by the portal's clock.</summary>
    public required DateTimeOffset EnteredAt { get; init; }

    /// <summary>When it left; <see langword="null"/> if it has not.</summary>
    public DateTimeOffset? LeftAt { get; init; }

    /// <summary>Where it stands now.</summary>
    public required string CurrentStage { get; init; }

    /// <summary>The workflow that waits for it; <see langword="null"/> if there is none or nobody tells.</summary>
    public string? WorkflowId { get; init; }

    /// <summary>What it is on the ESB; <see langword="null"/> if it is not there, as far as is known.</summary>
    public long? EsbId { get; init; }

    public required CatchUpVerdict Verdict { get; init; }

    public required IReadOnlyList<CatchUpReason> Reasons { get; init; }
}

/// <summary>A workflow whose robot's call was lost. It cannot be answered: no method tells the token that an answer needs.</summary>
public sealed record StuckWorkflow
{
    public required string Id { get; init; }

    public required int EntityTypeId { get; init; }

    public required long ItemId { get; init; }

    public required string Title { get; init; }

    public required string Stage { get; init; }

    /// <summary>Since when it waits.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When it goes on by itself, as far as the robot's time-out was seen; <see langword="null"/>: never, or not known.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>
    /// The robot that sends has its answer: what was lost is a call of the robot that waits, by which others of this stage wait now. It may also be that this workflow waits for something else there, such as a pause.
    /// </summary>
    public bool IsBehindAnswer { get; init; }
}

/// <summary>What a portal tells of lost calls.</summary>
public sealed record CatchUpReport
{
    /// <summary>When the app did not listen.</summary>
    public required IReadOnlyList<Gap> Gaps { get; init; }

    /// <summary>The stages that were looked at: those from which robots are known to call.</summary>
    public required IReadOnlyList<RobotStage> Stages { get; init; }

    /// <summary>Items without a call, the earliest first; without those that a person has said no to.</summary>
    public IReadOnlyList<CatchUpCandidate> Candidates { get; init; } = [];

    public IReadOnlyList<StuckWorkflow> Workflows { get; init; } = [];

    /// <summary>Whether the portal tells which workflows wait. Without that imported items can hardly be told from others.</summary>
    public bool TellsWorkflows { get; init; }

    /// <summary>Whether the ESBs told what they hold.</summary>
    public bool EsbsTold { get; init; } = true;

    /// <summary>Whether a person has something to decide or to look after.</summary>
    public bool IsToActOn => Candidates.Any(candidate => candidate.Verdict != CatchUpVerdict.Unlikely) || Workflows.Any(workflow => workflow.EndsAt is null);
}
