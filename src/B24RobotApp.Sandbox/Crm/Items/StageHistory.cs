namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>Which item came to which stage, and when.</summary>
internal sealed class StageHistory
{
    private readonly SortedDictionary<long, HistoryEntry> _entries = [];
    private readonly Dictionary<(int EntityTypeId, long OwnerId), List<long>> _byOwner = [];
    private long _lastId = 34;

    public IEnumerable<HistoryEntry> Of(int entityTypeId) => _entries.Values.Where(entry => entry.EntityTypeId == entityTypeId);

    public IEnumerable<HistoryEntry> Of(int entityTypeId, long ownerId) =>
        _byOwner.GetValueOrDefault((entityTypeId, ownerId))?.Select(id => _entries[id]) ?? [];

    /// <summary>Notes where the item stands now; nothing if that is where the last line has it.</summary>
    /// <param name="item">After the save.</param>
    /// <param name="now">The moment of the change.</param>
    /// <param name="forgetful">Whether a change of pipeline removes what was before, as older portals do.</param>
    public void Note(CrmItem item, DateTimeOffset now, bool forgetful)
    {
        var last = Of(item.Type.Id, item.Id).LastOrDefault();
        var (category, stage, semantics) = (item.Number("CATEGORY_ID"), item.Text("STAGE_ID")!, item.Text("STAGE_SEMANTIC_ID") ?? "P");
        if (last?.CategoryId == category && last.StageId == stage)
        {
            return;
        }

        var moved = last is not null && last.CategoryId != category;
        if (moved && forgetful)
        {
            Forget(item.Type.Id, item.Id);
        }

        var entry = new HistoryEntry(++_lastId, item.Type.Id, item.Id, now)
        {
            TypeId = moved && !forgetful ? 5 : semantics is "S" or "F" ? 3 : last is null ? 1 : 2,
            CategoryId = category,
            StageId = stage,
            SemanticId = semantics,
        };
        _entries.Add(entry.Id, entry);
        if (!_byOwner.TryGetValue((item.Type.Id, item.Id), out var ids))
        {
            _byOwner.Add((item.Type.Id, item.Id), ids = []);
        }
        ids.Add(entry.Id);

        // Real portals have gaps: other kinds of items count in the same sequence.
        _lastId++;
    }

    public void Forget(int entityTypeId, long ownerId)
    {
        if (_byOwner.Remove((entityTypeId, ownerId), out var ids))
        {
            ids.ForEach(id => _entries.Remove(id));
        }
    }
}
