using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>Makes a product row for the ESB.</summary>
internal static class RowMapper
{
    /// <summary>Fields of a product row that are the sender's to say; the portal computes the others. Source: crm/universal/product-rows. Product ids are of one portal only.</summary>
    private static readonly string[] Fields =
        ["productName", "price", "quantity", "discountTypeId", "discountRate", "discountSum", "taxRate", "taxIncluded", "measureCode"];

    public static JsonObject Map(JsonElement row, int index)
    {
        var mapped = new JsonObject();
        foreach (var field in Fields)
        {
            // An absent tax rate means "no tax", which is what null says; a batch cannot say null.
            if (row.TryGetProperty(field, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            {
                mapped[field] = value.ValueKind switch
                {
                    JsonValueKind.True => "Y",
                    JsonValueKind.False => "N",
                    _ => JsonValue.Create(value),
                };
            }
        }

        // Rows that are alike in everything become one on the portal; their places tell them apart.
        mapped["sort"] = (index + 1) * 10;
        return mapped;
    }
}
