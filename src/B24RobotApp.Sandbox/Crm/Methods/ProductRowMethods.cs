using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Crm.Products;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.item.productrow.*</c>.</summary>
internal static class ProductRowMethods
{
    private static readonly IReadOnlyList<Column<ProductRow>> Columns =
    [
        new("ID", FieldType.Integer, row => row.Id), new("OWNER_ID", FieldType.Integer, row => row.OwnerId),
        new("OWNER_TYPE", FieldType.String, row => row.OwnerType), new("PRODUCT_ID", FieldType.Integer, row => row.ProductId),
        new("PRODUCT_NAME", FieldType.String, row => row.ProductName), new("PRICE", FieldType.Double, row => row.Price),
        new("PRICE_ACCOUNT", FieldType.Double, row => row.PriceAccount), new("PRICE_EXCLUSIVE", FieldType.Double, row => row.PriceExclusive),
        new("PRICE_NETTO", FieldType.Double, row => row.PriceNetto), new("PRICE_BRUTTO", FieldType.Double, row => row.PriceBrutto),
        new("QUANTITY", FieldType.Double, row => row.Quantity), new("DISCOUNT_TYPE_ID", FieldType.Integer, row => row.DiscountTypeId),
        new("DISCOUNT_RATE", FieldType.Double, row => row.DiscountRate), new("DISCOUNT_SUM", FieldType.Double, row => row.DiscountSum),
        new("TAX_RATE", FieldType.Double, row => row.TaxRate), new("TAX_INCLUDED", FieldType.Boolean, row => row.TaxIncluded),
        new("CUSTOMIZED", FieldType.Boolean, row => row.Customized), new("MEASURE_CODE", FieldType.Integer, row => row.MeasureCode),
        new("MEASURE_NAME", FieldType.String, row => row.MeasureName), new("SORT", FieldType.Integer, row => row.Sort),
        new("XML_ID", FieldType.String, row => row.XmlId), new("TYPE", FieldType.Integer, row => row.Type),
    ];

    public static void Register(RestMethodTable table)
    {
        table.Add("crm.item.productrow.list", "crm", List);
        table.Add("crm.item.productrow.get", "crm", Get);
        table.Add("crm.item.productrow.set", "crm", Set);
        table.Add("crm.item.productrow.add", "crm", Add);
        table.Add("crm.item.productrow.update", "crm", Update);
        table.Add("crm.item.productrow.delete", "crm", Delete);
        table.Add("crm.item.productrow.fields", "crm", _ => new JsonObject { ["fields"] = ProductRowFields.Describe() });
    }

    private static JsonObject List(RestCall call)
    {
        var crm = call.Portal.Crm;
        var filter = call.OptionalArray("filter").AsMap() ?? [];
        var ownerType = filter["=ownerType"] ?? filter["=OWNER_TYPE"];
        if (ownerType.IsEmpty())
        {
            throw Missing("=ownerType");
        }
        var ownerId = filter["=ownerId"] ?? filter["=OWNER_ID"];
        if (ownerId is not (JsonArray or JsonObject) && ownerId.ToLong() <= 0)
        {
            throw Missing("=ownerId");
        }
        if (ownerId is JsonArray or JsonObject && !crm.Settings.TakesOwnerLists)
        {
            throw ItemAccess.Denied();
        }

        var store = crm.Data.FindStore(ownerType.AsText()) ?? throw ItemAccess.Denied();
        var owners = (ownerId.AsList() ?? [ownerId]).Select(id => id.ToLong()).Distinct().ToList();
        foreach (var id in owners)
        {
            // An owner that is not there has no rows, and only those who may read everything may know that.
            var item = store.Find(id);
            if (item is null ? !call.User.IsAdmin : !crm.Access.CanRead(call.User, item))
            {
                throw ItemAccess.Denied();
            }
        }

        Column<ProductRow>? Find(string name) => Columns.FirstOrDefault(column => column.Name == FieldNames.ToUpper(name));
        foreach (var (key, value) in filter)
        {
            if (key.AsSpan().ContainsAny('<', '>') && value is JsonArray or JsonObject or null)
            {
                throw new RestError("INVALID_ARG_VALUE", $"Value for filter key '{key}' should be either string or number");
            }
        }
        var conditions = new FilterParser<ProductRow>(Find, call.Portal.Now).Parse(filter);
        var rows = owners.Order().SelectMany(id => crm.Data.ProductRows.Of(store.Type.ShortCode, id)).Where(conditions.Matches).OrderBy(row => row.Id);
        var page = call.Page(RowOrder.Sort(rows, call.OptionalArray("order"), Find));
        return new() { ["productRows"] = new JsonArray([.. page.Select(row => View(row, withStore: true))]) };
    }

    private static JsonObject Get(RestCall call)
    {
        var (row, _, _) = Require(call, toWrite: false);
        return new() { ["productRow"] = View(row, withStore: true) };
    }

