using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>What a call reads, as far as it can be merged.</summary>
internal enum SetKind
{
    /// <summary><c>crm.item.get</c>.</summary>
    Item,

    /// <summary><c>crm.item.list</c> by ids alone, whole items.</summary>
    Items,

    /// <summary>The first page of an owner's product rows.</summary>
    Rows,
}

/// <summary>A read that can be merged with others of its kind.</summary>
/// <param name="Kind">What is read.</param>
/// <param name="EntityTypeId">The kind of items; 0 for rows.</param>
/// <param name="OwnerType">For rows the owner's short code.</param>
/// <param name="Ids">What is asked for; empty if it is nothing.</param>
internal sealed record SetRequest(SetKind Kind, int EntityTypeId, string OwnerType, IReadOnlyList<long> Ids)
{
    public string Key => $"{Kind} {EntityTypeId}{OwnerType}";

    /// <summary>Single items and lists of them share a list.</summary>
    public string ListKey => Kind == SetKind.Rows ? $"rows {OwnerType}" : $"items {EntityTypeId}";

    public string ListMethod => Kind == SetKind.Rows ? "crm.item.productrow.list" : "crm.item.list";

    /// <summary>Looks whether a call is of a kind that can be merged.</summary>
    /// <param name="call">The call.</param>
    /// <param name="mayRefer">Whether its ids may still be references.</param>
    public static SetRequest? Of(Call call, bool mayRefer)
    {
        var parameters = call.Parameters;
        return call.Method switch
        {
            "crm.item.get" when parameters.Count == 3 && IsYes(parameters["useOriginalUfNames"]) && Number(parameters["entityTypeId"]) is { } kind && IsId(parameters["id"], mayRefer) =>
                new(SetKind.Item, (int)kind, "", IdsOf(parameters["id"])),
            "crm.item.list" when parameters.Count == 4 && IsYes(parameters["useOriginalUfNames"]) && Number(parameters["entityTypeId"]) is { } kind
                && parameters["select"] is JsonArray { Count: 1 } select && select[0]?.ToString() == "*"
                && parameters["filter"] is JsonObject { Count: 1 } filter && filter.ContainsKey("@id") && IsId(filter["@id"], mayRefer) =>
                new(SetKind.Items, (int)kind, "", IdsOf(filter["@id"])),
            "crm.item.productrow.list" when parameters.Count == 2 && parameters["order"] is JsonObject && parameters["filter"] is JsonObject { Count: 2 } filter
                && filter["=ownerType"] is JsonValue owner && owner.TryGetValue<string>(out var code) && filter.ContainsKey("=ownerId") && IsId(filter["=ownerId"], mayRefer) =>
                new(SetKind.Rows, 0, code, IdsOf(filter["=ownerId"])),
            _ => null,
        };
    }

    /// <summary>The list call for these ids.</summary>
    public Call Build(IReadOnlyList<long> ids) => Kind == SetKind.Rows
        ? new Call(
            ListMethod,
            new JsonObject
            {
                ["filter"] = new JsonObject { ["=ownerType"] = OwnerType, ["=ownerId"] = SetRead.List(ids) },
                ["order"] = new JsonObject { ["sort"] = "asc", ["id"] = "asc" },
            })
        : new Call(
            ListMethod,
            new JsonObject
            {
                ["entityTypeId"] = EntityTypeId,
                ["select"] = new JsonArray("*"),
                ["filter"] = new JsonObject { ["@id"] = SetRead.List(ids) },
                ["useOriginalUfNames"] = "Y",
            });

    private static bool IsYes(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text == "Y";

    private static bool IsId(JsonNode? node, bool mayRefer) => node switch
    {
        JsonValue value when value.TryGetValue<ResultReference>(out _) => mayRefer,
        JsonArray list => list.All(id => Number(id) is not null),
        null => !mayRefer,
        _ => Number(node) is not null || node is JsonValue,
    };

    private static IReadOnlyList<long> IdsOf(JsonNode? node) => node switch
    {
        JsonArray list => [.. list.Select(id => Number(id) ?? 0).Where(id => id > 0).Distinct()],
        _ => Number(node) is > 0 and { } id ? [id] : [],
    };

    private static long? Number(JsonNode? node) => node switch
    {
        JsonValue value when value.TryGetValue<ResultReference>(out _) => null,
        JsonValue value when value.TryGetValue<long>(out var number) => number,
        JsonValue value when value.TryGetValue<int>(out var number) => number,
        JsonValue value when value.TryGetValue<JsonElement>(out var element) => element.AsLong(),
        JsonValue value when value.TryGetValue<string>(out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };
}
