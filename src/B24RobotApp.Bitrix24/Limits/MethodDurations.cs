using System.Collections.Concurrent;

namespace B24RobotApp.Bitrix24.Limits;

/// <summary>How long a portal takes for a method, learnt from its answers, so that a batch can be sized by time and stays far from the portal's 60-second cut.</summary>
public sealed class MethodDurations
{
    /// <summary>Weight of the newest answer: high enough that a portal that turns slow is noticed within a few calls.</summary>
    private const double NewestWeight = 0.3;

    private static readonly TimeSpan FirstRead = TimeSpan.FromMilliseconds(100);

    /// <summary>Creating an item is documented with up to 1.8 s; half of it keeps the first batch of a busy start below any time-out.</summary>
    private static readonly TimeSpan FirstWrite = TimeSpan.FromMilliseconds(900);

    private readonly ConcurrentDictionary<string, double> _seconds = new(StringComparer.Ordinal);

    /// <summary>Notes one execution.</summary>
    public void Observe(string method, TimeSpan duration) =>
        _seconds.AddOrUpdate(
            method,
            static (_, newest) => newest,
            static (_, average, newest) => average + ((newest - average) * NewestWeight),
            duration.TotalSeconds);

    /// <summary>
    /// Notes the least that an execution took when no answer told how long it really was. Without that, batches that the portal is too slow for would be sent in the
    /// same size for ever.
    /// </summary>
    public void ObserveAtLeast(string method, bool writes, TimeSpan duration)
    {
        if (duration > Expected(method, writes))
        {
            Observe(method, duration);
        }
    }

    /// <summary>What the next execution will probably take; a cautious guess for a method not seen yet.</summary>
    public TimeSpan Expected(string method, bool writes) =>
        _seconds.TryGetValue(method, out var seconds) ? TimeSpan.FromSeconds(seconds) : writes ? FirstWrite : FirstRead;
}
