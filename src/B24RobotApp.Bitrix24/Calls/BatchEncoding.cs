using System.Buffers;
using System.Globalization;
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

    /// <summary>What a URL's query shows as it is.</summary>
    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    /// <summary>
    /// Whether a call means the same as a command of a batch as it does as a request of its own. It does not if it holds a null, an empty list or a boolean (a query cannot
    /// say them), a text with a batch macro (it would be rewritten), a key that PHP reads differently in a query, more variables than PHP keeps (they would be cut), or
    /// so much text that it had better not hold up others.
    /// </summary>
    public static bool CanBatch(Call call) => Inspect(call).CanBatch;

    /// <summary>Looks a call through: may it travel in a batch, how much text does it carry, and which call of its group is the last one that it refers to (-1 for none)?</summary>
    internal static (bool CanBatch, int Characters, int HighestReference) Inspect(Call call)
    {
        var inspection = default(Inspection);
        inspection.HighestReference = -1;
        foreach (var (name, value) in call.Parameters)
        {
            inspection.Inexpressible |= !IsPlainName(name);
            inspection.Visit(value);
        }

        return (inspection.IsExpressible, inspection.Characters, inspection.HighestReference);
    }

    /// <summary>Spells a call for which <see cref="CanBatch"/> holds.</summary>
    /// <param name="call">The call.</param>
    /// <param name="keyOf">The command key of the group's call with a given index, for references.</param>
    public static string Encode(Call call, Func<int, string> keyOf) => Encode(call, keyOf, new StringBuilder(), new StringBuilder());

    /// <inheritdoc cref="Encode(Call, Func{int, string})"/>
    /// <param name="call">The call.</param>
    /// <param name="keyOf">As above.</param>
    /// <param name="command">Room to write in, so that the commands of a batch share it.</param>
    /// <param name="variable">The same, for the names of variables.</param>
    internal static string Encode(Call call, Func<int, string> keyOf, StringBuilder command, StringBuilder variable)
    {
        command.Clear().Append(call.Method);
        foreach (var (name, value) in call.Parameters)
        {
            AppendEscaped(variable, name);
            AppendVariables(command, variable, value, keyOf);
            variable.Clear();
        }

        // Each variable was written with a separator in front.
        if (command.Length > call.Method.Length)
        {
            command[call.Method.Length] = '?';
        }

        return command.ToString();
    }

    private static void AppendVariables(StringBuilder command, StringBuilder variable, JsonNode? node, Func<int, string> keyOf)
    {
        var length = variable.Length;
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map)
                {
                    AppendEscaped(variable.Append("%5B"), key).Append("%5D");
                    AppendVariables(command, variable, value, keyOf);
                    variable.Length = length;
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    variable.Append(CultureInfo.InvariantCulture, $"%5B{i}%5D");
                    AppendVariables(command, variable, list[i], keyOf);
                    variable.Length = length;
                }

                break;
            case JsonValue value:
                command.Append('&').Append(variable).Append('=');
                AppendValue(command, value, keyOf);
                break;
            default:
                throw new ArgumentException($"{variable} cannot be said in a batch.");
        }
    }

    private static void AppendValue(StringBuilder command, JsonValue value, Func<int, string> keyOf)
    {
        if (value.TryGetValue<ResultReference>(out var reference))
        {
            command.Append("$result[").Append(keyOf(reference.CallIndex)).Append(']');
            foreach (var part in reference.Path)
            {
                AppendEscaped(command.Append('['), part).Append(']');
            }
        }
        else if (value.TryGetValue<long>(out var number))
        {
            command.Append(CultureInfo.InvariantCulture, $"{number}");
        }
        else
        {
            AppendEscaped(command, TextOf(value));
        }
    }

    private static StringBuilder AppendEscaped(StringBuilder builder, string text) =>
        builder.Append(text.AsSpan().ContainsAnyExcept(Unreserved) ? Uri.EscapeDataString(text) : text);

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

    private struct Inspection
    {
        private int _variables;

        public int Characters;
        public bool Inexpressible;
        public int HighestReference;

        public readonly bool IsExpressible =>
            !Inexpressible && _variables <= BatchLimits.MaxVariables && Characters <= BatchLimits.MaxCommandCharacters;

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
                    Characters += text.Length;
                    Inexpressible |= ContainsMacro(text);
                    break;
                default:
                    Inexpressible = true;
                    break;
            }
        }
    }
}
