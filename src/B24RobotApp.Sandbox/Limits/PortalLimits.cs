using System.Collections.Concurrent;

namespace B24RobotApp.Sandbox.Limits;

/// <summary>The limits of a portal. Off until switched on; the figures of <c>operating</c> are told all the same.</summary>
public sealed class PortalLimits
{
    private readonly ConcurrentDictionary<string, LeakyBucket> _buckets = new();
    private readonly Dictionary<(string Entity, string Method), OperatingUsage> _usage = [];

    /// <summary>Refuse requests that come too fast.</summary>
    public bool LimitsRate { get; set; }

    /// <summary>By how much the counter goes down in a second: 2, on Enterprise 5.</summary>
    public double RequestsPerSecond { get; set; } = 2;

    /// <summary>Requests the counter takes: 50, on Enterprise 250.</summary>
    public int Burst { get; set; } = 50;

    /// <summary>Refuse methods that took too long in the last ten minutes.</summary>
    public bool LimitsOperating { get; set; }

    /// <summary>Seconds of execution per method and application or webhook in ten minutes.</summary>
    public double OperatingSeconds { get; set; } = 480;

    /// <summary>Calls that are faster are not counted, as in the portal's own code.</summary>
    public TimeSpan SmallestCounted { get; set; } = TimeSpan.FromSeconds(0.1);

    internal bool TryTakeRequest(string sourceAddress, DateTimeOffset now)
    {
        if (!LimitsRate)
        {
            return true;
        }
        var bucket = _buckets.GetOrAdd(sourceAddress, _ => new LeakyBucket());
        lock (bucket)
        {
            return bucket.TryAdd(now, RequestsPerSecond, Burst);
        }
    }

    /// <summary>Under the portal's lock, as the two below.</summary>
    internal bool IsBlocked(string entity, string method, DateTimeOffset now) =>
        LimitsOperating && _usage.TryGetValue((entity, method), out var usage) && usage.Seconds(now) > OperatingSeconds;

    internal void Register(string entity, string method, DateTimeOffset now, TimeSpan duration)
    {
        if (duration <= SmallestCounted)
        {
            return;
        }
        if (!_usage.TryGetValue((entity, method), out var usage))
        {
            _usage.Add((entity, method), usage = new OperatingUsage());
        }
        usage.Add(now, duration);
    }

    internal (double Seconds, long? ResetAt) Operating(string entity, string method, DateTimeOffset now) =>
        _usage.TryGetValue((entity, method), out var usage) ? (usage.Seconds(now), usage.ResetAt(now)) : (0, null);
}
