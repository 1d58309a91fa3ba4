using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// Spells a call as a command of <c>batch</c>: <c>method?query</c>, which the portal takes apart with PHP's <c>parse_url</c> and <c>parse_str</c>.
/// Keys and values are percent-encoded, also within JSON. Source: settings/how-to-call-rest-api/batch.md.
/// </summary>
public static class BatchEncoding
{
    /// <summary>Macros of a batch. A text of a user that contains one would be rewritten by the portal.</summary>
    private static readonly string[] Macros = ["$result[", "$total[", "$next[", "$time[", "$error["];

    /// <summary>
    /// Whether a call means the same as a command of a batch as it does as a request of its own. It does not if it holds a null, an empty list or a boolean (a query cannot
    /// say them), a text with a batch macro (it would be rewritten), or more variables than PHP keeps (it would be cut).
    /// </summary>
    public static bool CanBatch(Call call)
    {
        var variables = 0;
        return IsExpressible(call.Parameters, ref variables) && variables <= BatchLimits.MaxVariables;
    }

    /// <summary>Spells a call for which <see cref="CanBatch"/> holds.</summary>
    /// <param name="call">The call.</param>
    /// <param name="keyOf">The command key of the group's call with a given index, for references.</param>
    public static string Encode(Call call, Func<int, string> keyOf)
    {
        var command = new StringBuilder(call.Method);
        var separator = '?';
        foreach (var (name, value) in call.Parameters)
        {
            Append(command, ref separator, Uri.EscapeDataString(name), value, keyOf);
        }

        return command.ToString();
    }

    private static bool IsExpressible(JsonNode? node, ref int variables)
    {
        switch (node)
        {
            case JsonObject map:
                // The outermost map may be empty: a call without parameters.
                if (map.Count == 0 && map.Parent is not null)
                {
                    return false;
                }

                foreach (var (name, value) in map)
                {
                    if (ContainsMacro(name) || !IsExpressible(value, ref variables))
                    {
                        return false;
                    }
                }

                return true;
            case JsonArray list:
                if (list.Count == 0)
                {
                    return false;
                }

                foreach (var value in list)
                {
                    if (!IsExpressible(value, ref variables))
                    {
                        return false;
                    }
                }

                return true;
            case JsonValue value:
                variables++;
                return value.GetValueKind() switch
                {
                    JsonValueKind.String => !ContainsMacro(value.GetValue<string>()),
                    JsonValueKind.Number => true,
                    _ => value.TryGetValue<ResultReference>(out _),
                };
            default:
                return false;
        }
    }

    private static bool ContainsMacro(string text) =>
        text.Contains('$', StringComparison.Ordinal)
        && Array.Exists(Macros, macro => text.Contains(macro, StringComparison.OrdinalIgnoreCase));

    private static void Append(StringBuilder command, ref char separator, string name, JsonNode? node, Func<int, string> keyOf)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map)
                {
                    Append(command, ref separator, $"{name}%5B{Uri.EscapeDataString(key)}%5D", value, keyOf);
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    Append(command, ref separator, $"{name}%5B{i}%5D", list[i], keyOf);
                }

                break;
            case JsonValue value:
                command.Append(separator).Append(name).Append('=').Append(Spell(value, keyOf));
                separator = '&';
                break;
            default:
                throw new ArgumentException($"{name} cannot be said in a batch.");
        }
    }

    private static string Spell(JsonValue value, Func<int, string> keyOf)
    {
        if (value.TryGetValue<ResultReference>(out var reference))
        {
            return $"$result[{keyOf(reference.CallIndex)}]{string.Concat(reference.Path.Select(part => $"[{Uri.EscapeDataString(part)}]"))}";
        }

        return Uri.EscapeDataString(value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString());
    }
}
