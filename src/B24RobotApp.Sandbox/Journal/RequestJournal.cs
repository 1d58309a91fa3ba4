namespace B24RobotApp.Sandbox.Journal;

/// <summary>The last requests, oldest first.</summary>
/// <param name="capacity">Requests and sub-calls kept; 0 keeps none.</param>
public sealed class RequestJournal(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<JournalEntry> _entries = [];
    private int _weight;
    private long _count;
    private long _calls;

    /// <summary>All requests since the start or since <see cref="Clear"/>, kept or not.</summary>
    public long RequestCount => Interlocked.Read(ref _count);

    /// <summary>All calls: plain ones and the sub-calls of batches.</summary>
    public long CallCount => Interlocked.Read(ref _calls);

    public IReadOnlyList<JournalEntry> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries];
            }
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
            _weight = 0;
            _count = 0;
            _calls = 0;
        }
    }

    internal void Add(JournalEntry entry)
    {
        lock (_gate)
        {
            _count++;
            _calls += Math.Max(1, entry.Calls.Count);
            _entries.Enqueue(entry);
            _weight += entry.Weight;
            while (_weight > capacity && _entries.TryDequeue(out var oldest))
            {
                _weight -= oldest.Weight;
            }
        }
    }
}
