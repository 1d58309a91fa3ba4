using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>
/// Puts results of earlier sub-calls where <c>$result[key][path]</c> and the like stand. Works on decoded values, so a user's text is
/// rewritten as well. Keys never hold a reference: <c>parse_str</c> has taken their brackets apart.
/// </summary>
internal static partial class BatchReferences
{
    /// <param name="values">Decoded parameters of a sub-call; they are replaced in place.</param>
    /// <param name="results">The maps <c>result</c>, <c>next</c>, <c>total</c>, <c>time</c> and <c>error</c> so far, by command.</param>
    public static void Resolve(JsonObject values, IReadOnlyDictionary<string, JsonObject> results)
    {
        foreach (var (key, value) in values.ToList())
        {
            switch (value)
            {
                case JsonObject map:
                    Resolve(map, results);
                    break;
                case JsonArray list:
                    Resolve(list, results);
                    break;
                case JsonValue when value.AsText() is { } text && text.Contains('$', StringComparison.Ordinal):
                    values[key] = Replace(text, results);
                    break;
            }
        }
    }

    private static void Resolve(JsonArray list, IReadOnlyDictionary<string, JsonObject> results)
    {
        for (var i = 0; i < list.Count; i++)
        {
            switch (list[i])
            {
                case JsonObject map:
                    Resolve(map, results);
                    break;
                case JsonArray inner:
                    Resolve(inner, results);
                    break;
                case { } value when value.AsText() is { } text && text.Contains('$', StringComparison.Ordinal):
                    list[i] = Replace(text, results);
                    break;
            }
        }
    }

    private static JsonNode? Replace(string text, IReadOnlyDictionary<string, JsonObject> results)
    {
        // One reference reaches to the next white space, whatever stands between its brackets.
        foreach (Match match in Reference().Matches(text))
        {
            var path = Keys().Matches(match.Groups[2].Value);
            if (path.Count == 0)
            {
                continue;
            }
            // The word is found in any case, but only the lower-case map exists: another spelling yields nothing.
            var value = Walk(results.GetValueOrDefault(match.Groups[1].Value), path);
            if (match.Value == text)
            {
                return PhpOutput.Normalize(value);
            }
            if (value is null or JsonValue)
            {
                text = text.Replace(match.Value, value.AsText() ?? "", StringComparison.Ordinal);
            }
        }
        return JsonValue.Create(text);
    }

    /// <summary>Follows the path as far as it exists and stays there: the deepest part found is the value.</summary>
    private static JsonNode? Walk(JsonNode? node, MatchCollection path)
    {
        foreach (Match key in path)
        {
            var next = node switch
            {
                JsonObject map => map[key.Groups[1].Value],
                JsonArray list when int.TryParse(key.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index < list.Count => list[index],
                _ => null,
            };
            if (next is null)
            {
                return node;
            }
            node = next;
        }
        return node;
    }

    [GeneratedRegex(@"\$(result|next|total|time|error)([^\s]*)", RegexOptions.IgnoreCase)]
    private static partial Regex Reference();

    [GeneratedRegex(@"\[([^\]]+)\]")]
    private static partial Regex Keys();
}
