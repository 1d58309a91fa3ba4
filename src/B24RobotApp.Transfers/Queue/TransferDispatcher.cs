using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Queue;

/// <summary>
/// Takes due transfers from the store and runs them, many at once. Each lane (portal and connection) has places of its own, and so has each portal and each connection:
/// one that hangs takes no one else's.
/// </summary>
public sealed partial class TransferDispatcher(
    TransferStore store, TransferRunner runner, TransferSignal signal, IOptions<TransferOptions> options, TimeProvider clock,
    ILogger<TransferDispatcher> logger) : BackgroundService
{
    /// <summary>Claims are made in portions, so that the first lane asked does not take all places at once.</summary>
    private const int Portion = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<Lane, LaneState> _lanes = [];
    private readonly Dictionary<PortalId, int> _runningByPortal = [];
    private readonly Dictionary<string, int> _runningByConnection = [];
    private readonly HashSet<Task> _running = [];

    private int PerPortalOrConnection => Math.Max(1, options.Value.Concurrency / 4);

    private int PerLane => Math.Max(1, options.Value.Concurrency / 8);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await TakeUpAsync(stoppingToken);
            while (!stoppingToken.IsCancellationRequested)
            {
                var wait = await ClaimAllAsync(stoppingToken);
                foreach (var lane in await signal.WaitAsync(wait, clock, stoppingToken))
                {
                    Look(lane);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: nothing more is claimed; what runs comes to its next step and stops there.
        }

        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running);
    }

    /// <summary>Claims of a process that is gone are void; every lane with work is looked at when its first transfer is due.</summary>
    private async Task TakeUpAsync(CancellationToken stoppingToken)
    {
        var released = await store.ReleaseClaimsAsync(stoppingToken);
        if (released > 0)
        {
            Log.TakenUp(logger, released);
        }

        foreach (var (lane, earliestDueAt) in await store.BacklogAsync(stoppingToken))
        {
            Find(lane).DueAt = earliestDueAt;
        }
    }

    /// <summary>Claims what is due while there are places.</summary>
    /// <returns>How long until something is due; <see langword="null"/> if nothing is.</returns>
    private async Task<TimeSpan?> ClaimAllAsync(CancellationToken stoppingToken)
    {
        bool again;
        do
        {
            again = false;
            foreach (var (lane, state) in DueLanes())
            {
                var room = RoomFor(lane, state);
                if (room == 0)
                {
                    continue;
                }

                var most = Math.Min(room, Portion);
                var claimed = await store.ClaimAsync(lane, most, stoppingToken);
                foreach (var transfer in claimed)
                {
                    Start(transfer, state, stoppingToken);
                }

                if (claimed.Count == most)
                {
                    again = true;
                }
                else
                {
                    // What is due and was not claimed waits for an earlier transfer of its deal; that one's end wakes the lane.
                    var next = await store.NextDueAsync(lane, stoppingToken);
                    SetNextDue(lane, state, next);
                }
            }
        }
        while (again);

        lock (_lock)
        {
            var earliest = _lanes.Values.Where(state => state.DueAt is not null && !state.IsFull).Min(state => state.DueAt);
            var wait = earliest - clock.GetUtcNow();
            return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
        }
    }

    private List<KeyValuePair<Lane, LaneState>> DueLanes()
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            // The lane with the fewest transfers under way is asked first.
            return [.. _lanes.Where(lane => lane.Value.DueAt <= now).OrderBy(lane => lane.Value.Running)];
        }
    }

    private int RoomFor(Lane lane, LaneState state)
    {
        lock (_lock)
        {
            var room = new[]
            {
                PerLane - state.Running,
                PerPortalOrConnection - _runningByPortal.GetValueOrDefault(lane.Portal),
                PerPortalOrConnection - _runningByConnection.GetValueOrDefault(lane.Connection),
                options.Value.Concurrency - _running.Count,
            }.Min();
            state.IsFull = room <= 0;
            return Math.Max(0, room);
        }
    }

    private void SetNextDue(Lane lane, LaneState state, DateTimeOffset? next)
    {
        lock (_lock)
        {
            state.DueAt = next;
            if (state.DueAt is null && state.Running == 0)
            {
                _lanes.Remove(lane);
            }
        }
    }

    private void Look(Lane lane)
    {
        var state = Find(lane);
        lock (_lock)
        {
            state.DueAt = clock.GetUtcNow();
        }
    }

    private LaneState Find(Lane lane)
    {
        lock (_lock)
        {
            if (!_lanes.TryGetValue(lane, out var state))
            {
                _lanes.Add(lane, state = new LaneState());
            }

            return state;
        }
    }

    private void Start(Transfer transfer, LaneState state, CancellationToken stoppingToken)
    {
        lock (_lock)
        {
            state.Running++;
            _runningByPortal[transfer.Lane.Portal] = _runningByPortal.GetValueOrDefault(transfer.Lane.Portal) + 1;
            _runningByConnection[transfer.Lane.Connection] = _runningByConnection.GetValueOrDefault(transfer.Lane.Connection) + 1;
        }

        var run = Task.Run(() => RunOneAsync(transfer, stoppingToken), CancellationToken.None);
        lock (_lock)
        {
            _running.Add(run);
        }

        _ = run.ContinueWith(task => End(task, transfer, state), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void End(Task run, Transfer transfer, LaneState state)
    {
        lock (_lock)
        {
            _running.Remove(run);
            state.Running--;
            state.IsFull = false;
            _runningByPortal[transfer.Lane.Portal]--;
            _runningByConnection[transfer.Lane.Connection]--;
        }

        signal.Wake(transfer.Lane);
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
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping. The claim lapses; the next start takes the transfer up where its record ends.
        }
        catch (Exception exception)
        {
            // The runner answers for every failure it knows, so this is a defect (or a store that cannot write), and one must not stop the rest. The claim lapses at
            // the next start if even this cannot be written.
            Log.RunBroke(logger, exception, transfer.Id, transfer.Attempt);
            await RescheduleAsync(transfer, exception);
        }
    }

    private async Task RescheduleAsync(Transfer transfer, Exception exception)
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
            await store.RescheduleAsync(transfer.Id, now + RetrySchedule.PauseAfter(transfer.Attempt, Random.Shared.NextDouble()), attempt, CancellationToken.None);
        }
        catch (Exception second)
        {
            Log.NotRescheduled(logger, second, transfer.Id);
        }
    }

    private sealed class LaneState
    {
        /// <summary>When to look into the store next; <see langword="null"/>: not before someone wakes the lane.</summary>
        public DateTimeOffset? DueAt { get; set; }

        public int Running { get; set; }

        /// <summary>No places; the end of a transfer looks again.</summary>
        public bool IsFull { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Error, "Transfer {TransferId} broke in attempt {Attempt}; it will be tried again")]
        public static partial void RunBroke(ILogger logger, Exception exception, TransferId transferId, int attempt);

        [LoggerMessage(2002, LogLevel.Error, "Transfer {TransferId} could not be put back into the queue; it is taken up at the next start")]
        public static partial void NotRescheduled(ILogger logger, Exception exception, TransferId transferId);

        [LoggerMessage(2003, LogLevel.Information, "{Count} transfers were under way when the app stopped; they go on now")]
        public static partial void TakenUp(ILogger logger, int count);
    }
}
