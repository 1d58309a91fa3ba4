using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>
/// Reads a batch command the way PHP does: <c>parse_url</c> for the method, <c>parse_str</c> for the rest. Written from PHP's documented behaviour over bytes,
/// and on purpose without a line in common with what it checks.
/// </summary>
internal static class PhpQuery
{
    public static (string Method, JsonObject Variables) Parse(string command)
    {
        var fragment = command.IndexOf('#', StringComparison.Ordinal);
        var url = fragment < 0 ? command : command[..fragment];
        var question = url.IndexOf('?', StringComparison.Ordinal);
        var variables = new JsonObject();
        foreach (var pair in question < 0 ? [] : url[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            Register(variables, Decode(equals < 0 ? pair : pair[..equals]), equals < 0 ? "" : Decode(pair[(equals + 1)..]));
        }

        return (question < 0 ? url : url[..question], variables);
    }

    /// <summary>What PHP would hold after reading the same values as JSON, scalars as strings: lists are maps with numbers for keys.</summary>
    public static JsonNode AsVariables(JsonNode node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, AsVariables(pair.Value!)))),
        JsonArray list => new JsonObject(list.Select((value, i) => KeyValuePair.Create<string, JsonNode?>($"{i}", AsVariables(value!)))),
        _ => JsonValue.Create(node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString()),
    };

    private static string Decode(string text)
    {
        var bytes = new List<byte>();
        var source = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] == '%' && i + 2 < source.Length && Uri.IsHexDigit((char)source[i + 1]) && Uri.IsHexDigit((char)source[i + 2]))
            {
                bytes.Add(Convert.ToByte($"{(char)source[i + 1]}{(char)source[i + 2]}", 16));
                i += 2;
            }
            else
            {
                bytes.Add(source[i] == '+' ? (byte)' ' : source[i]);
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static void Register(JsonObject variables, string name, string value)
    {
        // Names are C strings; leading blanks go.
        name = name.Split('\0')[0].TrimStart(' ');
        var bracket = name.IndexOf('[', StringComparison.Ordinal);
        if (bracket == 0 || name.Length == 0)
        {
            return;
        }

        var path = new List<string?> { (bracket < 0 ? name : name[..bracket]).Replace(' ', '_').Replace('.', '_') };
        while (bracket >= 0 && bracket < name.Length && name[bracket] == '[')
        {
            var close = name.IndexOf(']', bracket);
            if (close < 0)
            {
                // Not an index after all: the bracket becomes part of the name.
                if (path.Count == 1)
                {
                    path[0] = $"{path[0]}_{name[(bracket + 1)..]}";
                }

                break;
            }

            var key = name[(bracket + 1)..close];
            path.Add(key.Length == 0 || (key.Length == 1 && char.IsWhiteSpace(key[0])) ? null : key);
            bracket = close + 1;
        }

        var map = variables;
        for (var i = 0; i < path.Count; i++)
        {
            var key = path[i] ?? $"{map.Count}";
            if (i == path.Count - 1)
            {
                map[key] = value;
            }
            else if (map[key] is JsonObject inner)
            {
                map = inner;
            }
            else
            {
                var created = new JsonObject();
                map[key] = created;
                map = created;
            }
        }
    }
}
