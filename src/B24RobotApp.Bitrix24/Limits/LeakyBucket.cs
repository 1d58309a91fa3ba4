using B24RobotApp.Bitrix24.Diagnostics;

namespace B24RobotApp.Bitrix24.Limits;

/// <summary>
/// A portal's request limit, kept on our side so that the portal never has to refuse. Bitrix24 counts by portal and source address, so one bucket serves
/// all tokens and webhooks towards one host. Callers are let through in the order in which they asked.
/// Source: settings/performance/limits.md.
/// </summary>
public sealed class LeakyBucket
{
    /// <summary>What floating-point arithmetic may be off by; far below one request.</summary>
    private const double Tolerance = 1e-9;

    private readonly Lock _lock = new();
    private readonly LinkedList<Place> _line = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly double _wholeRate;
    private readonly int _wholeBurst;
    private bool _isOpen;
    private double _rate;
    private double _capacity;
    private double _level;
    private long _updatedAt;

    /// <summary>Creates an empty bucket.</summary>
    /// <param name="requestsPerSecond">How fast it drains.</param>
    /// <param name="burst">What the portal's bucket holds. A tenth is left unused, since requests arrive there at other intervals than they left here.</param>
    /// <param name="clock">The time.</param>
    public LeakyBucket(double requestsPerSecond, int burst, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(requestsPerSecond);
        ArgumentOutOfRangeException.ThrowIfLessThan(burst, 1);
        (_wholeRate, _wholeBurst) = (requestsPerSecond, burst);
        (_rate, _capacity) = PartOf(1);
        _clock = clock;
        _updatedAt = clock.GetTimestamp();
        _timer = clock.CreateTimer(_ => LetThrough(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The portal's host, for measurements.</summary>
    public string Portal { get; init; } = "";

    /// <summary>Requests per second that may leave from here.</summary>
    public double Rate
    {
        get
        {
            lock (_lock)
            {
                return _rate;
            }
        }
    }

    /// <summary>Keeps to a part of the limit, since other processes use the rest from the same address.</summary>
    /// <param name="share">Above 0, at most 1.</param>
    public void KeepTo(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        lock (_lock)
        {
            Drain();
            var former = _capacity;
            (_rate, _capacity) = PartOf(share);

            // At the portal all that was sent drains by the whole rate. By the new one alone a bucket that was nearly full would take minutes before it lets anything through.
            _level = Math.Min(_level, _level * _capacity / former);
            LetThrough();
        }
    }

    /// <summary>Lets everyone through without counting, those too who wait: while no request can leave this process, nobody is to wait for his turn to learn that.</summary>
    public void Open(bool isOpen)
    {
        lock (_lock)
        {
            Drain();
            _isOpen = isOpen;
            LetThrough();
        }
    }

    /// <summary>Waits until one request may be sent.</summary>
    /// <param name="cancellationToken">Gives the place in the line up; nothing is counted then.</param>
    public Task TakeAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        lock (_lock)
        {
            if (_line.Count == 0 && TryCount(out _))
            {
                PortalMetrics.Waited(Portal, TimeSpan.Zero);
                return Task.CompletedTask;
            }

            var place = new Place { Since = _clock.GetTimestamp() };
            var node = _line.AddLast(place);
            place.GivingUp = cancellationToken.UnsafeRegister((_, token) => GiveUp(node, token), null);
            LetThrough();
            return place.Task;
        }
    }

    /// <summary>Gives a permit back that was not used.</summary>
    public void Return()
    {
        lock (_lock)
        {
            Drain();
            _level = Math.Max(0, _level - 1);
            LetThrough();
        }
    }

    /// <summary>
    /// The portal said <c>QUERY_LIMIT_EXCEEDED</c> though we had counted room: someone else behind our address uses it too. The bucket counts as full, and nothing leaves
    /// before <paramref name="pause"/> is over, those who wait already included.
    /// </summary>
    public void Overflow(TimeSpan pause)
    {
        lock (_lock)
        {
            Drain();
            _level = Math.Max(_level, _capacity + (pause.TotalSeconds * _rate) - 1);
            LetThrough();
        }
    }

    /// <summary>How full the bucket is now.</summary>
    public BucketFigures Look()
    {
        lock (_lock)
        {
            Drain();
            return new BucketFigures((int)Math.Clamp(Math.Floor(_capacity - _level + Tolerance), 0, _capacity), (int)_capacity, _rate);
        }
    }

    private (double Rate, double Capacity) PartOf(double share)
    {
        var burst = _wholeBurst * share;
        return (_wholeRate * share, Math.Max(1, burst - Math.Ceiling(burst / 10)));
    }

    private void GiveUp(LinkedListNode<Place> node, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (node.List is not null)
            {
                _line.Remove(node);
                node.Value.SetCanceled(cancellationToken);
                LetThrough();
            }
        }
    }

    /// <summary>Lets those at the head of the line through for whom there is room, and sets the timer for the next one.</summary>
    private void LetThrough()
    {
        lock (_lock)
        {
            while (_line.First is { } first)
            {
                if (!TryCount(out var wait))
                {
                    _timer.Change(wait, Timeout.InfiniteTimeSpan);
                    return;
                }

                _line.RemoveFirst();
                first.Value.GivingUp.Unregister();
                PortalMetrics.Waited(Portal, _clock.GetElapsedTime(first.Value.Since));
                first.Value.SetResult();
            }
        }
    }

    private bool TryCount(out TimeSpan wait)
    {
        Drain();
        if (_isOpen)
        {
            wait = TimeSpan.Zero;
            return true;
        }

        var excess = _level + 1 - _capacity;
        if (excess > Tolerance)
        {
            // Timers count whole milliseconds and would fire early if they were given a fraction.
            wait = TimeSpan.FromMilliseconds(Math.Ceiling(excess / _rate * 1000));
            return false;
        }

        wait = TimeSpan.Zero;
        _level += 1;
        return true;
    }

    private void Drain()
    {
        var now = _clock.GetTimestamp();
        _level = Math.Max(0, _level - (_clock.GetElapsedTime(_updatedAt, now).TotalSeconds * _rate));
        _updatedAt = now;
    }

    /// <summary>A place in the line.</summary>
    private sealed class Place() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public required long Since { get; init; }

        public CancellationTokenRegistration GivingUp { get; set; }
    }
}
