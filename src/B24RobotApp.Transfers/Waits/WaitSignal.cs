using System.Collections.Concurrent;

namespace B24RobotApp.Transfers.Waits;

/// <summary>Says within the process that there is something to do about waits, so that nothing has to be polled often.</summary>
public sealed class WaitSignal : IDisposable
{
    private readonly SemaphoreSlim _semaphore = new(0, 1);
    private readonly Lock _lock = new();

    /// <summary>There is something to do.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_semaphore.CurrentCount == 0)
            {
                _semaphore.Release();
            }
        }
    }

    /// <summary>Waits until there is something to do, at most as long as given.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var due = new CancellationTokenSource(atMost > TimeSpan.Zero ? atMost : TimeSpan.Zero, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, cancellationToken);
        try
        {
            await _semaphore.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody called.
        }
    }

    public void Dispose() => _semaphore.Dispose();
}

/// <summary>Which items of the ESBs something has happened to: so their outgoing webhooks say, or so it is to be expected. Nothing but a reason to look; what is said many times before somebody looks is one look.</summary>
public sealed class EsbHints(TimeProvider clock) : IDisposable
{
    /// <summary>Nobody knows who sends such things; more than this is not kept, and the next round of looking at everything finds it.</summary>
    private const int Most = 100_000;

    private static readonly TimeSpan SpeaksFor = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<EsbItem, bool>> _items = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _heard = new(StringComparer.Ordinal);

    /// <summary>Wakes who looks.</summary>
    public WaitSignal Signal { get; } = new();

    /// <summary>An item may have changed.</summary>
    public void Add(string connection, EsbItem item)
    {
        var items = _items.GetOrAdd(connection, _ => new());
        if (items.Count < Most && items.TryAdd(item, true))
        {
            Signal.Wake();
        }
    }

    /// <summary>A connection's outgoing webhook has spoken to this server.</summary>
    public event Action<string, EsbItem>? Heard;

    /// <summary>A connection's outgoing webhook has spoken to this server.</summary>
    public void Hear(string connection, EsbItem item)
    {
        Note(connection, item);
        Heard?.Invoke(connection, item);
    }

    /// <summary>A connection's outgoing webhook has spoken, to whichever server.</summary>
    public void Note(string connection, EsbItem item)
    {
        _heard[connection] = clock.GetUtcNow();
        Add(connection, item);
    }

    /// <summary>Whether a connection's outgoing webhook has spoken within a day.</summary>
    public bool Speaks(string connection) => _heard.TryGetValue(connection, out var at) && clock.GetUtcNow() - at < SpeaksFor;

    /// <summary>The connections about which something was said.</summary>
    public IReadOnlyList<string> Connections => [.. _items.Where(items => !items.Value.IsEmpty).Select(items => items.Key)];

    /// <summary>Takes what was said of a connection's items; what is said from now on counts anew.</summary>
    public IReadOnlyList<EsbItem> Take(string connection, int most)
    {
        if (!_items.TryGetValue(connection, out var items))
        {
            return [];
        }

        var taken = new List<EsbItem>();
        foreach (var (item, _) in items)
        {
            if (taken.Count == most)
            {
                break;
            }

            if (items.TryRemove(item, out _))
            {
                taken.Add(item);
            }
        }

        return taken;
    }

    public void Dispose() => Signal.Dispose();
}
