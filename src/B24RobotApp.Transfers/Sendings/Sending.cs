using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Sendings;

/// <summary>How a sending stands.</summary>
public enum SendingState
{
    /// <summary>Deals are still to be sent, or under way.</summary>
    Running,

    /// <summary>Every deal was sent or failed.</summary>
    Done,

    /// <summary>Somebody stopped it; what had been sent until then stays.</summary>
    Cancelled,

    /// <summary>The source portal does not give its deals; see <see cref="Sending.Problem"/>.</summary>
    Failed,
}

/// <summary>Deals that were on a source portal before its robot, or never came by it, are sent: which, where to, and how far it has come.</summary>
public sealed record Sending
{
    public required long Id { get; init; }

    public required PortalId Portal { get; init; }

    /// <summary>The connection's code.</summary>
    public required string Connection { get; init; }

    public required SendingFilter Filter { get; init; }

    /// <summary>Who began it; <see langword="null"/>: the host, by the command line.</summary>
    public long? UserId { get; init; }

    public required SendingState State { get; init; }

    /// <summary>Deals that there were when it began.</summary>
    public required long Total { get; init; }

    /// <summary>The highest deal id that was put into the queue.</summary>
    public required long Position { get; init; }

    /// <summary>Deals that were put into the queue.</summary>
    public required long Taken { get; init; }

    /// <summary>Of those: on the ESB. Transfers whose time of retention is over count no more, here and below.</summary>
    public long Arrived { get; init; }

    /// <summary>Of those: failed for good. They can be sent again like any other.</summary>
    public long Failed { get; init; }

    /// <summary>Of those: in the queue or under way.</summary>
    public long Open { get; init; }

    /// <summary>Whether there are no more.</summary>
    public required bool AllTaken { get; init; }

    /// <summary>Why it failed, for people.</summary>
    public string? Problem { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }
}
