using B24RobotApp.Sandbox.Crm.Products;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>What was deleted and can be brought back, under a new id.</summary>
internal sealed class RecycleBin
{
    private readonly OrderedDictionary<(int EntityTypeId, long Id), (CrmItem Item, IReadOnlyList<ProductRow> Rows)> _items = [];

    /// <summary>What is in it, in the order in which it was deleted.</summary>
    public IEnumerable<CrmItem> Of(int entityTypeId) => _items.Values.Select(deleted => deleted.Item).Where(item => item.Type.Id == entityTypeId);

    public void Put(CrmItem item, IReadOnlyList<ProductRow> rows) => _items[(item.Type.Id, item.Id)] = (item, rows);

    public (CrmItem Item, IReadOnlyList<ProductRow> Rows)? Take(int entityTypeId, long id) =>
        _items.Remove((entityTypeId, id), out var deleted) ? deleted : null;
}
