using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>How many bytes PHP's <c>serialize</c> makes of a value: that is what must fit into a column of the portal's database.</summary>
internal static class PhpSerialize
{
    public static int Length(JsonNode? node) => node switch
    {
        JsonObject map => ArrayLength(map.Count) + map.Sum(entry => TextLength(entry.Key) + Length(entry.Value)),
        JsonArray list => ArrayLength(list.Count) + list.Index().Sum(item => 3 + Digits(item.Index) + Length(item.Item)),
        null => "N;".Length,
        _ => node.GetValueKind() switch
        {
            JsonValueKind.True or JsonValueKind.False => "b:1;".Length,
            JsonValueKind.Number => "i:;".Length + node.ToString().Length,
            _ => TextLength(node.AsText() ?? ""),
        },
    };

    private static int ArrayLength(int count) => "a::{}".Length + Digits(count);

    private static int TextLength(string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        return "s::\"\";".Length + Digits(bytes) + bytes;
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
