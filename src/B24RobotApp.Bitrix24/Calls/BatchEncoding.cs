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
    /// say them), a text with a batch macro (it would be rewritten), a key that PHP reads differently in a query, more variables than PHP keeps (they would be cut), or
    /// so much text that it had better not hold up others.
    /// </summary>
    public static bool CanBatch(Call call) => Inspect(call).CanBatch;

    /// <summary>Looks a call through: may it travel in a batch, and which call of its group is the last one that it refers to (-1 for none)?</summary>
    internal static (bool CanBatch, int HighestReference) Inspect(Call call)
    {
        var inspection = default(Inspection);
        inspection.HighestReference = -1;
        foreach (var (name, value) in call.Parameters)
        {
            inspection.Inexpressible |= !IsPlainName(name);
            inspection.Visit(value);
        }

        return (inspection.IsExpressible, inspection.HighestReference);
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

    /// <summary>The text of a value as it stands in JSON, without quotes if it is a string.</summary>
    private static string TextOf(JsonValue value) =>
        value.TryGetValue<string>(out var text) ? text
        : value.GetValueKind() == JsonValueKind.String ? value.Deserialize<string>()!
        : value.ToJsonString();

    /// <summary>PHP turns dots, blanks and brackets of a variable's name into underscores, and drops variables without one.</summary>
    private static bool IsPlainName(string name) => name.Length > 0 && name.AsSpan().IndexOfAny(" .[]\0") < 0 && !ContainsMacro(name);

    /// <summary>Within brackets PHP keeps everything but a bracket; an empty key means "the next number".</summary>
    private static bool IsPlainKey(string key) =>
        key.Length > 0 && !char.IsWhiteSpace(key[0]) && key.AsSpan().IndexOfAny("[]\0") < 0 && !ContainsMacro(key);

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

    private static string Spell(JsonValue value, Func<int, string> keyOf) =>
        value.TryGetValue<ResultReference>(out var reference)
            ? $"$result[{keyOf(reference.CallIndex)}]{string.Concat(reference.Path.Select(part => $"[{Uri.EscapeDataString(part)}]"))}"
            : Uri.EscapeDataString(TextOf(value));

    private struct Inspection
    {
        private int _variables;
        private long _characters;

        public bool Inexpressible;
        public int HighestReference;

        public readonly bool IsExpressible =>
            !Inexpressible && _variables <= BatchLimits.MaxVariables && _characters <= BatchLimits.MaxCommandCharacters;

        public void Visit(JsonNode? node)
        {
            switch (node)
            {
                case JsonObject map:
                    Inexpressible |= map.Count == 0;
                    foreach (var (key, value) in map)
                    {
                        Inexpressible |= !IsPlainKey(key);
                        Visit(value);
                    }

                    break;
                case JsonArray list:
                    Inexpressible |= list.Count == 0;
                    foreach (var value in list)
                    {
                        Visit(value);
                    }

                    break;
                case JsonValue value:
                    _variables++;
                    Visit(value);
                    break;
                default:
                    Inexpressible = true;
                    break;
            }
        }

        private void Visit(JsonValue value)
        {
            if (value.TryGetValue<ResultReference>(out var reference))
            {
                HighestReference = Math.Max(HighestReference, reference.CallIndex);
                Inexpressible |= reference.CallIndex < 0;
                return;
            }

            switch (value.GetValueKind())
            {
                case JsonValueKind.Number:
                    break;
                case JsonValueKind.String:
                    var text = TextOf(value);
                    _characters += text.Length;
                    Inexpressible |= ContainsMacro(text);
                    break;
                default:
                    Inexpressible = true;
                    break;
            }
        }
    }
}
