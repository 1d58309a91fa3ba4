using System.Collections.Concurrent;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Queue;

/// <summary>Takes due transfers from the store and runs them, many at once: fair between lanes, and hardly any for a portal that does not answer.</summary>
public sealed partial class TransferDispatcher(
    TransferStore store, TransferRunner runner, TransferSignal signal, Circuits circuits, ConnectionStore connections, IWorkShare share, IOptions<TransferOptions> options, TimeProvider clock,
    ILogger<TransferDispatcher> logger) : BackgroundService
{
    /// <summary>Claims are made in portions, so that the first lane asked does not take all places at once.</summary>
    private const int Portion = 64;

    /// <summary>How long a store that cannot work is left alone.</summary>
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(5);

    /// <summary>How long a server whose lease is gone waits to hear of it.</summary>
    private static readonly TimeSpan LeasePause = TimeSpan.FromSeconds(1);

    /// <summary>What another server says of a portal's work may be lost, so it is looked for too.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>Nothing sleeps longer than this, whatever a clock or a portal says.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    private readonly LaneTable _lanes = new(options.Value.Concurrency, circuits, clock);
    private readonly ConcurrentDictionary<Task, Transfer> _running = new();

    private readonly ClockSetback _setback = new(clock);

    /// <summary>The clock was put back; what was planned by it waits for the old time.</summary>
    private bool _isAhead;

    /// <summary>What the database says of transfers may be other than what was done.</summary>
    private volatile bool _isInDoubt;

    private long _lookedAt = clock.GetTimestamp();

    /// <summary>Which lanes' portals have come back.</summary>
    private readonly ConcurrentQueue<Func<Lane, bool>> _recovered = new();

    /// <summary>The portals whose transfers are run here; <see langword="null"/>: those of all.</summary>
    private IReadOnlySet<PortalId>? _portals = share.Portals is null ? null : new HashSet<PortalId>();

    /// <summary>Portals that another server is to go on with, as soon as what is under way of them has ended.</summary>
    private readonly HashSet<PortalId> _leaving = [];

    /// <summary>How long until a transfer is to be looked at; <see langword="null"/> if none waits, zero while one is under way or about to be.</summary>
    internal TimeSpan? UntilNext => _running.IsEmpty && signal.IsAsleep ? _lanes.UntilDue() : TimeSpan.Zero;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        circuits.Recovered += Recover;
        share.Changed += signal.Wake;
        store.Interrupted += Doubt;
        try
        {
            await PersistAsync(() => TakeUpAsync(stoppingToken), stoppingToken);
            while (!stoppingToken.IsCancellationRequested)
            {
                TimeSpan? wait = null;
                try
                {
                    await PersistAsync(() => FollowShareAsync(stoppingToken), stoppingToken);
                    await PersistAsync(() => LookAsync(stoppingToken), stoppingToken);
                    await PersistAsync(async () => wait = await ClaimAllAsync(stoppingToken), stoppingToken);
                }
                catch (LeaseLostException)
                {
                    // What is said of the share next is that nothing is its own any more.
                    wait = LeasePause;
                }

                await signal.WaitAsync(wait, clock, Look, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: nothing more is claimed; what runs comes to its next step and stops there.
        }

        circuits.Recovered -= Recover;
        share.Changed -= signal.Wake;
        store.Interrupted -= Doubt;
        await Task.WhenAll(_running.Keys);
    }

    private void Look(Lane lane)
    {
        if (_portals is null || _portals.Contains(lane.Portal))
        {
            _lanes.Look(lane);
        }
        else
        {
            share.Tell(lane);
        }
    }

    private void Doubt()
    {
        _isInDoubt = true;
        signal.Wake();
    }

    private void Recover(Func<Lane, bool> concerns)
    {
        _recovered.Enqueue(concerns);
        foreach (var lane in _lanes.Where(concerns))
        {
            signal.Wake(lane);
        }
    }

    /// <summary>
    /// Does something with the store, again and again while the disk is full or the database held by a stranger: what waits is worked on as soon as that is over, and a transfer that
    /// cannot be put back would otherwise stay claimed until the next start.
    /// </summary>
    private async Task PersistAsync(Func<Task> work, CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (StorageUnavailableException exception) when (exception is not LeaseLostException)
            {
                Log.StoreUnavailable(logger, exception.Message, StorePause);
                await Task.Delay(StorePause, clock, stoppingToken);
            }
        }
    }

    /// <summary>Claims of a process that is gone are void; every lane with work is looked at when its first transfer is due.</summary>
    private async Task TakeUpAsync(CancellationToken stoppingToken)
    {
        // What came last cannot have come later than now. Of several servers' clocks one is always ahead of the others.
        _isAhead = _portals is null && await store.LastReceivedAsync(stoppingToken) > clock.GetUtcNow();
        if (_portals is null)
        {
            Log.Released(logger, await store.ReleaseClaimsAsync(null, [], stoppingToken));
            await LookAtBacklogAsync(null, stoppingToken);
        }
    }

    /// <summary>Takes up the portals that have become this server's, and gives back those that are no more.</summary>
    private async Task FollowShareAsync(CancellationToken stoppingToken)
    {
        if (_portals is null)
        {
            return;
        }

        var now = share.Portals!;
        foreach (var portal in _portals.Union(share.Leaving).Except(now))
        {
            _lanes.Leave(portal);
            _leaving.Add(portal);
        }

        var gained = now.Except(_portals).ToHashSet();
        foreach (var portal in gained)
        {
            // What came back before it was gone is still under way, rightly.
            if (!_leaving.Contains(portal))
            {
                Log.Released(logger, await store.ReleaseClaimsAsync(portal, [], stoppingToken));
            }
        }

        // Only now: if the store failed before, what is under way still counts as such at the next try.
        _leaving.ExceptWith(gained);
        _portals = now;
        if (gained.Count > 0)
        {
            await LookAtBacklogAsync(gained, stoppingToken);
        }

        var left = _leaving.Where(_lanes.IsIdle).ToList();
        if (left.Count > 0)
        {
            _leaving.ExceptWith(left);
            share.Return(left);
        }
    }

    /// <summary>
    /// Looks at what waits, where that may not have been heard of. After the database was away it may also count transfers as under way that are not: whether the last claim was made nobody could say, and what was not forced
    /// to the disk, such as that one was put off, is lost if it broke down.
    /// </summary>
    private async Task LookAsync(CancellationToken stoppingToken)
    {
        if (_isInDoubt)
        {
            _isInDoubt = false;
            try
            {
                var underWay = _running.Values.Select(transfer => transfer.Id).ToList();
                foreach (var portal in _portals is null ? [null] : _portals.Select(portal => (PortalId?)portal))
                {
                    Log.Released(logger, await store.ReleaseClaimsAsync(portal, underWay, stoppingToken));
                }

                await LookAtBacklogAsync(_portals?.ToHashSet(), stoppingToken);
            }
            catch
            {
                _isInDoubt = true;
                throw;
            }
        }
        else if (_portals is not null && clock.GetElapsedTime(_lookedAt) >= LookEvery)
        {
            await LookAtBacklogAsync(_portals.ToHashSet(), stoppingToken);
        }
    }

    private async Task LookAtBacklogAsync(HashSet<PortalId>? portals, CancellationToken stoppingToken)
    {
        foreach (var (lane, earliestDueAt) in await store.BacklogAsync(stoppingToken))
        {
            if (portals is null || portals.Contains(lane.Portal))
            {
                _lanes.SetDue(lane, earliestDueAt);
            }
        }

        _lookedAt = clock.GetTimestamp();
    }

    /// <summary>Plans anew what was planned by a clock that was put back since: it is due now rather than too late.</summary>
    private async Task FollowClockAsync(CancellationToken stoppingToken)
    {
        _isAhead |= _setback.HasHappened();
        if (_isAhead)
        {
            await store.HastenAllAsync(stoppingToken);
            await store.HastenAnswersAsync(stoppingToken);
            await LookAtBacklogAsync(_portals?.ToHashSet(), stoppingToken);
            _isAhead = false;
            Log.ClockPutBack(logger);
        }
    }

    /// <summary>Claims what is due while there are places.</summary>
    /// <returns>How long until something is due; <see langword="null"/> if nothing is.</returns>
    private async Task<TimeSpan?> ClaimAllAsync(CancellationToken stoppingToken)
    {
        await FollowClockAsync(stoppingToken);
        while (_recovered.TryDequeue(out var concerns))
        {
            foreach (var lane in _lanes.Where(concerns))
            {
                await store.HastenAsync(lane, stoppingToken);
                _lanes.Look(lane);
            }
        }

        bool again;
        do
        {
            again = false;
            foreach (var lane in _lanes.Due())
            {
                again |= await ClaimAsync(lane, stoppingToken);
            }
        }
        while (again);

        var wait = _lanes.UntilDue();

        // A wait that was reckoned by the old time and the new one may be as long as what lies between them.
        _isAhead |= _setback.HasHappened();
        var longest = _portals is null ? LongestSleep : LookEvery;
        return _isAhead || _isInDoubt ? TimeSpan.Zero : wait > longest || (wait is null && _portals is not null) ? longest : wait;
    }

    /// <summary>Claims a portion of what is due in a lane.</summary>
    /// <returns>Whether there may be more.</returns>
    private async Task<bool> ClaimAsync(Lane lane, CancellationToken stoppingToken)
    {
        var isPaused = await connections.FindAsync(lane.Connection, stoppingToken) is { PausedAt: not null };
        var (places, asking) = _lanes.RoomFor(lane, asksEsb: !isPaused);
        if (places == 0)
        {
            return false;
        }

        if (isPaused)
        {
            return await ClaimWithoutEsbAsync(lane, Math.Min(asking, Portion), stoppingToken);
        }

        // While a portal does not answer, the others are given up in time, and those that need the ESB no more say so.
        var most = Math.Min(asking > 0 ? asking : places, Portion);
        var claimed = asking > 0
            ? await store.ClaimAsync(lane, most, stoppingToken)
            : await store.ClaimEndedAsync(lane, most, circuits.SourceAnswers(lane), stoppingToken);
        foreach (var transfer in claimed)
        {
            Start(transfer, stoppingToken);
        }

        if (claimed.Count == most)
        {
            return true;
        }

        if (asking > 0 && claimed.Count == 0 && circuits.FindOutage(lane) is not null && await store.HastenOneAsync(lane, stoppingToken))
        {
            // It is time to try whether the portal is back, though each transfer was put off for longer.
            return true;
        }

        if (asking > 0)
        {
            // What is due and was not claimed waits for an earlier transfer of its deal; that one's end wakes the lane.
            _lanes.SetDue(lane, await store.NextDueAsync(lane, stoppingToken));
            return false;
        }

        // Whoever tries now wakes the lane at its end.
        var end = await store.NextEndAsync(lane, stoppingToken);
        var probe = circuits.ProbeAt(lane) is { } at && at > clock.GetUtcNow() ? at : (DateTimeOffset?)null;
        _lanes.SetDue(lane, end < probe || probe is null ? end : probe);
        return false;
    }

    /// <summary>
    /// While a connection is paused its transfers stay where they are, and no attempt is counted; only those are taken that will not ask the ESB for anything. None of the others is given up meanwhile,
    /// whatever its time: see <see cref="ConnectionPauses"/>.
    /// </summary>
    /// <returns>Whether there may be more.</returns>
    private async Task<bool> ClaimWithoutEsbAsync(Lane lane, int most, CancellationToken stoppingToken)
    {
        if (most == 0)
        {
            // The source portal does not answer, or has just come back. Whoever is under way there wakes the lane at its end.
            _lanes.SetDue(lane, circuits.SourceProbeAt(lane) is { } at && at > clock.GetUtcNow() ? at : null);
            return false;
        }

        var claimed = await store.ClaimWithoutEsbAsync(lane, most, stoppingToken);
        foreach (var transfer in claimed)
        {
            Start(transfer, stoppingToken);
        }

        if (claimed.Count == most)
        {
            return true;
        }

        _lanes.SetDue(lane, await store.NextWithoutEsbAsync(lane, stoppingToken));
        return false;
    }

    private void Start(Transfer transfer, CancellationToken stoppingToken)
    {
        _lanes.Start(transfer.Lane);
        var run = Task.Run(() => RunOneAsync(transfer, stoppingToken), CancellationToken.None);
        _running.TryAdd(run, transfer);
        _ = run.ContinueWith(End, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void End(Task run)
    {
        foreach (var lane in _lanes.End(_running[run].Lane))
        {
            signal.Wake(lane);
        }

        _running.TryRemove(run, out _);
    }

    private async Task RunOneAsync(Transfer transfer, CancellationToken stoppingToken)
    {
        using var scope = logger.BeginScope(new Dictionary<string, object>
        {
            ["TransferId"] = transfer.Id.Value,
            ["DealId"] = transfer.Request.ItemId,
        });
        try
        {
            await runner.RunAsync(transfer, stoppingToken);
        }
        catch (LeaseLostException)
        {
            // Another server has it.
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping. The claim lapses; the next start takes the transfer up where its record ends.
        }
        catch (Exception exception)
        {
            // The runner answers for every failure it knows, so this is a defect (or a store that cannot write), and one must not stop the rest. The claim lapses at
            // the next start if even this cannot be written.
            Log.RunBroke(logger, exception, transfer.Id, transfer.Attempt);
            await RescheduleAsync(transfer, exception, stoppingToken);
        }
    }

    private async Task RescheduleAsync(Transfer transfer, Exception exception, CancellationToken stoppingToken)
    {
        var now = clock.GetUtcNow();
        var attempt = new TransferAttempt
        {
            Number = transfer.Attempt,
            StartedAt = now,
            EndedAt = now,
            Step = "run",
            Failure = "Defect",
            ErrorCode = exception.GetType().Name,
        };
        try
        {
            var pause = RetrySchedule.PauseAfter(transfer.Attempt, Random.Shared.NextDouble());
            await PersistAsync(() => store.RescheduleAsync(transfer.Id, pause, attempt, CancellationToken.None), stoppingToken);
        }
        catch (LeaseLostException)
        {
            // Another server has it.
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping while the store cannot write: the claim lapses.
        }
        catch (Exception second)
        {
            Log.NotRescheduled(logger, second, transfer.Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Error, "Transfer {TransferId} broke in attempt {Attempt}; it will be tried again")]
        public static partial void RunBroke(ILogger logger, Exception exception, TransferId transferId, int attempt);

        [LoggerMessage(2002, LogLevel.Error, "Transfer {TransferId} could not be put back into the queue; it is taken up at the next start")]
        public static partial void NotRescheduled(ILogger logger, Exception exception, TransferId transferId);

        [LoggerMessage(2004, LogLevel.Critical, "Transfers stand still: {Problem} Trying again in {Pause}")]
        public static partial void StoreUnavailable(ILogger logger, string problem, TimeSpan pause);

        [LoggerMessage(2005, LogLevel.Warning, "The clock of this machine was put back; all transfers that wait for a time are tried now")]
        public static partial void ClockPutBack(ILogger logger);

        public static void Released(ILogger logger, int count)
        {
            if (count > 0)
            {
                TakenUp(logger, count);
            }
        }

        [LoggerMessage(2003, LogLevel.Information, "{Count} transfers were under way when their server stopped, or the database did; they go on now")]
        private static partial void TakenUp(ILogger logger, int count);
    }
}
