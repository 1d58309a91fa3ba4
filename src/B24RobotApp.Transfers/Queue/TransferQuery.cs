using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Queue;

/// <summary>Which transfers a list shows, newest first.</summary>
public sealed record TransferQuery
{
    /// <summary><see langword="null"/> for all portals.</summary>
    public PortalId? Portal { get; init; }

    /// <summary>Empty for all states.</summary>
    public IReadOnlyCollection<TransferState> States { get; init; } = [];

    /// <summary>The deal's id on the source portal.</summary>
    public long? ItemId { get; init; }

    /// <summary>Stands somewhere in the title, the ids or the error; the case does not matter.</summary>
    public string? Text { get; init; }

    /// <summary>The next page: only transfers with a smaller <see cref="Transfer.Sequence"/>.</summary>
    public long? Before { get; init; }

    /// <summary>At most so many.</summary>
    /// <value>1 to 1,000; 50 by default.</value>
    public int Most { get; init; } = 50;
}

/// <summary>What ended on a day.</summary>
/// <param name="Day">The day (UTC).</param>
/// <param name="Arrived">Transfers whose deal arrived.</param>
/// <param name="Failed">Transfers that failed for good.</param>
public sealed record TransferDay(DateOnly Day, long Arrived, long Failed);

/// <summary>A lane in which transfers wait.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="EarliestDueAt">When the first of them that no other holds up is due.</param>
public readonly record struct LaneBacklog(Lane Lane, DateTimeOffset EarliestDueAt);