    private static JsonObject Set(RestCall call)
    {
        var ownerType = call.RequireText("ownerType");
        var ownerId = call.RequireInt("ownerId");
        var sent = call.RequireList("productRows");
        var crm = call.Portal.Crm;
        var (store, owner) = Owner(call, ownerType, ownerId, toWrite: true);

        var input = new ProductRowInput(crm.Data, crm.Settings.PricePrecision);
        var rows = sent.Select(row => input.Read(new ProductRow(0, ownerType, ownerId), row.AsMap() ?? [])).ToList();
        var known = crm.Data.ProductRows.Of(ownerType, ownerId).ToList();

        // A row that looks like one already there is that one: it keeps its id, and twins in what was sent become one row.
        var changed = false;
        foreach (var row in known.Where(row => !rows.Exists(row.LooksLike)))
        {
            crm.Data.ProductRows.Remove(row);
            changed = true;
        }
        foreach (var row in rows.Where(row => !crm.Data.ProductRows.Of(ownerType, ownerId).Any(row.LooksLike)))
        {
            crm.Data.ProductRows.Add(row with { Id = crm.Data.ProductRows.NextId() });
            changed = true;
        }
        if (changed)
        {
            crm.Writer.RowsChanged(store, owner, new ItemAuthor(call.User));
        }
        return new() { ["productRows"] = new JsonArray([.. crm.Data.ProductRows.Of(ownerType, ownerId).Select(row => View(row, withStore: false))]) };
    }

    private static JsonObject Add(RestCall call)
    {
        var crm = call.Portal.Crm;
        var fields = call.RequireMap("fields");
        var ownerType = fields["ownerType"].AsText() ?? "";
        var (store, owner) = Owner(call, ownerType, fields["ownerId"].ToLong(), toWrite: true);
        var row = new ProductRowInput(crm.Data, crm.Settings.PricePrecision)
            .Read(new ProductRow(0, ownerType, owner.Id), fields) with { Id = crm.Data.ProductRows.NextId() };
        crm.Data.ProductRows.Add(row);
        crm.Writer.RowsChanged(store, owner, new ItemAuthor(call.User));
        return new() { ["productRow"] = View(row, withStore: false) };
    }

    private static JsonObject Update(RestCall call)
    {
        var crm = call.Portal.Crm;
        var fields = call.RequireMap("fields");
        var (row, store, owner) = Require(call, toWrite: true);
        if (!ProductRowInput.HasAnything(fields))
        {
            throw new RestError("INVALID_ARG_VALUE", $"Field '{fields.FirstOrDefault().Key}' not available for update");
        }

        // What follows from a discount is worked out again where only one side of it was sent.
        var before = fields.ContainsKey("discountRate") && !fields.ContainsKey("discountSum") ? row with { DiscountSum = null }
            : fields.ContainsKey("discountSum") && !fields.ContainsKey("discountRate") ? row with { DiscountRate = row.DiscountTypeId == 2 ? row.DiscountRate : null }
            : row;
        var updated = new ProductRowInput(crm.Data, crm.Settings.PricePrecision).Read(before, fields);
        if (updated != row)
        {
            crm.Data.ProductRows.Replace(updated);
            crm.Writer.RowsChanged(store, owner, new ItemAuthor(call.User));
        }
        return new() { ["productRow"] = View(updated, withStore: false) };
    }

    private static JsonNode? Delete(RestCall call)
    {
        var (row, store, owner) = Require(call, toWrite: true);
        call.Portal.Crm.Data.ProductRows.Remove(row);
        call.Portal.Crm.Writer.RowsChanged(store, owner, new ItemAuthor(call.User));
        return null;
    }

    private static (ProductRow Row, ItemStore Store, CrmItem Owner) Require(RestCall call, bool toWrite)
    {
        var row = call.Portal.Crm.Data.ProductRows.Find(call.RequireInt("id")) ?? throw ItemAccess.NotFound();
        var (store, owner) = Owner(call, row.OwnerType, row.OwnerId, toWrite);
        return (row, store, owner);
    }

    private static (ItemStore Store, CrmItem Owner) Owner(RestCall call, string ownerType, long ownerId, bool toWrite)
    {
        var crm = call.Portal.Crm;
        var store = crm.Data.FindStore(ownerType);
        if (store is not { Type.HasProducts: true })
        {
            throw new RestError("ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported");
        }
        var owner = store.Find(ownerId) ?? throw new RestError("OWNER_NOT_FOUND", "Owner was not found");
        var allowed = toWrite ? crm.Access.CanWrite(call.User, owner) : crm.Access.CanRead(call.User, owner);
        return allowed ? (store, owner) : throw ItemAccess.Denied();
    }

    private static JsonObject View(ProductRow row, bool withStore)
    {
        var view = new JsonObject
        {
            ["id"] = row.Id,
            ["ownerId"] = row.OwnerId,
            ["ownerType"] = row.OwnerType,
            ["productId"] = row.ProductId,
            ["productName"] = row.ProductName,
            ["price"] = row.Price,
            ["priceAccount"] = row.PriceAccount,
            ["priceExclusive"] = row.PriceExclusive,
            ["priceNetto"] = row.PriceNetto,
            ["priceBrutto"] = row.PriceBrutto,
            ["quantity"] = row.Quantity,
            ["discountTypeId"] = row.DiscountTypeId,
            ["discountRate"] = row.DiscountRate,
            ["discountSum"] = row.DiscountSum,
            ["taxRate"] = row.TaxRate,
            ["taxIncluded"] = row.TaxIncluded ? "Y" : "N",
            ["customized"] = row.Customized ? "Y" : "N",
            ["measureCode"] = row.MeasureCode,
            ["measureName"] = row.MeasureName,
            ["sort"] = row.Sort,
            ["xmlId"] = row.XmlId,
            ["type"] = row.Type,
        };
        if (withStore)
        {
            view["storeId"] = null;
        }
        return view;
    }

    private static RestError Missing(string argument) => new(Parameters.BindingError, $"Argument '{argument}' is required");
}
