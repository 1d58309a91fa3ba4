using System.Collections.Concurrent;

namespace B24RobotApp.Bitrix24.Limits;

/// <summary>How long a portal takes for a method, learnt from its answers, so that a batch can be sized by time and stays far from the portal's 60-second cut.</summary>
public sealed class MethodDurations
{
    /// <summary>Weight of the newest answer: high enough that a portal that turns slow is noticed within a few calls.</summary>
    private const double NewestWeight = 0.3;

    private static readonly TimeSpan FirstRead = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FirstWrite = TimeSpan.FromMilliseconds(300);

    private readonly ConcurrentDictionary<string, double> _seconds = new(StringComparer.Ordinal);

    /// <summary>Notes one execution.</summary>
    public void Observe(string method, TimeSpan duration) =>
        _seconds.AddOrUpdate(
            method,
            duration.TotalSeconds,
            (_, average) => average + ((duration.TotalSeconds - average) * NewestWeight));

    /// <summary>What the next execution will probably take; a cautious guess for a method not seen yet.</summary>
    public TimeSpan Expected(string method, bool writes) =>
        _seconds.TryGetValue(method, out var seconds) ? TimeSpan.FromSeconds(seconds) : writes ? FirstWrite : FirstRead;
}
