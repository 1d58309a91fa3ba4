namespace B24RobotApp.Transfers.Queue;

/// <summary>Tells the dispatcher that a lane has something to do, so that it need not poll.</summary>
public sealed class TransferSignal : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wakeUp = new(0, 1);
    private readonly HashSet<Lane> _lanes = [];
    private bool _isCalled;
    private volatile bool _isWaiting;

    /// <summary>Whether the dispatcher sleeps, its alarm is set, and nobody has called it since.</summary>
    internal bool IsAsleep
    {
        get
        {
            lock (_lock)
            {
                return _isWaiting && _lanes.Count == 0 && !_isCalled;
            }
        }
    }

    /// <summary>Wakes the dispatcher for something that is no lane's.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_lanes.Count == 0 && !_isCalled)
            {
                _wakeUp.Release();
            }

            _isCalled = true;
        }
    }

    /// <summary>Wakes the dispatcher for one lane.</summary>
    public void Wake(Lane lane)
    {
        lock (_lock)
        {
            if (_lanes.Add(lane) && _lanes.Count == 1 && !_isCalled)
            {
                _wakeUp.Release();
            }
        }
    }

    /// <summary>Waits for a wake-up, at most as long as given, and takes up the lanes that have been named since the last time. They count as named until all of them are taken up.</summary>
    public async Task WaitAsync(TimeSpan? atMost, TimeProvider clock, Action<Lane> takeUp, CancellationToken cancellationToken)
    {
        using var due = new CancellationTokenSource(atMost ?? Timeout.InfiniteTimeSpan, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, cancellationToken);
        _isWaiting = true;
        try
        {
            await _wakeUp.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody called; something is due by time.
            return;
        }
        finally
        {
            _isWaiting = false;
        }

        lock (_lock)
        {
            foreach (var lane in _lanes)
            {
                takeUp(lane);
            }

            _lanes.Clear();
            _isCalled = false;
        }
    }

    public void Dispose() => _wakeUp.Dispose();
}
