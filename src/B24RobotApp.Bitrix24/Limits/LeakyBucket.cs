namespace B24RobotApp.Bitrix24.Limits;

/// <summary>
/// A portal's request limit, kept on our side so that the portal never has to refuse. Bitrix24 counts by portal and source address, so one bucket serves
/// all tokens and webhooks towards one host. Callers are let through in the order in which they asked.
/// Source: settings/performance/limits.md.
/// </summary>
public sealed class LeakyBucket
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly double _rate;
    private readonly double _capacity;
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
        _rate = requestsPerSecond;
        _capacity = Math.Max(1, burst - Math.Ceiling(burst / 10.0));
        _clock = clock;
        _updatedAt = clock.GetTimestamp();
    }

    /// <summary>Waits until one request may be sent.</summary>
    public Task TakeAsync(CancellationToken cancellationToken)
    {
        var delay = Reserve();
        return delay <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(delay, _clock, cancellationToken);
    }

    /// <summary>Gives a permit back that was not used.</summary>
    public void Return()
    {
        lock (_lock)
        {
            Drain();
            _level = Math.Max(0, _level - 1);
        }
    }

    /// <summary>
    /// The portal said <c>QUERY_LIMIT_EXCEEDED</c> though we had counted room: someone else behind our address uses it too. The bucket counts as full, and nothing leaves
    /// before <paramref name="pause"/> is over.
    /// </summary>
    public void Overflow(TimeSpan pause)
    {
        lock (_lock)
        {
            Drain();
            _level = Math.Max(_level, _capacity + (pause.TotalSeconds * _rate) - 1);
        }
    }

    /// <summary>Takes a place and returns how long to wait for it. Every place is counted at once, so order is kept without a queue.</summary>
    private TimeSpan Reserve()
    {
        lock (_lock)
        {
            Drain();
            _level += 1;
            return TimeSpan.FromSeconds(Math.Max(0, (_level - _capacity) / _rate));
        }
    }

    private void Drain()
    {
        var now = _clock.GetTimestamp();
        _level = Math.Max(0, _level - (_clock.GetElapsedTime(_updatedAt, now).TotalSeconds * _rate));
        _updatedAt = now;
    }
}
