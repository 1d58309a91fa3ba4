using B24RobotApp.Bitrix24.Limits;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// Decides when a request leaves and which calls it carries: at once while nothing is under way, and as soon as one more request is worth it otherwise, with all that has
/// gathered until then. There are no timers to tune: latency when idle, density when loaded.
/// </summary>
internal sealed class BatchCoalescer
{
    /// <summary>Batches stay far below the portal's 60-second cut. Source: settings/performance/limits.md.</summary>
    private static readonly TimeSpan LongestBatch = TimeSpan.FromSeconds(20);

    private readonly LeakyBucket _bucket;
    private readonly PortalLimits _limits;
    private readonly CallFigures _figures;
    private readonly TimeSpan _maxBatchDuration;
    private readonly TimeProvider _clock;
    private readonly Func<IReadOnlyList<PendingCalls>, Task> _sendAsync;
    private readonly ITimer _timer;

    private readonly Lock _lock = new();
    private readonly LinkedList<PendingCalls> _batchable = new();
    private readonly LinkedList<PendingCalls> _plain = new();
    private readonly LinkedList<long> _inFlight = new();
    private bool _plainWasLast;
    private bool _pumping;

    /// <param name="bucket">The portal's.</param>
    /// <param name="limits">The portal's.</param>
    /// <param name="figures">What is known of its speed.</param>
    /// <param name="clock">The time.</param>
    /// <param name="sendAsync">Sends what shares one request, and tells each caller how it ended. Never throws.</param>
    public BatchCoalescer(
        LeakyBucket bucket, PortalLimits limits, CallFigures figures, TimeProvider clock,
        Func<IReadOnlyList<PendingCalls>, Task> sendAsync)
    {
        _bucket = bucket;
        _limits = limits;
        _figures = figures;
        var halfOfTimeout = limits.RequestTimeout / 2;
        _maxBatchDuration = halfOfTimeout < LongestBatch ? halfOfTimeout : LongestBatch;
        _clock = clock;
        _sendAsync = sendAsync;
        _timer = clock.CreateTimer(_ => LookAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Queues calls and waits for their outcomes.</summary>
    public async Task<IReadOnlyList<CallOutcome>> SubmitAsync(PendingCalls pending)
    {
        lock (_lock)
        {
            (pending.CanBatch ? _batchable : _plain).AddLast(pending.Place);
            Advance();
        }

        try
        {
            return await pending.Outcomes.WaitAsync(pending.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                pending.Place.List?.Remove(pending.Place);
            }

            throw;
        }
    }

    /// <summary>How many callers' calls wait for a batch.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _batchable.Count;
            }
        }
    }

    private bool NobodyWaits => _batchable.Count == 0 && _plain.Count == 0;

    /// <summary>Starts the one loop that sends, unless it runs or must not. Called with the lock held.</summary>
    private void Advance()
    {
        if (_pumping || NobodyWaits)
        {
            return;
        }

        if (MaySend())
        {
            _pumping = true;
            // Not on the caller's back: neither his time nor his logging scope is that of the calls he happens to start.
            ThreadPool.UnsafeQueueUserWorkItem(static coalescer => _ = coalescer.PumpAsync(), this, preferLocal: false);
        }
        else if (_inFlight.Count < _limits.MaxInFlight)
        {
            // Whoever lands next starts the loop again; if nobody lands, the age of those under way does.
            var due = TimeSpan.FromSeconds(_inFlight.Count / _bucket.Rate) - _clock.GetElapsedTime(_inFlight.First!.Value);
            _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(due.TotalMilliseconds))), Timeout.InfiniteTimeSpan);
        }
    }

    private void LookAgain()
    {
        lock (_lock)
        {
            Advance();
        }
    }

    /// <summary>
    /// Whether one more request is worth it: rate times latency is how many must be under way for the portal's rate to be used. The age of the oldest counts like latency, so
    /// a request that hangs does not hold up those behind it. Called with the lock held.
    /// </summary>
    private bool MaySend()
    {
        if (_inFlight.First is not { } oldest)
        {
            return true;
        }

        var latency = Math.Max(_figures.Latency.Seconds, _clock.GetElapsedTime(oldest.Value).TotalSeconds);
        return _inFlight.Count < Math.Min(_limits.MaxInFlight, Math.Floor(_bucket.Rate * latency) + 1);
    }

    private async Task PumpAsync()
    {
        while (true)
        {
            await _bucket.TakeAsync(CancellationToken.None);

            // Taken apart only now, so that all that came while the permit was awaited travels along.
            List<PendingCalls> load;
            LinkedListNode<long>? flight = null;
            lock (_lock)
            {
                load = TakeLoad();
                if (load.Count > 0)
                {
                    flight = _inFlight.AddLast(_clock.GetTimestamp());
                }
            }

            if (flight is null)
            {
                _bucket.Return();
            }
            else
            {
                _ = FlyAsync(load, flight);
            }

            lock (_lock)
            {
                if (NobodyWaits || !MaySend())
                {
                    _pumping = false;
                    Advance();
                    return;
                }
            }
        }
    }

    private async Task FlyAsync(List<PendingCalls> load, LinkedListNode<long> flight)
    {
        try
        {
            await _sendAsync(load);
        }
        finally
        {
            lock (_lock)
            {
                _inFlight.Remove(flight);
                Advance();
            }
        }
    }

    /// <summary>
    /// Takes what fits into one request: a lone call that must travel plain, or as many as a batch holds by number, size and time. Where both kinds wait they take turns, so that
    /// neither holds up the other. Called with the lock held.
    /// </summary>
    private List<PendingCalls> TakeLoad()
    {
        DropCancelled(_plain);
        DropCancelled(_batchable);
        _plainWasLast = _plain.Count > 0 && (_batchable.Count == 0 || !_plainWasLast);
        if (_plainWasLast)
        {
            var lone = _plain.First!.Value;
            _plain.RemoveFirst();
            return [lone];
        }

        var load = new List<PendingCalls>();
        var commands = 0;
        var characters = 0;
        var duration = TimeSpan.Zero;
        while (_batchable.First is { } first)
        {
            var pending = first.Value;
            commands += pending.Calls.Count;
            characters += pending.Characters;
            foreach (var call in pending.Calls)
            {
                duration += _figures.Durations.Expected(call.Method, call.Writes);
            }

            var fits = commands <= BatchLimits.MaxCommands && characters <= BatchLimits.MaxBatchCharacters && duration <= _maxBatchDuration;
            if (!fits && load.Count > 0)
            {
                break;
            }

            _batchable.RemoveFirst();
            pending.Seal();
            load.Add(pending);
            DropCancelled(_batchable);
        }

        return load;
    }

    /// <summary>Drops those at the head whose callers gave up this very moment; all others take their calls out themselves.</summary>
    private static void DropCancelled(LinkedList<PendingCalls> queue)
    {
        while (queue.First is { Value.CancellationToken.IsCancellationRequested: true })
        {
            queue.RemoveFirst();
        }
    }
}
