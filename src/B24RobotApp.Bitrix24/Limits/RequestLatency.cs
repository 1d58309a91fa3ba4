namespace B24RobotApp.Bitrix24.Limits;

/// <summary>How long a portal takes to answer one request, averaged over the last few, without the waiting on our side.</summary>
internal sealed class RequestLatency
{
    private const double NewestWeight = 0.2;

    private readonly Lock _lock = new();
    private double _seconds;

    public double Seconds
    {
        get
        {
            lock (_lock)
            {
                return _seconds;
            }
        }
    }

    public void Observe(TimeSpan latency)
    {
        lock (_lock)
        {
            _seconds = _seconds == 0 ? latency.TotalSeconds : _seconds + ((latency.TotalSeconds - _seconds) * NewestWeight);
        }
    }
}
