namespace B24RobotApp.Testing;

/// <summary>A machine's clock that someone puts forward or back: the time it shows changes, elapsed times and timers do not.</summary>
/// <param name="time">The real time.</param>
public sealed class AdjustableClock(TimeProvider time) : TimeProvider
{
    /// <summary>How far it is ahead; negative if it is behind.</summary>
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Offset;

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
}
