namespace B24RobotApp.Testing;

/// <summary>A machine's clock that someone puts forward or back: the time it shows changes, elapsed times and timers do not.</summary>
/// <param name="time">The real time.</param>
public sealed class AdjustableClock(TimeProvider time) : TimeProvider
{
    private int _looks = -1;

    /// <summary>How far it is ahead; negative if it is behind.</summary>
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    /// <summary>Puts the clock right as soon as it was looked at so many times more: at every moment between two looks, one after the other, if it is tried with every number.</summary>
    public void PutRightAfter(int looks) => Volatile.Write(ref _looks, looks);

    public override DateTimeOffset GetUtcNow()
    {
        if (Interlocked.Decrement(ref _looks) == -1)
        {
            Offset = TimeSpan.Zero;
        }

        return time.GetUtcNow() + Offset;
    }

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
}
