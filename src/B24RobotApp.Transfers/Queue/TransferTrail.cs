using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Transfers.Queue;

/// <summary>What was read of a deal and sent to the ESB. It is kept for people, who want to know why something stands there; nothing is decided by it.</summary>
/// <param name="Fields">The fields that were sent, in their order.</param>
/// <param name="Rows">The product rows that were sent; <see langword="null"/> if they were not.</param>
public sealed record TransferTrail(IReadOnlyList<TrailField> Fields, IReadOnlyList<JsonObject>? Rows)
{
    /// <summary>Longer texts are cut, and larger values are not kept: the trail shall not outgrow the transfer.</summary>
    private const int LongestText = 500;

    private const int LargestValue = 2000;

    private const int MostRows = 50;

    internal string ToJson() => JsonSerializer.Serialize(this with { Rows = Rows is null ? null : [.. Rows.Take(MostRows)] }, JsonSerializerOptions.Web);

    internal static TransferTrail? Parse(string? json) => json is null ? null : JsonSerializer.Deserialize<TransferTrail>(json, JsonSerializerOptions.Web);

    /// <summary>A value as it is kept.</summary>
    internal static JsonNode? Keep(JsonNode? value)
    {
        if (value is JsonValue text && text.TryGetValue<string>(out var whole))
        {
            return whole.Length <= LongestText ? value.DeepClone() : JsonValue.Create(whole[..LongestText] + "…");
        }

        return value is JsonObject or JsonArray && value.ToJsonString().Length > LargestValue ? JsonValue.Create("…") : value?.DeepClone();
    }
}

/// <summary>One field of the ESB's deal.</summary>
/// <param name="Field">Its name in profiles.</param>
/// <param name="Label">What people called it then, in the source portal's language.</param>
/// <param name="Rule">Where its value came from: the rule's words, <c>robot</c> or <c>app</c>.</param>
/// <param name="Read">The source's value, if one field of the deal was the source.</param>
/// <param name="Sent">What was sent.</param>
public sealed record TrailField(string Field, string Label, string Rule, JsonNode? Read, JsonNode? Sent);
