using B24RobotApp.Transfers.Portals;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Queue;

/// <summary>Which failed transfers begin anew. What is <see langword="null"/> does not restrict.</summary>
public sealed record ReplayFilter
{
    /// <summary>Of this portal.</summary>
    public PortalId? Portal { get; init; }

    /// <summary>By this connection.</summary>
    public string? Connection { get; init; }

    /// <summary>Failed with this error code.</summary>
    public string? Cause { get; init; }

    /// <summary>Their robots called at this time or later.</summary>
    public DateTimeOffset? ReceivedFrom { get; init; }

    /// <summary>Their robots called before this time.</summary>
    public DateTimeOffset? ReceivedBefore { get; init; }

    internal bool Takes(Transfer transfer) =>
        (Connection is null || transfer.Request.Connection == Connection)
        && (Cause is null || transfer.Outcome?.ErrorCode == Cause)
        && (ReceivedFrom is null || transfer.Request.ReceivedAt >= ReceivedFrom)
        && (ReceivedBefore is null || transfer.Request.ReceivedAt < ReceivedBefore);
}

/// <summary>Begins failed transfers anew. A deal that has arrived meanwhile is found by its link or its origin, so it may be said twice.</summary>
public sealed class Replay(TransferStore transfers, TransferSignal signal, IOptions<TransferOptions> options, TimeProvider clock)
{
    private const int Page = 200;

    /// <returns>How many the filter takes.</returns>
    public Task<int> CountAsync(ReplayFilter filter, CancellationToken cancellationToken) => EachAsync(filter, _ => Task.FromResult(true), cancellationToken);

    /// <returns>How many were begun anew.</returns>
    public Task<int> RunAsync(ReplayFilter filter, CancellationToken cancellationToken)
    {
        var giveUpAt = clock.GetUtcNow() + options.Value.GiveUpAfter;
        return EachAsync(
            filter,
            async transfer =>
            {
                var begun = await transfers.RetryAsync(transfer.Id, giveUpAt, cancellationToken);
                signal.Wake(transfer.Lane);
                return begun;
            },
            cancellationToken);
    }

    private async Task<int> EachAsync(ReplayFilter filter, Func<Transfer, Task<bool>> does, CancellationToken cancellationToken)
    {
        var count = 0;
        long? before = null;
        while (true)
        {
            var page = await transfers.ListAsync(new TransferQuery { Portal = filter.Portal, States = [TransferState.Failed], Before = before, Most = Page }, cancellationToken);
            foreach (var transfer in page.Where(filter.Takes))
            {
                count += await does(transfer) ? 1 : 0;
            }

            if (page.Count < Page)
            {
                return count;
            }

            before = page[^1].Sequence;
        }
    }
}
