using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Waits;

/// <summary>What is done about waits besides looking at the ESBs: finding out what they wait for, telling the robots, letting go of those to which nobody listens. All of it stands in the store, so a crash loses nothing.</summary>
public sealed partial class WaitWorker(
    WaitStore store, WaitSeeker seeker, WaitReporter reporter, WaitEnding ending, WaitUpkeep upkeep, WaitSignal signal, IWorkShare share, TimeProvider clock, ILogger<WaitWorker> logger) : LeadingService(share)
{
    /// <summary>A transfer that comes to its end wakes nobody; whoever waits for its deal is looked after this often.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ForsakenEvery = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LeftEvery = TimeSpan.FromHours(1);

    private readonly ClockSetback _setback = new(clock);
    private DateTimeOffset _forsakenAt;
    private DateTimeOffset _leftAt = clock.GetUtcNow() + TimeSpan.FromMinutes(1);

    protected override async Task LeadAsync(CancellationToken stoppingToken)
    {
        var running = new Dictionary<string, Task>(StringComparer.Ordinal);
        void Run(string name, Func<CancellationToken, Task> work)
        {
            // What hangs (a portal that does not answer) holds up nothing else.
            if (!running.TryGetValue(name, out var task) || task.IsCompleted)
            {
                running[name] = SafelyAsync(work, stoppingToken);
            }
        }

        try
        {
            while (true)
            {
                await signal.WaitAsync(LookEvery, clock, stoppingToken);
                await SafelyAsync(FollowClockAsync, stoppingToken);
                await SafelyAsync(SeekAsync, stoppingToken);
                Run("upkeep", KeepUpAsync);
                await SafelyAsync(
                    async cancellationToken =>
                    {
                        foreach (var portal in await store.AnsweringPortalsAsync(cancellationToken))
                        {
                            Run($"{portal}", token => reporter.ReportAsync(portal, token));
                        }
                    },
                    stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }

        await Task.WhenAll(running.Values);
    }

    /// <summary>Does everything that is due now.</summary>
    public async Task StepAsync(CancellationToken cancellationToken)
    {
        await FollowClockAsync(cancellationToken);
        await SeekAsync(cancellationToken);
        await KeepUpAsync(cancellationToken);
        foreach (var portal in await store.AnsweringPortalsAsync(cancellationToken))
        {
            await reporter.ReportAsync(portal, cancellationToken);
        }
    }

    private async Task SafelyAsync(Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        try
        {
            await work(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the store knows what is left.
        }
        catch (StorageException exception)
        {
            Log.StoreUnavailable(logger, exception.Message);
        }
        catch (Exception exception)
        {
            // A defect; the next step tries again, and what is due stays due.
            Log.Broke(logger, exception);
        }
    }

    private async Task FollowClockAsync(CancellationToken cancellationToken)
    {
        if (_setback.HasHappened())
        {
            await store.HastenAsync(cancellationToken);
            _forsakenAt = _leftAt = clock.GetUtcNow();
        }
    }

    private async Task SeekAsync(CancellationToken cancellationToken)
    {
        while (await seeker.SeekAsync(cancellationToken))
        {
            // There may be more.
        }
    }

    private async Task KeepUpAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await upkeep.EndTimedOutAsync(cancellationToken);
        if (now >= _forsakenAt)
        {
            _forsakenAt = now + ForsakenEvery;
            await ending.EndForsakenAsync(cancellationToken);
        }

        if (now >= _leftAt)
        {
            _leftAt = now + LeftEvery;
            await upkeep.EndLeftAsync(cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2661, LogLevel.Warning, "Waiting robots cannot be looked after now: {Problem}")]
        public static partial void StoreUnavailable(ILogger logger, string problem);

        [LoggerMessage(2662, LogLevel.Error, "Looking after waiting robots broke; it is tried again")]
        public static partial void Broke(ILogger logger, Exception exception);
    }
}
