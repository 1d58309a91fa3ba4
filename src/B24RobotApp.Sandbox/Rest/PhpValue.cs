using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>Values as PHP sees them: a number may be a text, an empty list is an empty map, and much is "empty".</summary>
public static class PhpValue
{
    /// <summary>The text of a scalar as PHP casts it; <see langword="null"/> for null, lists and maps.</summary>
    public static string? AsText(this JsonNode? node) => node is not JsonValue value
        ? null
        : value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.True => "1",
            JsonValueKind.False => "",
            JsonValueKind.Number => value.ToString(),
            _ => null,
        };

    /// <summary>A whole number, sent as one or as text; <see langword="null"/> for anything else.</summary>
    public static long? AsLong(this JsonNode? node)
    {
        var text = node.AsText()?.Trim();
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var fraction)
            && fraction >= long.MinValue && fraction <= long.MaxValue
            ? (long)fraction
            : null;
    }

    /// <summary>A map; PHP's empty list is one too. <see langword="null"/> for scalars and filled lists.</summary>
    public static JsonObject? AsMap(this JsonNode? node) => node switch
    {
        JsonObject map => map,
        JsonArray { Count: 0 } => [],
        _ => null,
    };

    /// <summary>The values of a list or a map; <see langword="null"/> for scalars.</summary>
    public static IReadOnlyList<JsonNode?>? AsList(this JsonNode? node) => node switch
    {
        JsonArray list => [.. list],
        JsonObject map => [.. map.Select(entry => entry.Value)],
        _ => null,
    };

    /// <summary>PHP's <c>empty()</c>: null, "", "0", 0, false and the empty array.</summary>
    public static bool IsEmpty(this JsonNode? node) => node switch
    {
        null => true,
        JsonArray list => list.Count == 0,
        JsonObject map => map.Count == 0,
        _ => node.GetValueKind() == JsonValueKind.Number
            ? double.TryParse(node.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == 0
            : node.AsText() is null or "" or "0",
    };
}
