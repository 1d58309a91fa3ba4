namespace B24RobotApp.Transfers.Running;

/// <summary>Locks by name: two transfers that might create the same client wait for each other, all others do not.</summary>
public sealed class KeyedLocks
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Takes all the locks named, in one order everywhere, so that no two callers wait for each other in a circle.</summary>
    public async Task<IAsyncDisposable> AcquireAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var held = new Held(this);
        try
        {
            foreach (var key in keys.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                var entry = Enter(key);
                try
                {
                    await entry.Semaphore.WaitAsync(cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    Leave(key, entry);
                    throw;
                }

                held.Add(key, entry);
            }

            return held;
        }
        catch (OperationCanceledException)
        {
            await held.DisposeAsync();
            throw;
        }
    }

    private Entry Enter(string key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                _entries.Add(key, entry = new Entry());
            }

            entry.Users++;
            return entry;
        }
    }

    private void Leave(string key, Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Users == 0)
            {
                _entries.Remove(key);
                entry.Semaphore.Dispose();
            }
        }
    }

    private sealed class Entry
    {
        public SemaphoreSlim Semaphore { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Held(KeyedLocks owner) : IAsyncDisposable
    {
        private readonly List<(string Key, Entry Entry)> _held = [];

        public void Add(string key, Entry entry) => _held.Add((key, entry));

        public ValueTask DisposeAsync()
        {
            foreach (var (key, entry) in _held)
            {
                entry.Semaphore.Release();
                owner.Leave(key, entry);
            }

            _held.Clear();
            return ValueTask.CompletedTask;
        }
    }
}
