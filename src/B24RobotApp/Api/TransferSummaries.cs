using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Text.Json;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Waits;

namespace B24RobotApp.Api;

/// <summary>How a portal's transfers stand.</summary>
/// <param name="Counts">How many are in each state.</param>
/// <param name="Days">Of the last thirty days: how many arrived and failed, by the day of their end (UTC).</param>
/// <param name="Latest">Grows with each transfer that comes; with the counts it tells whether a list is up to date.</param>
/// <param name="Outages">The portal's ESBs that do not answer now.</param>
/// <param name="Pauses">The portal's connections that are paused.</param>
/// <param name="OpenWaits">How many of the portal's workflows wait for what becomes of deals on the ESBs.</param>
internal sealed record TransferSummary(
    IReadOnlyDictionary<TransferState, long> Counts, IReadOnlyList<TransferDay> Days, long Latest, IReadOnlyList<EsbOutage> Outages, IReadOnlyList<EsbPause> Pauses, long OpenWaits);

/// <summary>A connection that an administrator has paused; its transfers wait.</summary>
/// <param name="Esb">What people call it.</param>
/// <param name="Since">Since when.</param>
internal sealed record EsbPause(string Esb, DateTimeOffset Since);

/// <summary>An ESB that does not answer; its transfers wait.</summary>
/// <param name="Esb">What people call it.</param>
/// <param name="Since">Since when.</param>
/// <param name="Description">What the last attempt brought.</param>
internal sealed record EsbOutage(string Esb, DateTimeOffset Since, string Description);

/// <summary>Tells how a portal's transfers stand, once or as it changes.</summary>
internal sealed class TransferSummaries(
    TransferStore store, WaitStore waits, StoreDatabase database, Circuits circuits, ApiVisitors visitors, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private const int Days = 30;

    /// <summary>A page asks again when a stream ends; so its bearer is checked again, and a stop of the server need not wait for it.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>Said at least so often, or proxies cut the line.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);

    public async Task<TransferSummary> ReadAsync(ApiVisitor visitor, CancellationToken cancellationToken)
    {
        var portal = visitor.Portal.Id;
        var latest = await store.ListAsync(new TransferQuery { Portal = portal, Most = 1 }, cancellationToken);
        var outages = circuits.EsbOutages;
        return new TransferSummary(
            await store.CountsAsync(portal, cancellationToken),
            await store.DaysAsync(portal, clock.GetUtcNow() - TimeSpan.FromDays(Days), cancellationToken),
            latest is [var last] ? last.Sequence : 0,
            [.. visitor.Connections.SelectMany(IEnumerable<EsbOutage> (connection) =>
                outages.TryGetValue(connection.Code, out var outage) ? [new EsbOutage(connection.Name, outage.Since, $"{outage.Description} ({outage.Code})")] : [])],
            [.. visitor.Connections.Where(connection => connection.PausedAt is not null).Select(connection => new EsbPause(connection.Name, connection.PausedAt!.Value))],
            await waits.OpenCountAsync(portal, cancellationToken));
    }

    /// <summary>How they stand now, and again when that has changed, for a few minutes.</summary>
    public async IAsyncEnumerable<TransferSummary> WatchAsync(ClaimsPrincipal user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var began = clock.GetTimestamp();
        var saidAt = began;
        var said = "";
        var commits = -1L;
        while (!ends.IsCancellationRequested && clock.GetElapsedTime(began) < Life)
        {
            var isSilent = clock.GetElapsedTime(saidAt) >= Silence;
            if (commits != database.Commits || isSilent)
            {
                // What is committed while it is read is looked at next time.
                commits = database.Commits;
                if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
                {
                    yield break;
                }

                var summary = await ReadAsync(visitor, cancellationToken);
                var words = JsonSerializer.Serialize(summary);
                if (words != said || isSilent)
                {
                    (said, saidAt) = (words, clock.GetTimestamp());
                    yield return summary;
                }
            }

            await Task.Delay(Pace, clock, ends.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
