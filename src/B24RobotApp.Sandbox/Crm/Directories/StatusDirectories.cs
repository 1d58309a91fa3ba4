namespace B24RobotApp.Sandbox.Crm.Directories;

/// <summary>All directories of a portal, by their <c>ENTITY_ID</c>.</summary>
internal sealed class StatusDirectories
{
    private readonly Dictionary<string, List<StatusEntry>> _entries = new(StringComparer.Ordinal);
    private long _lastId = 99;

    public IEnumerable<StatusEntry> All => _entries.Values.SelectMany(entries => entries).OrderBy(entry => entry.Id);

    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>In their own order; empty for a directory that does not exist.</summary>
    public IReadOnlyList<StatusEntry> Of(string entityId) => _entries.GetValueOrDefault(entityId) ?? [];

    public StatusEntry? Find(string entityId, string? statusId) =>
        Of(entityId).FirstOrDefault(entry => entry.StatusId == statusId);

    public void Clear(string entityId) => _entries.Remove(entityId);

    public void StartAfter(long id) => _lastId = Math.Max(_lastId, id);

    public StatusEntry Add(string entityId, string statusId, string name, Func<StatusEntry, StatusEntry>? further = null)
    {
        if (!_entries.TryGetValue(entityId, out var entries))
        {
            _entries.Add(entityId, entries = []);
        }
        var entry = new StatusEntry(++_lastId, entityId, statusId, name) { Sort = (entries.Count + 1) * 10 };
        entry = further?.Invoke(entry) ?? entry;
        entries.Add(entry);
        return entry;
    }

    /// <summary>A stage of a pipeline.</summary>
    public void AddStage(string entityId, string statusId, string name, string color, string? semantics = null, long? categoryId = null, bool system = false) =>
        Add(entityId, statusId, name, entry => entry with
        {
            IsStage = true,
            IsSystem = system,
            NameInit = system ? name : "",
            Color = color,
            Semantics = semantics,
            CategoryId = categoryId,
        });
}
