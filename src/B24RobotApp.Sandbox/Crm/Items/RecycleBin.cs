using B24RobotApp.Sandbox.Crm.Products;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>What was deleted and can be brought back, under a new id.</summary>
internal sealed class RecycleBin
{
    private readonly Dictionary<(int EntityTypeId, long Id), (CrmItem Item, IReadOnlyList<ProductRow> Rows)> _items = [];

    public void Put(CrmItem item, IReadOnlyList<ProductRow> rows) => _items[(item.Type.Id, item.Id)] = (item, rows);

    public (CrmItem Item, IReadOnlyList<ProductRow> Rows)? Take(int entityTypeId, long id) =>
        _items.Remove((entityTypeId, id), out var deleted) ? deleted : null;
}
