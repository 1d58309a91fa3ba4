namespace B24RobotApp.Sandbox.Limits;

/// <summary>
/// Bitrix24's limit of request intensity: a counter goes up by one per request and drains steadily; over the threshold a request is
/// refused.
/// </summary>
internal sealed class LeakyBucket
{
    private double _level;
    private DateTimeOffset _drainedAt;

    public bool TryAdd(DateTimeOffset now, double drainPerSecond, int threshold)
    {
        var elapsed = Math.Max(0, (now - _drainedAt).TotalSeconds);
        _level = Math.Max(0, _level - elapsed * drainPerSecond);
        _drainedAt = now;
        if (_level + 1 > threshold)
        {
            return false;
        }
        _level++;
        return true;
    }
}
