using System.Collections.Concurrent;

namespace B24RobotApp.Bitrix24.Limits;

/// <summary>
/// What one credential has used of a portal's execution time, per method: Bitrix24 adds up the seconds of the last ten minutes and refuses a method
/// with <c>OPERATION_TIME_LIMIT</c> once its sum is over the limit, the others going on. Source: settings/performance/limits.md.
/// </summary>
public sealed class OperatingBudget(TimeProvider clock)
{
    /// <summary>How long a method pauses when no answer has told when its time is given back.</summary>
    private static readonly TimeSpan UnknownPause = TimeSpan.FromMinutes(1);

    /// <summary>Each minute's seconds are given back after ten minutes. A time later than that comes from a clock that differs from ours.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Entry> _methods = new(StringComparer.Ordinal);

    /// <summary>Notes the figures of an answer's <c>time</c>.</summary>
    /// <param name="method">The method that was called.</param>
    /// <param name="operatingSeconds">Its seconds within the last ten minutes, this call included.</param>
    /// <param name="resetAt">When the oldest of them are given back.</param>
    public void Observe(string method, double operatingSeconds, DateTimeOffset? resetAt) =>
        _methods.AddOrUpdate(
            method,
            static (_, seen) => new Entry(seen.operatingSeconds, seen.resetAt, null),
            static (_, old, seen) => old with { OperatingSeconds = seen.operatingSeconds, ResetAt = seen.resetAt ?? old.ResetAt },
            (operatingSeconds, resetAt));

    /// <summary>The portal said <c>OPERATION_TIME_LIMIT</c>: the method pauses.</summary>
    /// <returns>When it may be called again.</returns>
    public DateTimeOffset Pause(string method)
    {
        var now = clock.GetUtcNow();
        var entry = _methods.AddOrUpdate(
            method,
            static (_, now) => new Entry(0, null, now + UnknownPause),
            static (_, old, now) => old with { PausedUntil = PauseEnd(old, now) },
            now);
        return entry.PausedUntil!.Value;
    }

    /// <summary>Until when a method must not be called; <see langword="null"/> if it may be called now.</summary>
    public DateTimeOffset? PausedUntil(string method) =>
        _methods.TryGetValue(method, out var entry) && entry.PausedUntil is { } until && until > clock.GetUtcNow() ? until : null;

    /// <summary>Seconds used by a method within the last ten minutes, as last told by the portal; 0 if it never said.</summary>
    public double SecondsUsed(string method) => _methods.TryGetValue(method, out var entry) ? entry.OperatingSeconds : 0;

    private static DateTimeOffset PauseEnd(Entry entry, DateTimeOffset now)
    {
        if (entry.PausedUntil > now)
        {
            // Several calls of one batch are refused together; the pause is the same for all.
            return entry.PausedUntil.Value;
        }

        return entry.ResetAt is { } resetAt && resetAt > now
            ? resetAt < now + Window ? resetAt : now + Window
            : now + UnknownPause;
    }

    private sealed record Entry(double OperatingSeconds, DateTimeOffset? ResetAt, DateTimeOffset? PausedUntil);
}
