using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Lists;

/// <summary>One line of a filter: a column, a comparison and what it is compared with.</summary>
internal sealed class Condition<TRow>(Column<TRow> column, Comparison comparison, IReadOnlyList<JsonNode?> sent, DateTimeOffset now)
{
    private readonly IReadOnlyList<object?> _operands = [.. sent.Select(value => Operand(column, value, now))];

    public Column<TRow> Column => column;

    public Comparison Comparison => comparison;

    /// <summary>What was sent, as texts; for look-ups by index.</summary>
    public IReadOnlyList<string?> Texts { get; } = [.. sent.Select(value => value.AsText())];

    public bool Matches(TRow row)
    {
        var value = column.Value(row);
        IReadOnlyList<object?> values = value is IReadOnlyList<object?> list ? list.Count > 0 ? list : [null] : [value];
        return comparison is Comparison.NotEqual or Comparison.ContainsNot or Comparison.LikeNot
            ? values.All(one => !_operands.Any(operand => Holds(one, operand)))
            : values.Any(one => _operands.Any(operand => Holds(one, operand)));
    }

    private bool Holds(object? value, object? operand) => comparison switch
    {
        Comparison.Equal or Comparison.NotEqual => AreEqual(value, operand),
        Comparison.Contains or Comparison.ContainsNot => Text(value).Contains(Text(operand), StringComparison.OrdinalIgnoreCase),
        Comparison.Like or Comparison.LikeNot => IsLike(Text(value), Text(operand)),
        _ => Order(value, operand) is { } order && comparison switch
        {
            Comparison.Greater => order > 0,
            Comparison.GreaterOrEqual => order >= 0,
            Comparison.Less => order < 0,
            _ => order <= 0,
        },
    };

    private static bool AreEqual(object? value, object? operand) =>
        operand is null or "" ? value is null or "" or 0L or false : Order(value, operand) == 0;

    /// <summary>How the two stand to each other; <see langword="null"/> where the database would say unknown.</summary>
    public static int? Order(object? left, object? right) => (left, right) switch
    {
        (null, _) or (_, null) => null,
        (string a, string b) => string.Compare(a, b, StringComparison.OrdinalIgnoreCase),
        (bool a, bool b) => a.CompareTo(b),
        (DateOnly a, DateOnly b) => a.CompareTo(b),
        (DateTimeOffset a, DateTimeOffset b) => a.ToUnixTimeSeconds().CompareTo(b.ToUnixTimeSeconds()),
        (long or decimal, long or decimal) => Convert.ToDecimal(left, CultureInfo.InvariantCulture)
            .CompareTo(Convert.ToDecimal(right, CultureInfo.InvariantCulture)),
        _ => null,
    };

    private static object? Operand(Column<TRow> column, JsonNode? sent, DateTimeOffset now)
    {
        if (sent.AsText() is null or "")
        {
            return null;
        }
        switch (column.Type)
        {
            case FieldType.Date:
                return PhpDate.ToDay(sent.AsText(), now) is { } day ? day : Nothing.Value;
            case FieldType.DateTime:
                return PhpDate.ToMoment(sent.AsText(), now) is { } moment ? moment : Nothing.Value;
            case FieldType.Boolean or FieldType.Char when column.IsUserField:
                return sent.IsNumeric() ? sent.ToLong() != 0 : Nothing.Value;
            case FieldType.Boolean or FieldType.Char:
                return sent.AsText() is "Y" or "y" or "1" or "true";
            case FieldType.String or FieldType.Text or FieldType.Status or FieldType.Currency or FieldType.Money or FieldType.Url
                or FieldType.Address or FieldType.Crm:
                return sent.AsText();
            default:
                return sent.ToDecimal();
        }
    }

    private static string Text(object? value) => value switch
    {
        null or Nothing => "",
        decimal number => number.ToPhp(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static bool IsLike(string value, string pattern) =>
        Regex.IsMatch(value, "^" + Regex.Escape(pattern).Replace("%", ".*", StringComparison.Ordinal) + "$", RegexOptions.IgnoreCase | RegexOptions.Singleline);

    /// <summary>Equals nothing: what a portal compares with when it could not read a date.</summary>
    private sealed class Nothing
    {
        public static readonly Nothing Value = new();
    }
}
