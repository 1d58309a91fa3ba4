using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A template of requisites; the ids differ from portal to portal.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">In the portal's language.</param>
/// <param name="XmlId">The code that portals of one country share.</param>
public sealed record RequisitePreset(long Id, string Name, string XmlId);

/// <summary>Requisites of companies and contacts and the addresses in them, which no item holds itself. Source: crm/requisites/universal/*.md, presets/*.md, addresses/*.md.</summary>
public static class Requisites
{
    /// <summary>The kind of owner of which addresses are, beside leads.</summary>
    private const int EntityTypeId = 8;

    /// <summary>A page of <c>crm.requisite.list</c>: all requisites of one kind's items. The ids may be a <see cref="ResultReference"/>.</summary>
    public static Call List(int ownerTypeId, JsonNode ownerIds, int start = 0) =>
        List(new JsonObject { ["ENTITY_TYPE_ID"] = ownerTypeId, ["@ENTITY_ID"] = ownerIds }, start);

    /// <summary>A page of <c>crm.requisite.list</c>: those with a tax number.</summary>
    public static Call FindByTaxNumber(int ownerTypeId, string taxNumber) =>
        List(new JsonObject { ["ENTITY_TYPE_ID"] = ownerTypeId, ["=RQ_INN"] = taxNumber }, 0);

    /// <summary><c>crm.requisite.add</c>.</summary>
    public static Call Add(JsonObject fields) => new("crm.requisite.add", new JsonObject { ["fields"] = fields }, Writes: true);

    /// <summary><c>crm.requisite.update</c>.</summary>
    public static Call Update(long id, JsonObject fields) => new("crm.requisite.update", new JsonObject { ["id"] = id, ["fields"] = fields }, Writes: true);

    /// <summary>The id of requisites that were added.</summary>
    public static long? ReadId(CallResult result) => result.Result.AsLong();

    /// <summary>The rows of a page of requisites, addresses or presets.</summary>
    public static IEnumerable<JsonElement> Read(CallResult result) => result.Result.AsList();

    /// <summary>The first 50 templates.</summary>
    public static Call ListPresets() => new("crm.requisite.preset.list", new JsonObject
    {
        ["filter"] = new JsonObject { ["ACTIVE"] = "Y" },
        ["order"] = new JsonObject { ["ID"] = "ASC" },
    });

    /// <summary>The templates listed.</summary>
    public static IReadOnlyList<RequisitePreset> ReadPresets(CallResult result) =>
        [.. Read(result).Select(preset => new RequisitePreset(preset.Id("ID") ?? 0, preset.Text("NAME") ?? "", preset.Text("XML_ID") ?? ""))];

    /// <summary>A page of <c>crm.address.list</c>: the addresses in the requisites of one kind's items. The ids may be a <see cref="ResultReference"/>.</summary>
    public static Call ListAddresses(int ownerTypeId, JsonNode ownerIds, int start = 0) => WithStart(
        new("crm.address.list", new JsonObject
        {
            ["filter"] = new JsonObject { ["ENTITY_TYPE_ID"] = EntityTypeId, ["ANCHOR_TYPE_ID"] = ownerTypeId, ["@ANCHOR_ID"] = ownerIds },
        }),
        start);

    /// <summary><c>crm.address.add</c>: one address of each type in each requisite.</summary>
    public static Call AddAddress(long requisiteId, JsonObject fields) => new("crm.address.add", Address(requisiteId, fields), Writes: true);

    /// <summary><c>crm.address.update</c>: the address is known by its type and its requisite.</summary>
    public static Call UpdateAddress(long requisiteId, JsonObject fields) => new("crm.address.update", Address(requisiteId, fields), Writes: true);

    private static JsonObject Address(long requisiteId, JsonObject fields)
    {
        var address = (JsonObject)fields.DeepClone();
        address["ENTITY_TYPE_ID"] = EntityTypeId;
        address["ENTITY_ID"] = requisiteId;
        return new JsonObject { ["fields"] = address };
    }

    private static Call List(JsonObject filter, int start) => WithStart(
        new("crm.requisite.list", new JsonObject { ["filter"] = filter, ["order"] = new JsonObject { ["ID"] = "ASC" } }), start);

    private static Call WithStart(Call call, int start)
    {
        if (start > 0)
        {
            call.Parameters["start"] = start;
        }

        return call;
    }
}
