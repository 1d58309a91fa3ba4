using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Waits;

/// <summary>Where a wait stands.</summary>
public enum WaitState
{
    /// <summary>Came with an application token that differs from the stored one; nobody has vouched for it yet.</summary>
    Unverified,

    /// <summary>The ESB's deal is not known yet: its transfer is under way, or it was not looked for.</summary>
    Seeking,

    /// <summary>The ESB's deal is looked at.</summary>
    Watching,

    /// <summary>It is over and the robot is to be told.</summary>
    Answering,

    /// <summary>Over.</summary>
    Done,
}

/// <summary>A call of the robot that waits, as it is written down.</summary>
public sealed record NewWait
{
    /// <summary>A version 7 UUID as 32 hexadecimal digits.</summary>
    public required string Id { get; init; }

    public required PortalId Portal { get; init; }

    /// <summary>Unique per execution of a robot.</summary>
    public required string EventToken { get; init; }

    public required string WorkflowId { get; init; }

    /// <summary>Bitrix24's number of the source item's kind.</summary>
    public required int EntityTypeId { get; init; }

    /// <summary>The source item.</summary>
    public required long ItemId { get; init; }

    /// <summary>The user whose token the call brought.</summary>
    public long? UserId { get; init; }

    /// <summary>The connection's code; <c>""</c> if there is none.</summary>
    public required string Connection { get; init; }

    /// <summary>The robot's properties as a JSON object of arrays of strings, as received.</summary>
    public required string Properties { get; init; }

    /// <summary>Whether the call says which deal of the ESB is meant.</summary>
    public required bool NamesDeal { get; init; }

    /// <summary>Whether the workflow waits for the answer.</summary>
    public required bool Waits { get; init; }

    /// <summary>When the designer's time-out ends the wait; <see langword="null"/> for none.</summary>
    public DateTimeOffset? TimesOutAt { get; init; }

    public required DateTimeOffset CalledAt { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary><see langword="false"/> if the application token differed from the stored one.</summary>
    public required bool Verified { get; init; }

    /// <summary>The span of its intake, as a W3C <c>traceparent</c>: its answer belongs to the same trace, also months later. <see langword="null"/> if nothing was traced.</summary>
    public string? Trace { get; init; }
}

/// <summary>A wait as the store knows it.</summary>
public sealed record Wait
{
    /// <summary>What the robot asked for.</summary>
    public required NewWait Request { get; init; }

    /// <summary>Order of arrival.</summary>
    public required long Sequence { get; init; }

    public required WaitState State { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    /// <summary>The host of the ESB on which <see cref="Item"/> stands; a connection may be changed to another.</summary>
    public string? EsbHost { get; init; }

    /// <summary>What is watched.</summary>
    public EsbItem? Item { get; init; }

    /// <summary>As it was when the waiting began.</summary>
    public EsbState? Began { get; init; }

    /// <summary>As it was when it was last seen.</summary>
    public EsbState? Seen { get; init; }

    /// <summary>Since when it is not found.</summary>
    public DateTimeOffset? MissingSince { get; init; }

    /// <summary>What it came to.</summary>
    public WaitOutcome? Outcome { get; init; }

    /// <summary>When the robot was told.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public int AnswersSent { get; init; }
}

/// <summary>An item of an ESB.</summary>
/// <param name="EntityTypeId">Bitrix24's number of its kind.</param>
/// <param name="Id">Its id there.</param>
public readonly record struct EsbItem(int EntityTypeId, long Id);

/// <summary>How a wait ended.</summary>
public enum WaitStatus
{
    /// <summary>What was waited for has come.</summary>
    Reached,

    /// <summary>The ESB's deal is not there any more.</summary>
    Gone,

    /// <summary>It cannot be waited for.</summary>
    Failed,

    /// <summary>The designer's time-out was over first; the robot does not listen any more.</summary>
    TimedOut,

    /// <summary>The workflow went on without the robot, or ended: the deal was moved or deleted, for instance.</summary>
    Left,
}

/// <summary>What a wait came to; the robot's return values are made of it.</summary>
public sealed record WaitOutcome
{
    public required WaitStatus Status { get; init; }

    public long? EsbId { get; init; }

    public string StageId { get; init; } = "";

    public string StageName { get; init; } = "";

    /// <summary><c>P</c> under way, <c>S</c> won, <c>F</c> lost; empty if the item was not seen.</summary>
    public string Semantics { get; init; } = "";

    public decimal? Amount { get; init; }

    public string Currency { get; init; } = "";

    public string ResponsibleName { get; init; } = "";

    public string ResponsibleEmail { get; init; } = "";

    /// <summary>Fields that are others than when the waiting began, by the names of <c>crm.item</c>.</summary>
    public IReadOnlyList<string> ChangedFields { get; init; } = [];

    public string ErrorCode { get; init; } = "";

    /// <summary>For people, in the portal's language: what happened and what to do.</summary>
    public string ErrorMessage { get; init; } = "";

    public required DateTimeOffset At { get; init; }
}
