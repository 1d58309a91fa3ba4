using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Lists;

/// <summary>
/// Answers the older list methods: rows of upper-case texts, parameters named in any case, unknown names passed over, the
/// rows standing right under <c>result</c>.
/// </summary>
internal static class ClassicList
{
    /// <param name="call">The call with <c>filter</c>, <c>order</c>, <c>select</c> and <c>start</c>.</param>
    /// <param name="rows">All rows in the order that holds where nothing is asked for.</param>
    /// <param name="always">Columns that stand in every row, whatever is selected.</param>
    public static JsonArray Answer(RestCall call, IEnumerable<JsonObject> rows, params string[] always)
    {
        var all = rows.ToList();
        var names = all.SelectMany(row => row.Select(cell => cell.Key)).ToHashSet(StringComparer.Ordinal);
        Column<JsonObject>? Find(string name) => names.Contains(name) ? ToColumn(name, all) : null;

        var conditions = new FilterParser<JsonObject>(Find, call.Portal.Now, strict: false).Parse(call.ClassicArray("filter"));
        var page = call.Page(RowOrder.Sort(all.Where(conditions.Matches), call.ClassicArray("order"), Find, strict: false));
        var select = call.Classic("select").AsList()?.Select(name => name.AsText()).Where(name => name is not null).ToHashSet() ?? [];
        return select.Count == 0 || select.Contains("*")
            ? new JsonArray([.. page])
            : new JsonArray([.. page.Select(row => (JsonNode)new JsonObject(row
                .Where(cell => select.Contains(cell.Key) || always.Contains(cell.Key))
                .Select(cell => KeyValuePair.Create(cell.Key, cell.Value?.DeepClone()))))]);
    }

    /// <summary>Columns whose texts are all numbers, or all times, are compared as such.</summary>
    private static Column<JsonObject> ToColumn(string name, List<JsonObject> rows)
    {
        var texts = rows.Select(row => row[name]).Where(cell => cell is JsonValue value && value.GetValueKind() is JsonValueKind.String or JsonValueKind.Number)
            .Select(cell => cell.AsText()!).Where(text => text.Length > 0).ToList();
        if (texts.Count > 0 && texts.TrueForAll(text => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
        {
            return new(name, FieldType.Double, row => row[name].AsText() is { Length: > 0 } ? row[name].ToDecimal() : null);
        }
        if (texts.Count > 0 && texts.TrueForAll(text => text.Length == 25 && text[10] == 'T'))
        {
            return new(name, FieldType.DateTime, row => DateTimeOffset.TryParse(row[name].AsText(), CultureInfo.InvariantCulture, out var moment) ? moment : null);
        }
        return new(name, FieldType.String, row => row[name].AsText());
    }
}
