using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Lists;

/// <summary>Reads filters: prefixes, lists, groups joined by <c>logic</c>.</summary>
/// <param name="find">A column by the name that was sent.</param>
/// <param name="now">The server's clock, for dates without a zone.</param>
/// <param name="strict">Newer methods refuse unknown names, older ones pass over them.</param>
internal sealed class FilterParser<TRow>(Func<string, Column<TRow>?> find, DateTimeOffset now, bool strict = true)
{
    public FilterGroup<TRow> Parse(JsonNode? filter)
    {
        var group = new FilterGroup<TRow>();
        foreach (var (key, value) in Entries(filter))
        {
            if (key is "logic" or "LOGIC")
            {
                group.IsOr = string.Equals(value.AsText(), "OR", StringComparison.OrdinalIgnoreCase);
            }
            else if (key.All(char.IsAsciiDigit))
            {
                if (value is JsonObject or JsonArray)
                {
                    group.Groups.Add(Parse(value));
                }
            }
            else if (Read(FilterKey.Parse(key), value) is { } condition)
            {
                group.Conditions.Add(condition);
            }
        }
        return group;
    }

    private Condition<TRow>? Read(FilterKey key, JsonNode? value)
    {
        var column = find(key.Name);
        if (column is null || key.Meaning is not { } comparison)
        {
            return strict
                ? throw InvalidValue($"Invalid filter: field '{key.Prefix}{FieldNames.ToUpper(key.Name)}' is not allowed in filter")
                : null;
        }
        if (value is JsonArray or JsonObject && !key.TakesLists && strict)
        {
            throw InvalidValue($"Invalid filter: field '{key.Prefix}{column.Name}' has invalid value");
        }
        return new Condition<TRow>(column, comparison, value.AsList() ?? [value], now);
    }

    private static IEnumerable<(string Key, JsonNode? Value)> Entries(JsonNode? filter) => filter switch
    {
        JsonObject map => map.Select(entry => (entry.Key, entry.Value)),
        JsonArray list => list.Select((value, index) => (((long)index).ToPhp(), value)),
        _ => [],
    };

    private static RestError InvalidValue(string description) => new("INVALID_ARG_VALUE", description);
}
