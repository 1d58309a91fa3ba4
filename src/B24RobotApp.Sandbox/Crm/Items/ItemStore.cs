using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>The items of one kind, found by id and by origin without looking at all of them.</summary>
internal sealed class ItemStore(EntityType type)
{
    private readonly SortedDictionary<long, CrmItem> _items = [];
    private readonly Dictionary<(string Originator, string Origin), SortedSet<long>> _byOrigin = [];
    private long _lastId;

    public EntityType Type => type;

    /// <summary>In the order of their ids.</summary>
    public IEnumerable<CrmItem> All => _items.Values;

    public int Count => _items.Count;

    public long NextId() => ++_lastId;

    /// <summary>Lets ids begin elsewhere, so that two portals do not look alike.</summary>
    public void StartAfter(long id) => _lastId = Math.Max(_lastId, id);

    public CrmItem? Find(long id) => _items.GetValueOrDefault(id);

    public bool TryFind(long id, [NotNullWhen(true)] out CrmItem? item) => _items.TryGetValue(id, out item);

    public IEnumerable<CrmItem> WithOrigin(string originatorId, string originId) =>
        _byOrigin.GetValueOrDefault((originatorId, originId))?.Select(id => _items[id]) ?? [];

    /// <summary>Puts an item in, in place of the one with the same id if there is one.</summary>
    public void Save(CrmItem item)
    {
        Remove(item.Id);
        _items.Add(item.Id, item);
        if (OriginOf(item) is { } origin)
        {
            if (!_byOrigin.TryGetValue(origin, out var ids))
            {
                _byOrigin.Add(origin, ids = []);
            }
            ids.Add(item.Id);
        }
    }

    public bool Remove(long id)
    {
        if (!_items.Remove(id, out var item))
        {
            return false;
        }
        if (OriginOf(item) is { } origin && _byOrigin.TryGetValue(origin, out var ids))
        {
            ids.Remove(id);
        }
        return true;
    }

    private static (string Originator, string Origin)? OriginOf(CrmItem item) =>
        item.Text("ORIGINATOR_ID") is { } originator && item.Text("ORIGIN_ID") is { } origin ? (originator, origin) : null;
}
