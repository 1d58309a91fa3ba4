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

    /// <summary>Seconds of one method within ten minutes from which on a portal refuses it, by the documentation. A portal of one's own may be set otherwise; it does not tell.</summary>
    public const double DocumentedLimitSeconds = 480;

    private readonly ConcurrentDictionary<string, Entry> _methods = new(StringComparer.Ordinal);

    /// <summary>Notes the figures of an answer's <c>time</c>.</summary>
    /// <param name="method">The method that was called.</param>
    /// <param name="operatingSeconds">Its seconds within the last ten minutes, this call included.</param>
    /// <param name="resetAt">When the oldest of them are given back.</param>
    public void Observe(string method, double operatingSeconds, DateTimeOffset? resetAt) =>
        _methods.AddOrUpdate(
            method,
            static (_, seen) => new Entry(seen.operatingSeconds, seen.resetAt, null, seen.At),
            static (_, old, seen) => old with { OperatingSeconds = seen.operatingSeconds, ResetAt = seen.resetAt ?? old.ResetAt, ToldAt = seen.At },
            (operatingSeconds, resetAt, At: clock.GetTimestamp()));

    /// <summary>The portal said <c>OPERATION_TIME_LIMIT</c>: the method pauses.</summary>
    /// <returns>When it may be called again.</returns>
    public DateTimeOffset Pause(string method)
    {
        var now = clock.GetUtcNow();
        var entry = _methods.AddOrUpdate(
            method,
            (_, now) => new Entry(0, null, (clock.GetTimestamp(), UnknownPause), clock.GetTimestamp()),
            (_, old, now) => Remaining(old) > TimeSpan.Zero ? old : old with { Pause = (clock.GetTimestamp(), PauseOf(old, now)) },
            now);
        return now + Remaining(entry);
    }

    /// <summary>Until when a method must not be called; <see langword="null"/> if it may be called now.</summary>
    public DateTimeOffset? PausedUntil(string method) =>
        _methods.TryGetValue(method, out var entry) && Remaining(entry) is { } remaining && remaining > TimeSpan.Zero ? clock.GetUtcNow() + remaining : null;

    /// <summary>Seconds used by a method within the last ten minutes, as last told by the portal; 0 if it never said.</summary>
    public double SecondsUsed(string method) => _methods.TryGetValue(method, out var entry) ? entry.OperatingSeconds : 0;

    /// <summary>The methods that the portal has told of within the last ten minutes (what it said before is given back since), or that rest; most used first.</summary>
    public IReadOnlyList<MethodUse> Look() =>
    [
        .. _methods
            .Where(method => clock.GetElapsedTime(method.Value.ToldAt) < Window || Remaining(method.Value) > TimeSpan.Zero)
            .Select(method => new MethodUse(method.Key, method.Value.OperatingSeconds, PausedUntil(method.Key)))
            .OrderByDescending(use => use.PausedUntil is not null)
            .ThenByDescending(use => use.Seconds)
            .ThenBy(use => use.Method, StringComparer.Ordinal),
    ];

    private TimeSpan Remaining(Entry entry) => entry.Pause is { } pause ? pause.For - clock.GetElapsedTime(pause.Since) : TimeSpan.Zero;

    private static TimeSpan PauseOf(Entry entry, DateTimeOffset now) => entry.ResetAt is { } resetAt && resetAt > now
        ? resetAt < now + Window ? resetAt - now : Window
        : UnknownPause;

    /// <param name="OperatingSeconds">As last told.</param>
    /// <param name="ResetAt">As last told.</param>
    /// <param name="Pause">Since when the method rests, in the clock's timestamps, and for how long: a clock that is put back does not prolong it. Several calls of one batch are refused together; the pause is the same for all.</param>
    /// <param name="ToldAt">When the portal last told, in the clock's timestamps.</param>
    private sealed record Entry(double OperatingSeconds, DateTimeOffset? ResetAt, (long Since, TimeSpan For)? Pause, long ToldAt);
}
