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

    private readonly ConcurrentDictionary<string, Entry> _methods = new(StringComparer.Ordinal);

    /// <summary>Notes the figures of an answer's <c>time</c>.</summary>
    /// <param name="method">The method that was called.</param>
    /// <param name="operatingSeconds">Its seconds within the last ten minutes, this call included.</param>
    /// <param name="resetAt">When the oldest of them are given back.</param>
    public void Observe(string method, double operatingSeconds, DateTimeOffset? resetAt)
    {
        var old = _methods.GetValueOrDefault(method);
        _methods[method] = new Entry(operatingSeconds, resetAt ?? old?.ResetAt, old?.PausedUntil);
    }

    /// <summary>The portal said <c>OPERATION_TIME_LIMIT</c>: the method pauses.</summary>
    /// <returns>When it may be called again.</returns>
    public DateTimeOffset Pause(string method)
    {
        var now = clock.GetUtcNow();
        var old = _methods.GetValueOrDefault(method);
        var until = old?.ResetAt is { } resetAt && resetAt > now ? resetAt : now + UnknownPause;
        _methods[method] = new Entry(old?.OperatingSeconds ?? 0, old?.ResetAt, until);
        return until;
    }

    /// <summary>Until when a method must not be called; <see langword="null"/> if it may be called now.</summary>
    public DateTimeOffset? PausedUntil(string method) =>
        _methods.GetValueOrDefault(method)?.PausedUntil is { } until && until > clock.GetUtcNow() ? until : null;

    /// <summary>Seconds used by a method within the last ten minutes, as last told by the portal; 0 if it never said.</summary>
    public double SecondsUsed(string method) => _methods.GetValueOrDefault(method)?.OperatingSeconds ?? 0;

    private sealed record Entry(double OperatingSeconds, DateTimeOffset? ResetAt, DateTimeOffset? PausedUntil);
}
