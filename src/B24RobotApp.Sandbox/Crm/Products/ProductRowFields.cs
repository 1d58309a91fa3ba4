using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;

namespace B24RobotApp.Sandbox.Crm.Products;

/// <summary>What <c>crm.item.productrow.fields</c> says.</summary>
internal static class ProductRowFields
{
    public static JsonObject Describe()
    {
        var fields = new JsonObject();
        foreach (var (name, type, title, flags) in new[]
        {
            ("id", "integer", "ID", FieldFlags.ReadOnly), ("ownerId", "integer", "Owner ID", FieldFlags.Required | FieldFlags.Immutable),
            ("ownerType", "string", "Owner Type", FieldFlags.Required | FieldFlags.Immutable), ("productId", "integer", "Product", FieldFlags.Required),
            ("productName", "string", "Product name", FieldFlags.None), ("price", "double", "Price", FieldFlags.None),
            ("priceExclusive", "double", "Discounted price excluding tax", FieldFlags.ReadOnly), ("priceNetto", "double", "PRICE_NETTO", FieldFlags.ReadOnly),
            ("priceBrutto", "double", "PRICE_BRUTTO", FieldFlags.ReadOnly), ("quantity", "double", "Quantity", FieldFlags.None),
            ("discountTypeId", "integer", "Discount type", FieldFlags.None), ("discountRate", "double", "Discount amount", FieldFlags.None),
            ("discountSum", "double", "Discount total", FieldFlags.None), ("taxRate", "double", "Tax", FieldFlags.None),
            ("taxIncluded", "char", "Tax included in price", FieldFlags.None), ("customized", "char", "Modified", FieldFlags.None),
            ("measureCode", "integer", "Unit of measure code", FieldFlags.None), ("measureName", "string", "Unit of measure", FieldFlags.None),
            ("sort", "integer", "Sorting", FieldFlags.None), ("type", "integer", "TYPE", FieldFlags.ReadOnly), ("storeId", "integer", "STORE_ID", FieldFlags.ReadOnly),
        })
        {
            var description = new CrmField(name, type, title, flags).Describe(null);
            description.Remove("upperName");
            fields[name] = description;
        }
        return fields;
    }
}
