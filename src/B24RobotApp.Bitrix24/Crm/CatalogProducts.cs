using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A product of a portal's catalogue.</summary>
/// <param name="Id">What a product row holds.</param>
/// <param name="Name">Its name.</param>
/// <param name="XmlId">The code that may be the same on several portals.</param>
/// <param name="Properties">The properties asked for, by their names such as <c>property94</c>.</param>
public sealed record CatalogProduct(long Id, string Name, string XmlId, IReadOnlyDictionary<string, string> Properties);

/// <summary>Products of the catalogue; needs the scope <c>catalog</c>. Source: catalog/catalog/catalog-catalog-list.md, catalog/product/catalog-product-list.md.</summary>
public static class CatalogProducts
{
    /// <summary>A product that only holds variations: a row takes one of these, not the product.</summary>
    private const int WithVariations = 3;

    private static readonly string[] Selected = ["id", "iblockId", "name", "xmlId", "type"];

    /// <summary><c>catalog.catalog.list</c>: the information blocks that hold products and their variations; needs an administrator.</summary>
    public static Call ListCatalogs() => new("catalog.catalog.list", new JsonObject { ["select"] = new JsonArray("iblockId") });

    /// <summary>The information blocks listed.</summary>
    public static IReadOnlyList<long> ReadCatalogs(CallResult result) =>
        [.. result.Result.Property("catalogs").AsList().Select(catalog => catalog.Id("iblockId") ?? 0).Where(id => id > 0).Distinct()];

    /// <summary>A page of <c>catalog.product.list</c>: products of which a field or property has one of some values.</summary>
    /// <param name="catalogs">The information blocks.</param>
    /// <param name="field">Such as <c>id</c>, <c>xmlId</c>, <c>name</c>, <c>property94</c>.</param>
    /// <param name="values">What it may be.</param>
    /// <param name="properties">The properties to tell.</param>
    /// <param name="start">The <c>next</c> of the page before.</param>
    public static Call Find(IReadOnlyList<long> catalogs, string field, IEnumerable<JsonNode> values, IReadOnlyList<string> properties, int start = 0)
    {
        var parameters = new JsonObject
        {
            ["select"] = new JsonArray([.. Selected.Concat(properties).Select(name => JsonValue.Create(name))]),
            ["filter"] = new JsonObject
            {
                ["iblockId"] = new JsonArray([.. catalogs.Select(id => JsonValue.Create(id))]),
                [field] = new JsonArray([.. values.Select(value => value.DeepClone())]),
            },
            ["order"] = new JsonObject { ["id"] = "asc" },
        };
        if (start > 0)
        {
            parameters["start"] = start;
        }

        return new Call("catalog.product.list", parameters);
    }

    /// <summary>The products of a page that a row can take.</summary>
    public static IEnumerable<CatalogProduct> Read(CallResult result) => result.Result.Property("products").AsList()
        .Where(product => product.Id("type") != WithVariations)
        .Select(product => new CatalogProduct(
            product.Id("id") ?? 0,
            product.Text("name") ?? "",
            product.Text("xmlId") ?? "",
            product.AsMap().Where(field => field.Key.StartsWith("property", StringComparison.Ordinal)).ToDictionary(field => field.Key, field => ValueOf(field.Value))));

    /// <summary>A property's value comes with the id of its record; of several values the first counts.</summary>
    private static string ValueOf(JsonElement property) => property.ValueKind switch
    {
        JsonValueKind.Object => property.Text("value") ?? "",
        JsonValueKind.Array => property.AsList().Select(ValueOf).FirstOrDefault() ?? "",
        _ => property.AsText() ?? "",
    };
}
