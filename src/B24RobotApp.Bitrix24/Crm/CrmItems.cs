using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A field as <c>crm.item.fields</c> describes it.</summary>
/// <param name="Name">The name by which <c>crm.item.*</c> takes and gives it on this portal.</param>
/// <param name="UpperName">The original name, such as <c>UF_CRM_SOURCE_DEAL_ID</c> or <c>TITLE</c>.</param>
/// <param name="Type">Bitrix24's type.</param>
/// <param name="IsUserField">Whether it is a user field (<c>UF_...</c>).</param>
/// <param name="IsReadOnly">Whether writing it has no effect.</param>
/// <param name="IsMultiple">Whether it holds a list.</param>
/// <param name="IsRequired">Whether the portal's cards demand it.</param>
/// <param name="Title">Its label in the portal's language.</param>
public sealed record CrmField(
    string Name, string UpperName, string Type, bool IsUserField, bool IsReadOnly, bool IsMultiple, bool IsRequired, string Title);

/// <summary>The methods <c>crm.item.*</c>, the current way to all kinds of CRM entities. User fields travel under their original names. Source: crm/universal/*.md.</summary>
public static class CrmItems
{
    /// <summary><c>crm.item.get</c>. The id may be a <see cref="ResultReference"/>. An unknown id is answered <c>NOT_FOUND</c>, a missing right <c>ACCESS_DENIED</c>.</summary>
    public static Call Get(int entityTypeId, JsonNode id) =>
        new("crm.item.get", new JsonObject { ["entityTypeId"] = entityTypeId, ["id"] = id, ["useOriginalUfNames"] = "Y" });

    /// <summary><c>crm.item.list</c>, a page of 50. Without <paramref name="order"/> the portal's own; <paramref name="start"/> is the <c>next</c> of the page before.</summary>
    public static Call List(int entityTypeId, JsonObject filter, IReadOnlyList<string> select, JsonObject? order = null, int start = 0)
    {
        var parameters = new JsonObject
        {
            ["entityTypeId"] = entityTypeId,
            ["select"] = new JsonArray([.. select.Select(name => JsonValue.Create(name))]),
            ["filter"] = filter,
            ["useOriginalUfNames"] = "Y",
        };
        if (order is not null)
        {
            parameters["order"] = order;
        }

        if (start > 0)
        {
            parameters["start"] = start;
        }

        return new Call("crm.item.list", parameters);
    }

    /// <summary><c>crm.item.add</c>. Unknown fields are dropped by the portal without a word; what PHP calls empty becomes null.</summary>
    public static Call Add(int entityTypeId, JsonObject fields) =>
        new("crm.item.add", new JsonObject { ["entityTypeId"] = entityTypeId, ["fields"] = fields, ["useOriginalUfNames"] = "Y" }, Writes: true);

    /// <summary><c>crm.item.update</c>. An update that changes nothing saves nothing.</summary>
    public static Call Update(int entityTypeId, JsonNode id, JsonObject fields) =>
        new("crm.item.update", new JsonObject { ["entityTypeId"] = entityTypeId, ["id"] = id, ["fields"] = fields, ["useOriginalUfNames"] = "Y" }, Writes: true);

    /// <summary><c>crm.item.fields</c>.</summary>
    public static Call Fields(int entityTypeId) =>
        new("crm.item.fields", new JsonObject { ["entityTypeId"] = entityTypeId, ["useOriginalUfNames"] = "Y" });

    /// <summary>The item of a get, add or update.</summary>
    public static JsonElement ReadItem(CallResult result) => result.Result.Property("item");

    /// <summary>The items of a page.</summary>
    public static IEnumerable<JsonElement> ReadItems(CallResult result) => result.Result.Property("items").AsList();

    /// <summary>The fields that <c>crm.item.fields</c> describes.</summary>
    public static IEnumerable<CrmField> ReadFields(CallResult result)
    {
        foreach (var (name, field) in result.Result.Property("fields").AsMap())
        {
            var upperName = field.Text("upperName") ?? name;
            yield return new CrmField(
                name,
                upperName,
                field.Text("type") ?? "string",
                upperName.StartsWith("UF_", StringComparison.Ordinal),
                field.Property("isReadOnly").AsBoolean() == true,
                field.Property("isMultiple").AsBoolean() == true,
                field.Property("isRequired").AsBoolean() == true,
                field.Text("title") ?? name);
        }
    }
}
