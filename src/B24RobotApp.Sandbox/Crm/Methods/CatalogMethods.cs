using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Catalog;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>catalog.*</c>, as far as looking products and measures up needs it.</summary>
internal static class CatalogMethods
{
    /// <summary>The products' information block of every portal here.</summary>
    public const long ProductIblock = 23;

    private const long OfferIblock = 24;

    /// <summary>Code of a refused right; the documentation shows it as a number, wider than a 32-bit one.</summary>
    private const long AccessDenied = 200_040_300_010;

    public static void Register(RestMethodTable table)
    {
        table.Add("catalog.catalog.list", "catalog", ListCatalogs);
        table.Add("catalog.product.list", "catalog", ListProducts);
        table.Add("catalog.product.get", "catalog", GetProduct);
        table.Add("catalog.measure.list", "catalog", ListMeasures);
    }

    private static JsonObject ListCatalogs(RestCall call)
    {
        RequireAdministrator(call);
        var rows = new[]
        {
            Catalog(ProductIblock, "CRM product catalog", null, null),
            Catalog(OfferIblock, "CRM product catalog (offers)", ProductIblock, 97),
        };
        return new() { ["catalogs"] = Answer(call, rows) };
    }

    private static JsonObject ListProducts(RestCall call)
    {
        if (!call.Portal.Crm.Access.CanReadType(call.User))
        {
            throw new RestError(AccessDenied, "Access denied");
        }
        var select = call.OptionalArray("select").AsList()?.Select(name => name.AsText()).ToHashSet() ?? [];
        if (!select.Contains("*") && (!select.Contains("id") || !select.Contains("iblockId")))
        {
            throw new RestError(0, "Required select fields: id, iblockId");
        }
        var filter = call.OptionalArray("filter") as JsonObject;
        if (filter is null || !filter.Any(condition => FilterKey.Parse(condition.Key).Name == "iblockId"))
        {
            throw new RestError(0, "Required filter fields: iblockId");
        }
        return new() { ["products"] = Answer(call, call.Portal.Crm.Data.Products.Select(product => Product(call, product))) };
    }

    private static JsonObject GetProduct(RestCall call)
    {
        var id = call.RequireInt("id");
        RequireAdministrator(call);
        var product = call.Portal.Crm.Data.Products.Find(known => known.Id == id) ?? throw new RestError(0, "product does not exist.");
        return new() { ["product"] = Product(call, product) };
    }

    private static JsonObject ListMeasures(RestCall call)
    {
        RequireAdministrator(call);
        return new()
        {
            ["measures"] = Answer(call, call.Portal.Crm.Data.Measures.Select(measure => new JsonObject
            {
                ["code"] = measure.Code,
                ["id"] = measure.Id,
                ["isDefault"] = measure.IsDefault ? "Y" : "N",
                ["measureTitle"] = measure.Title,
                ["symbol"] = measure.Symbol,
                ["symbolIntl"] = measure.SymbolIntl,
                ["symbolLetterIntl"] = measure.SymbolIntl.ToUpperInvariant(),
            })),
        };
    }

    private static JsonObject Catalog(long id, string name, long? productIblock, long? property) => new()
    {
        ["iblockId"] = id,
        // A text that the answer casts to a number.
        ["iblockTypeId"] = 0,
        ["id"] = id,
        ["lid"] = "s1",
        ["name"] = name,
        ["productIblockId"] = productIblock,
        ["skuPropertyId"] = property,
        ["subscription"] = "N",
        ["vatId"] = 1,
    };

    private static JsonObject Product(RestCall call, CatalogProduct product)
    {
        var created = PhpDate.Write(product.Created, call.Portal.ServerOffset);
        var view = new JsonObject
        {
            ["active"] = "Y",
            ["available"] = "Y",
            ["barcodeMulti"] = "N",
            ["bundle"] = "N",
            ["canBuyZero"] = "Y",
            ["code"] = product.XmlId,
            ["createdBy"] = 1,
            ["dateActiveFrom"] = null,
            ["dateActiveTo"] = null,
            ["dateCreate"] = created,
            ["detailPicture"] = null,
            ["detailText"] = null,
            ["detailTextType"] = "text",
            ["height"] = null,
            ["iblockId"] = product.IblockId,
            ["iblockSectionId"] = null,
            ["id"] = product.Id,
            ["length"] = null,
            ["measure"] = call.Portal.Crm.Data.Measures.Find(measure => measure.Code == product.MeasureCode)?.Id,
            ["modifiedBy"] = 1,
            ["name"] = product.Name,
            ["previewPicture"] = null,
            ["previewText"] = null,
            ["previewTextType"] = "text",
            ["purchasingCurrency"] = null,
            ["purchasingPrice"] = null,
            ["quantity"] = 100,
            ["quantityReserved"] = 0,
            ["quantityTrace"] = "N",
            ["sort"] = 500,
            ["subscribe"] = "Y",
            ["timestampX"] = created,
            ["type"] = product.Type,
            ["vatId"] = null,
            ["vatIncluded"] = "N",
            ["weight"] = 0,
            ["width"] = null,
            ["xmlId"] = product.XmlId,
        };

        // A property that a product has no value of is there all the same.
        foreach (var name in call.Portal.Crm.Data.Products.SelectMany(other => other.Properties.Keys).Distinct())
        {
            view[name] = product.Properties.TryGetValue(name, out var value) ? new JsonObject { ["value"] = value, ["valueId"] = $"{product.Id}" } : null;
        }
        return view;
    }

    private static JsonArray Answer(RestCall call, IEnumerable<JsonObject> rows)
    {
        var all = rows.ToList();
        Column<JsonObject>? Find(string name) => all.Count > 0 && all[0].ContainsKey(name)
            ? new(name, all.Exists(row => row[name] is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number) ? FieldType.Double : FieldType.String,
                row => row[name] is null ? null : row[name] is JsonObject property ? property["value"].AsText() : row[name].IsNumeric() && row[name]!.GetValueKind() == System.Text.Json.JsonValueKind.Number ? row[name].ToDecimal() : row[name].AsText())
            : null;
        var conditions = new FilterParser<JsonObject>(Find, call.Portal.Now, strict: false).Parse(call.OptionalArray("filter"));
        var page = call.Page(RowOrder.Sort(all.Where(conditions.Matches), call.OptionalArray("order"), Find, strict: false));
        var select = call.OptionalArray("select").AsList()?.Select(name => name.AsText()).ToHashSet() ?? [];
        return new JsonArray([.. page.Select(row => select.Count == 0 || select.Contains("*")
            ? (JsonNode)row
            : new JsonObject(row.Where(cell => select.Contains(cell.Key)).Select(cell => KeyValuePair.Create(cell.Key, cell.Value?.DeepClone()))))]);
    }

    private static void RequireAdministrator(RestCall call)
    {
        if (!call.User.IsAdmin)
        {
            throw new RestError(AccessDenied, "Access Denied");
        }
    }
}
