using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>The methods <c>crm.item.productrow.*</c>. Source: crm/universal/product-rows/*.md.</summary>
public static class ProductRows
{
    /// <summary>A page of 50 rows of one owner, in their order.</summary>
    public static Call List(int entityTypeId, JsonNode ownerId, int start = 0)
    {
        var parameters = new JsonObject
        {
            ["filter"] = new JsonObject { ["=ownerType"] = OwnerType(entityTypeId), ["=ownerId"] = ownerId },
            ["order"] = new JsonObject { ["sort"] = "asc", ["id"] = "asc" },
        };
        if (start > 0)
        {
            parameters["start"] = start;
        }

        return new Call("crm.item.productrow.list", parameters);
    }

    /// <summary>Replaces all rows of an owner; repeating it changes nothing. No rows at all can only be said in a plain request, which the client sees to.</summary>
    public static Call Set(int entityTypeId, JsonNode ownerId, IEnumerable<JsonObject> rows) =>
        new(
            "crm.item.productrow.set",
            new JsonObject
            {
                ["ownerType"] = OwnerType(entityTypeId),
                ["ownerId"] = ownerId,
                ["productRows"] = new JsonArray([.. rows.Select(row => row.DeepClone())]),
            },
            Writes: true);

    /// <summary>The rows of a page.</summary>
    public static IEnumerable<JsonElement> ReadRows(CallResult result) => result.Result.Property("productRows").AsList();

    /// <summary>The short code by which rows name the kind of their owner. Source: crm/data-types.md#object_type.</summary>
    private static string OwnerType(int entityTypeId) => entityTypeId switch
    {
        CrmEntityTypes.Lead => "L",
        CrmEntityTypes.Deal => "D",
        _ => throw new ArgumentOutOfRangeException(nameof(entityTypeId), entityTypeId, "Rows of this kind of entity are not carried."),
    };
}
