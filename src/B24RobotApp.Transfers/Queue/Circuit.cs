namespace B24RobotApp.Transfers.Queue;

/// <summary>A portal that does not answer.</summary>
/// <param name="Since">The first failure.</param>
/// <param name="Code">The last failure's code.</param>
/// <param name="Description">What it said, for people.</param>
public sealed record Outage(DateTimeOffset Since, string Code, string Description);

/// <summary>
/// Whether a portal answers. One that has failed several transfers in a row is left alone but for one transfer now and then; when that one comes through, the others follow, few at first and
/// twice as many each time. Safe for use by many at once.
/// </summary>
/// <param name="clock">The time.</param>
public sealed class Circuit(TimeProvider clock)
{
    /// <summary>So many different transfers in a row, and it is the portal's fault and not a deal's.</summary>
    private const int MostFailures = 4;

    /// <summary>As long as few are let through, a second failure is enough.</summary>
    private const int MostFailuresAtReturn = 2;

    /// <summary>So many at once, and nothing is left to be careful about.</summary>
    private const int Full = 64;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly HashSet<TransferId> _failed = [];
    private TimeSpan _pause = FirstPause;

    /// <summary>Since when nobody tries, in the clock's timestamps, and for how long: a clock that is put back does not prolong it.</summary>
    private (long Since, TimeSpan For)? _rest;
    private DateTimeOffset _firstFailureAt;
    private Outage? _outage;
    private int _places = int.MaxValue;

    /// <summary>The outage that lasts; <see langword="null"/> while the portal answers.</summary>
    public Outage? Outage
    {
        get
        {
            lock (_lock)
            {
                return _outage;
            }
        }
    }

    /// <summary>When the next transfer may try; <see langword="null"/> while the portal answers.</summary>
    public DateTimeOffset? ProbeAt
    {
        get
        {
            lock (_lock)
            {
                return Remaining is { } remaining ? clock.GetUtcNow() + remaining : null;
            }
        }
    }

    /// <summary>How many transfers may be under way there now.</summary>
    public int Places
    {
        get
        {
            lock (_lock)
            {
                return Remaining is not { } remaining ? _places : remaining <= TimeSpan.Zero ? 1 : 0;
            }
        }
    }

    /// <summary>The portal answered, be it with a no.</summary>
    /// <returns>The outage that ended with it.</returns>
    public Outage? Succeeded()
    {
        lock (_lock)
        {
            _failed.Clear();
            if (_outage is { } ended)
            {
                _outage = null;
                _rest = null;
                _places = 2;
                return ended;
            }

            if (_places < Full)
            {
                _places++;
                return null;
            }

            _places = int.MaxValue;
            _pause = FirstPause;
            return null;
        }
    }

    /// <summary>The portal did not answer a transfer.</summary>
    /// <returns>The outage that began with it.</returns>
    public Outage? Failed(TransferId transfer, string code, string description)
    {
        lock (_lock)
        {
            if (_outage is { } lasting)
            {
                _outage = lasting with { Code = code, Description = description };

                // What was under way when it began says nothing new.
                if (Remaining <= TimeSpan.Zero)
                {
                    Rest();
                }

                return null;
            }

            if (_failed.Count == 0)
            {
                _firstFailureAt = clock.GetUtcNow();
            }

            _failed.Add(transfer);
            if (_failed.Count < (_places == int.MaxValue ? MostFailures : MostFailuresAtReturn))
            {
                return null;
            }

            _failed.Clear();
            Rest();
            return _outage = new Outage(_firstFailureAt, code, description);
        }
    }

    /// <summary>How long nobody tries yet; below zero once somebody may.</summary>
    private TimeSpan? Remaining => _rest is { } rest ? rest.For - clock.GetElapsedTime(rest.Since) : null;

    private void Rest()
    {
        _rest = (clock.GetTimestamp(), _pause);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
