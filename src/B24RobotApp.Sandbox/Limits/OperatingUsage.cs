namespace B24RobotApp.Sandbox.Limits;

/// <summary>Execution time of one method for one application or webhook, in ten baskets of a minute.</summary>
internal sealed class OperatingUsage
{
    private const int BasketSeconds = 60;
    private const int BasketCount = 10;

    /// <summary>Basket number, time of its first call, seconds in it; the oldest first.</summary>
    private readonly List<(long Number, long FirstCall, double Seconds)> _baskets = [];

    /// <summary>Unix time at which the oldest basket falls out; <see langword="null"/> while there is none.</summary>
    public long? ResetAt(DateTimeOffset now)
    {
        Drop(now);
        return _baskets.Count == 0 ? null : _baskets[0].FirstCall + BasketCount * BasketSeconds;
    }

    public double Seconds(DateTimeOffset now)
    {
        Drop(now);
        return _baskets.Sum(basket => basket.Seconds);
    }

    public void Add(DateTimeOffset now, TimeSpan duration)
    {
        Drop(now);
        var unix = now.ToUnixTimeSeconds();
        var number = unix / BasketSeconds;
        if (_baskets.Count > 0 && _baskets[^1].Number == number)
        {
            _baskets[^1] = (number, _baskets[^1].FirstCall, _baskets[^1].Seconds + duration.TotalSeconds);
        }
        else
        {
            _baskets.Add((number, unix, duration.TotalSeconds));
        }
    }

    private void Drop(DateTimeOffset now)
    {
        var unix = now.ToUnixTimeSeconds();
        _baskets.RemoveAll(basket => basket.FirstCall + BasketCount * BasketSeconds <= unix);
    }
}
