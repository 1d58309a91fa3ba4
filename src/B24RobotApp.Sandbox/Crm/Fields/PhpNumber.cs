using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>PHP's casts to numbers, which never fail, and its texts of numbers.</summary>
internal static partial class PhpNumber
{
    /// <summary><c>(int)$value</c>: the digits a text begins with, else 0; a filled array is 1.</summary>
    public static long ToLong(this JsonNode? node) => (long)decimal.Truncate(node.ToDecimal());

    /// <summary><c>(float)$value</c>, in decimal so that money stays exact.</summary>
    public static decimal ToDecimal(this JsonNode? node)
    {
        if (node is JsonArray or JsonObject)
        {
            return node.IsEmpty() ? 0 : 1;
        }
        var match = Leading().Match(node.AsText()?.TrimStart() ?? "");
        return match.Success && decimal.TryParse(match.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    /// <summary>PHP's <c>is_numeric</c>.</summary>
    public static bool IsNumeric(this JsonNode? node) => node is JsonValue value && value.GetValueKind() switch
    {
        JsonValueKind.Number => true,
        JsonValueKind.String => decimal.TryParse(value.GetValue<string>(), NumberStyles.Float, CultureInfo.InvariantCulture, out _),
        _ => false,
    };

    /// <summary>The text a database column gives for a number.</summary>
    public static string ToPhp(this long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The text of a money column, always with two places.</summary>
    public static string ToMoney(this decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>The shortest text of a number, as PHP prints it.</summary>
    public static string ToPhp(this decimal number) => number.ToString("0.##########", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")]
    private static partial Regex Leading();
}
