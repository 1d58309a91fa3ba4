using System.Collections.Concurrent;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.WriteBacks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Waits;

/// <summary>
/// Decides when the ESBs are looked at: in rounds over everything that is waited for, and at once where a webhook says that something has happened. Each ESB by itself, one request after the other, and never with
/// more than its share of the limit (<see cref="WaitOptions.ShareOfLimit"/>).
/// </summary>
public sealed partial class EsbWatcher(
    WaitStore store, FollowStore followed, EsbLooks looks, EsbHints hints, WaitEnding ending, ConnectionStore connections, PortalClients clients, IOptions<WaitOptions> options, IWorkShare share, TimeProvider clock,
    ILogger<EsbWatcher> logger) : LeadingService(share)
{
    /// <summary>A slow portal gets smaller requests, but not smaller than one page.</summary>
    private const int FewestItems = BatchLimits.PageSize;

    /// <summary>What stages are called is read anew every hour (<see cref="Schemas.PortalSchemas"/>), with three requests that belong to the share too.</summary>
    private const double SchemaRequestsPerSecond = 3 / 3600.0;

    /// <summary>How often an ESB is looked at whose webhook speaks.</summary>
    private static readonly TimeSpan RoundBesideWebhook = TimeSpan.FromMinutes(5);

    /// <summary>Someone who moves a hundred cards at once makes a hundred events: so long they are gathered.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(1);

    /// <summary>A webhook that is refused may be about to be replaced; refused for this long, it counts as revoked.</summary>
    private static readonly TimeSpan RevokedAfter = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Watch> _watches = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LeakyBucket> _shares = new(StringComparer.OrdinalIgnoreCase);

    protected override async Task LeadAsync(CancellationToken stoppingToken)
    {
        var running = new Dictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            while (true)
            {
                await hints.Signal.WaitAsync(LongestSleep, clock, stoppingToken);
                if (hints.Connections.Count > 0)
                {
                    await Task.Delay(Gathering, clock, stoppingToken);
                }

                foreach (var code in await CodesAsync(stoppingToken))
                {
                    // One that hangs holds up nobody else.
                    if (!running.TryGetValue(code, out var task) || task.IsCompleted)
                    {
                        running[code] = StepSafelyAsync(code, stoppingToken);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the store knows who waits.
        }

        await Task.WhenAll(running.Values);
    }

    /// <summary>Looks at everything that is due now.</summary>
    public async Task StepAsync(CancellationToken cancellationToken)
    {
        foreach (var code in await CodesAsync(cancellationToken))
        {
            await StepAsync(code, cancellationToken);
        }
    }

    private async Task<IReadOnlyCollection<string>> CodesAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await store.WatchedConnectionsAsync(cancellationToken)).Union(await followed.ConnectionsAsync(cancellationToken)).Union(hints.Connections).ToList();
        }
        catch (StorageException exception)
        {
            Log.StoreUnavailable(logger, exception.Message);
            return [];
        }
    }

    private async Task StepSafelyAsync(string code, CancellationToken stoppingToken)
    {
        try
        {
            await StepAsync(code, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
        catch (StorageException exception)
        {
            Log.StoreUnavailable(logger, exception.Message);
        }
        catch (Exception exception)
        {
            // A defect, and it must not keep the other ESBs from being looked at; the next round tries again.
            Log.Broke(logger, exception, code);
            Rest(_watches.GetOrAdd(code, _ => new Watch()));
        }
    }

    private async Task StepAsync(string code, CancellationToken cancellationToken)
    {
        if (await connections.FindAsync(code, cancellationToken) is not { PausedAt: null } connection)
        {
            // Of a connection that is gone those who wait are told by WaitEnding; a paused one rests.
            hints.Take(code, int.MaxValue);
            return;
        }

        var watch = _watches.GetOrAdd(code, _ => new Watch());
        var now = clock.GetUtcNow();
        if (watch.RestsUntil > now)
        {
            return;
        }

        if (watch.Left.Count == 0 && watch.NextRoundAt <= now)
        {
            watch.Left = new Queue<EsbItem>((await store.WatchedItemsAsync(code, cancellationToken)).Union(await followed.ItemsAsync(code, cancellationToken)));
            watch.NextRoundAt = now + (hints.Speaks(code) && options.Value.PollEvery < RoundBesideWebhook ? RoundBesideWebhook : options.Value.PollEvery);
        }

        try
        {
            while (true)
            {
                var items = hints.Take(code, watch.Size).ToHashSet();
                while (items.Count < watch.Size && watch.Left.TryDequeue(out var item))
                {
                    items.Add(item);
                }

                if (items.Count == 0)
                {
                    return;
                }

                // An event of a deal for which nobody waits costs nothing.
                var waits = await store.WatchingAsync(code, items, cancellationToken);
                var follows = await followed.FollowingAsync(code, items, cancellationToken);
                if (waits.Count == 0 && follows.Count == 0)
                {
                    continue;
                }

                await ShareOf(connection.Portal).TakeAsync(cancellationToken);
                var started = clock.GetTimestamp();
                await looks.LookAsync(connection, waits, follows, cancellationToken);
                watch.Failures = 0;
                watch.RefusedSince = null;
                watch.Size = clock.GetElapsedTime(started) < clients.Limits.RequestTimeout / 6 ? Math.Min(watch.Size * 2, EsbLooks.MostItems) : watch.Size;
            }
        }
        catch (Bitrix24Exception exception)
        {
            await FailAsync(connection, watch, exception, cancellationToken);
        }
    }

    private async Task FailAsync(EsbConnection connection, Watch watch, Bitrix24Exception exception, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        Rest(watch);
        if (exception.RetryAt > watch.RestsUntil)
        {
            watch.RestsUntil = watch.NextRoundAt = exception.RetryAt.Value;
        }

        if (exception.Kind == FailureKind.OutcomeUnknown)
        {
            watch.Size = Math.Max(watch.Size / 2, FewestItems);
        }

        // A subscription that ran out is renewed on Monday; a webhook that is gone does not come back by itself.
        if (exception.Kind != FailureKind.Disconnected || exception.HasCode("PAYMENT_REQUIRED"))
        {
            watch.RefusedSince = null;
            Log.PutOff(logger, connection.Code, exception.PortalHost, exception.Code, watch.RestsUntil - now);
            return;
        }

        watch.RefusedSince ??= now;
        Log.Refused(logger, connection.Code, exception.PortalHost, exception.Code);
        if (now - watch.RefusedSince >= RevokedAfter)
        {
            await ending.EndAllAsync(connection.Code, null, exception.Code, texts => texts.WaitDisconnected(exception.Code, exception.Description), cancellationToken);
        }
    }

    /// <summary>Leaves an ESB alone for a while; then a whole round follows, which finds all that was said meanwhile.</summary>
    private void Rest(Watch watch)
    {
        watch.Failures++;
        watch.Left.Clear();
        var pause = RetrySchedule.PauseAfter(watch.Failures, Random.Shared.NextDouble());
        watch.RestsUntil = watch.NextRoundAt = clock.GetUtcNow() + (pause < RoundBesideWebhook ? pause : RoundBesideWebhook);
    }

    private LeakyBucket ShareOf(Uri esb) => _shares.GetOrAdd(
        esb.Authority,
        _ => new LeakyBucket(
            (clients.Limits.RequestsPerSecond * options.Value.ShareOfLimit) - SchemaRequestsPerSecond,
            Math.Max(1, (int)(clients.Limits.Burst * options.Value.ShareOfLimit)),
            clock));

    /// <summary>How far the looking at one connection's ESB is.</summary>
    private sealed class Watch
    {
        /// <summary>What is left of the round.</summary>
        public Queue<EsbItem> Left { get; set; } = [];

        public DateTimeOffset NextRoundAt { get; set; }

        public DateTimeOffset RestsUntil { get; set; }

        public int Failures { get; set; }

        /// <summary>Since when the webhook is refused.</summary>
        public DateTimeOffset? RefusedSince { get; set; }

        /// <summary>Items in one request.</summary>
        public int Size { get; set; } = EsbLooks.MostItems;
    }

    private static partial class Log
    {
        [LoggerMessage(2621, LogLevel.Warning, "The ESB of connection {Connection} could not be looked at: {Host} {Code}; again in {Pause}")]
        public static partial void PutOff(ILogger logger, string connection, string host, string code, TimeSpan pause);

        [LoggerMessage(2622, LogLevel.Warning, "The ESB of connection {Connection} refuses the webhook: {Host} {Code}. If it goes on so, workflows that wait for its deals are told that they failed")]
        public static partial void Refused(ILogger logger, string connection, string host, string code);

        [LoggerMessage(2623, LogLevel.Warning, "Deals on the ESBs cannot be looked at now: {Problem}")]
        public static partial void StoreUnavailable(ILogger logger, string problem);

        [LoggerMessage(2624, LogLevel.Error, "Looking at the ESB of connection {Connection} broke; it is tried again")]
        public static partial void Broke(ILogger logger, Exception exception, string connection);
    }
}
