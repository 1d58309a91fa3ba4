namespace B24RobotApp.Sandbox.Crm.Products;

/// <summary>The product rows of all items, found by their owner.</summary>
internal sealed class ProductRowStore
{
    private readonly Dictionary<(string OwnerType, long OwnerId), List<ProductRow>> _byOwner = [];
    private readonly Dictionary<long, (string OwnerType, long OwnerId)> _owners = [];
    private long _lastId = 17_600;

    public IReadOnlyList<ProductRow> Of(string ownerType, long ownerId) => _byOwner.GetValueOrDefault((ownerType, ownerId)) ?? [];

    public ProductRow? Find(long id) =>
        _owners.TryGetValue(id, out var owner) ? _byOwner[owner].Find(row => row.Id == id) : null;

    public long NextId() => ++_lastId;

    public void StartAfter(long id) => _lastId = Math.Max(_lastId, id);

    public void Add(ProductRow row)
    {
        var owner = (row.OwnerType, row.OwnerId);
        if (!_byOwner.TryGetValue(owner, out var rows))
        {
            _byOwner.Add(owner, rows = []);
        }
        rows.Add(row);
        _owners.Add(row.Id, owner);
    }

    public void Replace(ProductRow row)
    {
        var rows = _byOwner[(row.OwnerType, row.OwnerId)];
        rows[rows.FindIndex(old => old.Id == row.Id)] = row;
    }

    public void Remove(ProductRow row)
    {
        _byOwner[(row.OwnerType, row.OwnerId)].RemoveAll(old => old.Id == row.Id);
        _owners.Remove(row.Id);
    }

    /// <summary>Takes all rows of an owner away and returns them.</summary>
    public IReadOnlyList<ProductRow> Take(string ownerType, long ownerId)
    {
        IReadOnlyList<ProductRow> rows = [.. Of(ownerType, ownerId)];
        foreach (var row in rows)
        {
            Remove(row);
        }
        return rows;
    }
}
