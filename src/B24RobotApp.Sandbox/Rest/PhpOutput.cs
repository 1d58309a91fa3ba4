using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>
/// Writes JSON as PHP's <c>json_encode</c> does: PHP knows one collection, so an empty map comes out as <c>[]</c> and
/// a map with the keys 0..n-1 as a list. Everything a portal answers passes here.
/// </summary>
public static class PhpOutput
{
    /// <summary>What a handler returns where a real portal answers <c>{}</c> (an object in PHP, not an array).</summary>
    public static JsonNode EmptyObject() => JsonValue.Create(new StdClass())!;

    public static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map when IsList(map):
                writer.WriteStartArray();
                foreach (var (_, value) in map)
                {
                    Write(writer, value);
                }
                writer.WriteEndArray();
                break;
            case JsonObject map:
                writer.WriteStartObject();
                foreach (var (key, value) in map)
                {
                    writer.WritePropertyName(key);
                    Write(writer, value);
                }
                writer.WriteEndObject();
                break;
            case JsonArray list:
                writer.WriteStartArray();
                foreach (var value in list)
                {
                    Write(writer, value);
                }
                writer.WriteEndArray();
                break;
            case JsonValue value when value.TryGetValue(out decimal number) && value.GetValueKind() == JsonValueKind.Number:
                // PHP has no decimal places to keep: 100.50 is 100.5 and 100.00 is 100.
                writer.WriteNumberValue(number / 1.0000000000000000000000000000m);
                break;
            case null:
                writer.WriteNullValue();
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }

    /// <summary>A copy as the far side would read it, for handlers and tests that want the tree and not the text.</summary>
    public static JsonNode? Normalize(JsonNode? node) => node switch
    {
        JsonObject map when IsList(map) => new JsonArray([.. map.Select(entry => Normalize(entry.Value))]),
        JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, Normalize(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Normalize)]),
        null => null,
        _ => node.DeepClone(),
    };

    /// <summary>The same array as what it is in PHP: a list if its keys are 0..n-1, else a map.</summary>
    internal static JsonNode AsPhpArray(JsonObject map)
    {
        if (!IsList(map))
        {
            return map;
        }
        var values = map.Select(entry => entry.Value).ToArray();
        map.Clear();
        return new JsonArray(values);
    }

    private static bool IsList(JsonObject map)
    {
        var expected = 0;
        foreach (var (key, _) in map)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number != expected || key.Length > 1 && key[0] == '0')
            {
                return false;
            }
            expected++;
        }
        return true;
    }

    private sealed class StdClass;
}
