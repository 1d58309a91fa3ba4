using System.Collections.Concurrent;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Links;

/// <summary>
/// When a request that may have created something on an ESB, and whose answer is not known, cannot be under way there any more. Measured in elapsed time, since a clock that was put forward proves nothing, and
/// from the last moment at which the request may have left: it may have waited for its turn long after the intent was noted. What a process before this one has sent left before this one began.
/// </summary>
public sealed class Settling(IOptions<TransferOptions> options, TimeProvider clock)
{
    private readonly long _startedAt = clock.GetTimestamp();
    private readonly ConcurrentDictionary<string, long> _leftAt = new(StringComparer.Ordinal);
    private long _tidiedAt = clock.GetTimestamp();

    /// <summary>Of how many things it is known when they left.</summary>
    internal int Count => _leftAt.Count;

    /// <summary>It is about to be sent, or was sent at some moment until now and its answer is lost.</summary>
    public void Note(string what)
    {
        _leftAt[what] = clock.GetTimestamp();
        if (PendingUntil(Interlocked.Read(ref _tidiedAt)) is null)
        {
            Tidy();
        }
    }

    /// <summary>It was answered.</summary>
    public void Forget(string what) => _leftAt.TryRemove(what, out _);

    /// <summary>The last moment at which it may have left, in the clock's timestamps.</summary>
    public long LeftAt(string what) => _leftAt.GetValueOrDefault(what, _startedAt);

    /// <summary>Until when it may be under way; <see langword="null"/> if it cannot be any more.</summary>
    public DateTimeOffset? PendingUntil(string what) => PendingUntil(LeftAt(what));

    /// <summary>Until when something may be under way that left at a moment.</summary>
    /// <param name="leftAt">In the clock's timestamps.</param>
    public DateTimeOffset? PendingUntil(long leftAt)
    {
        var left = options.Value.OutcomeSettlesAfter - clock.GetElapsedTime(leftAt);
        return left > TimeSpan.Zero ? clock.GetUtcNow() + left : null;
    }

    /// <summary>What was never answered must not be kept for ever; once it has settled, it counts like what was never noted.</summary>
    private void Tidy()
    {
        Interlocked.Exchange(ref _tidiedAt, clock.GetTimestamp());
        foreach (var settled in _leftAt.Where(entry => PendingUntil(entry.Value) is null))
        {
            _leftAt.TryRemove(settled);
        }
    }
}
