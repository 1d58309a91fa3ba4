using System.Text;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>Writes forms as PHP's <c>http_build_query</c> does: brackets, nulls and empty arrays vanish, true is 1.</summary>
public static class PhpForm
{
    public static string Build(JsonObject map)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in map)
        {
            Append(text, Encode(key), value);
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, JsonNode? value)
    {
        switch (value)
        {
            case null:
                return;
            case JsonObject map:
                foreach (var (key, inner) in map)
                {
                    Append(text, $"{name}%5B{Encode(key)}%5D", inner);
                }
                return;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    Append(text, $"{name}%5B{i}%5D", list[i]);
                }
                return;
            default:
                if (text.Length > 0)
                {
                    text.Append('&');
                }
                var scalar = value.GetValueKind() == System.Text.Json.JsonValueKind.False ? "0" : value.AsText() ?? "";
                text.Append(name).Append('=').Append(Encode(scalar));
                return;
        }
    }

    private static string Encode(string text) =>
        Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal).Replace("~", "%7E", StringComparison.Ordinal);
}
