namespace B24RobotApp.Transfers.Queue;

/// <summary>Notices that the machine's clock was put back. Slewing, and the differences between two ways of measuring, are no matter.</summary>
internal sealed class ClockSetback(TimeProvider clock)
{
    private static readonly TimeSpan WorthNoticing = TimeSpan.FromSeconds(2);

    private DateTimeOffset _shown = clock.GetUtcNow();
    private long _timestamp = clock.GetTimestamp();

    /// <summary>Whether it was put back since the last time this was asked.</summary>
    public bool HasHappened()
    {
        var timestamp = clock.GetTimestamp();
        var now = clock.GetUtcNow();
        var setback = _shown + clock.GetElapsedTime(_timestamp, timestamp) - now;
        (_shown, _timestamp) = (now, timestamp);
        return setback > WorthNoticing;
    }
}
