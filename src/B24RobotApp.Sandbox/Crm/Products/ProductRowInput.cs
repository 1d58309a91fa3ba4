using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Products;

/// <summary>Reads a product row as sent, and fills in what the catalog and the directory of measures know.</summary>
internal sealed class ProductRowInput(CrmData data, int precision)
{
    /// <summary>What a client may write; all else is passed over.</summary>
    private static readonly HashSet<string> Writable =
    [
        "productId", "productName", "price", "quantity", "discountTypeId", "discountRate", "discountSum", "taxRate", "taxIncluded",
        "customized", "measureCode", "measureName", "sort",
    ];

    public static bool HasAnything(JsonObject sent) => sent.Any(entry => Writable.Contains(entry.Key));

    /// <param name="row">As it was; a new one for a new row.</param>
    /// <param name="sent">By camelCase name.</param>
    /// <exception cref="RestError">The discount is not fully given.</exception>
    public ProductRow Read(ProductRow row, JsonObject sent)
    {
        foreach (var (name, value) in sent.Where(entry => Writable.Contains(entry.Key)))
        {
            row = name switch
            {
                "productId" => row with { ProductId = value.ToLong() },
                "productName" => row with { ProductName = FieldInput.ToText(value) },
                "price" => row with { Price = value.ToDecimal() },
                "quantity" => row with { Quantity = value.ToDecimal() },
                "discountTypeId" => row with { DiscountTypeId = value.ToLong() },
                "discountRate" => row with { DiscountRate = value is null ? null : value.ToDecimal() },
                "discountSum" => row with { DiscountSum = value is null ? null : value.ToDecimal() },
                "taxRate" => row with { TaxRate = TaxRate(value) },
                "taxIncluded" => row with { TaxIncluded = value.AsText() == "Y" },
                "customized" => row with { Customized = value.AsText() == "Y" },
                "measureCode" => row with { MeasureCode = value.ToLong() },
                "sort" => row with { Sort = value.ToLong() },
                _ => row,
            };
        }
        return ProductRowMath.Complete(WithMeasure(WithProduct(row, sent)), precision);
    }

    /// <summary>A rate of 0 is a tax of 0 % if sent as 0 or "0"; 0.0 and anything unreadable mean no tax, as in PHP's comparison.</summary>
    private static decimal? TaxRate(JsonNode? sent)
    {
        if (sent is not JsonValue value)
        {
            return null;
        }
        var rate = value.ToDecimal();
        if (rate > 0)
        {
            return rate;
        }
        return value.GetValueKind() switch
        {
            JsonValueKind.Number when value.ToJsonString() == "0" => 0,
            JsonValueKind.String when value.GetValue<string>().StartsWith('0') => 0,
            _ => null,
        };
    }

    private ProductRow WithProduct(ProductRow row, JsonObject sent)
    {
        var product = data.Products.Find(known => known.Id == row.ProductId);
        if (product is null)
        {
            return row;
        }
        return row with
        {
            Type = product.Type,
            ProductName = row.ProductName.Length == 0 || (sent["productName"] is null && row.Id == 0) ? product.Name : row.ProductName,
        };
    }

    private ProductRow WithMeasure(ProductRow row)
    {
        var product = data.Products.Find(known => known.Id == row.ProductId);
        var measure = data.Measures.Find(known => known.Code == row.MeasureCode)
            ?? data.Measures.Find(known => known.Code == product?.MeasureCode)
            ?? data.Measures.Find(known => known.IsDefault);
        return measure is null ? row : row with { MeasureCode = measure.Code, MeasureName = measure.Symbol };
    }
}
