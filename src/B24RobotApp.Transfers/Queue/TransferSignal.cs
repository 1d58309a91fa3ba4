namespace B24RobotApp.Transfers.Queue;

/// <summary>Tells the dispatcher that a lane has something to do, so that it need not poll.</summary>
public sealed class TransferSignal : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wakeUp = new(0, 1);
    private HashSet<Lane> _lanes = [];

    /// <summary>Wakes the dispatcher for one lane.</summary>
    public void Wake(Lane lane)
    {
        lock (_lock)
        {
            if (_lanes.Add(lane) && _lanes.Count == 1)
            {
                _wakeUp.Release();
            }
        }
    }

    /// <summary>Waits for a wake-up, at most as long as given, and takes the lanes that have been named since the last time.</summary>
    public async Task<IReadOnlyCollection<Lane>> WaitAsync(TimeSpan? atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var due = new CancellationTokenSource(atMost ?? Timeout.InfiniteTimeSpan, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, cancellationToken);
        try
        {
            await _wakeUp.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody called; something is due by time.
            return [];
        }

        lock (_lock)
        {
            var lanes = _lanes;
            _lanes = [];
            return lanes;
        }
    }

    public void Dispose() => _wakeUp.Dispose();
}
