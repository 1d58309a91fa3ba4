using System.Security;
using System.Text;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>The answer as XML, for addresses that end in <c>.xml</c>: list items are called <c>item</c>.</summary>
internal static class PhpXml
{
    public static string Write(string name, JsonNode? node)
    {
        var text = new StringBuilder();
        Append(text, name, node);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, JsonNode? node)
    {
        text.Append('<').Append(name).Append('>');
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map)
                {
                    Append(text, char.IsAsciiDigit(key[0]) ? "item" : key, value);
                }
                break;
            case JsonArray list:
                foreach (var value in list)
                {
                    Append(text, "item", value);
                }
                break;
            default:
                text.Append(SecurityElement.Escape(node.AsText()));
                break;
        }
        text.Append("</").Append(name).Append('>');
    }
}
