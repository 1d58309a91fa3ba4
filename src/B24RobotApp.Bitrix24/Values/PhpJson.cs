using System.Globalization;
using System.Text.Json;

namespace B24RobotApp.Bitrix24.Values;

/// <summary>
/// Reads what a PHP server means from what its JSON says: numbers as strings, empty maps as lists, <c>Y</c> and <c>N</c>, nothing as <c>false</c>. Never throws for an
/// unexpected shape; what cannot be read is absent. Source: data-types.md, and payloads of portals of differing age.
/// </summary>
public static class PhpJson
{
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>A text; numbers and booleans as they are spelled, <see langword="null"/> for null, maps and lists.</summary>
    public static string? AsText(this JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.GetRawText(),
        JsonValueKind.True => "Y",
        JsonValueKind.False => "N",
        _ => null,
    };

    /// <summary>A whole number, sent as a number or as a string; <c>15.0</c> counts as 15.</summary>
    public static long? AsLong(this JsonElement element) =>
        element.AsDecimal() is { } number && number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue
            ? (long)number
            : null;

    /// <summary>A number, sent as a number or as a string with a dot.</summary>
    public static decimal? AsDecimal(this JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number when element.TryGetDecimal(out var number) => number,
        JsonValueKind.String when decimal.TryParse(element.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    /// <summary>A flag: <c>Y/N</c>, <c>1/0</c>, <c>true/false</c>, as texts, numbers or JSON booleans.</summary>
    public static bool? AsBoolean(this JsonElement element) => element.AsText()?.ToUpperInvariant() switch
    {
        "Y" or "1" or "TRUE" => true,
        "N" or "0" or "FALSE" or "" => false,
        _ => null,
    };

    /// <summary>
    /// A date. Bitrix24 sends dates as times: midnight UTC of the day, written in the server's zone, or midnight as written. So a time of 00:00:00 is the date as written, else the one that is
    /// midnight in UTC, else the date as written. Source: crm/universal/crm-item-get.md (example), portal sources. Dates are written as <c>yyyy-MM-dd</c>.
    /// </summary>
    public static DateOnly? AsDate(this JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String
            && DateOnly.TryParseExact(element.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        return element.AsDateTime() is { } time
            ? DateOnly.FromDateTime(time.TimeOfDay != TimeSpan.Zero && time.UtcDateTime.TimeOfDay == TimeSpan.Zero ? time.UtcDateTime : time.DateTime)
            : null;
    }

    /// <summary>A point in time with its offset, in ISO 8601; one without an offset counts as UTC. Other spellings depend on the portal's culture and are not guessed.</summary>
    public static DateTimeOffset? AsDateTime(this JsonElement element) =>
        element.ValueKind == JsonValueKind.String
        && DateTimeOffset.TryParseExact(element.GetString(), TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    /// <summary>
    /// An amount with its currency, as user fields of the type <c>money</c> hold it: <c>100.50|RUB</c>; the currency is empty where none is said.
    /// Source: crm/universal/crm-item-add.md (examples).
    /// </summary>
    public static (decimal Amount, string Currency)? AsMoney(this JsonElement element)
    {
        var parts = element.AsText()?.Split('|');
        return parts is [var amount, ..] && parts.Length <= 2 && decimal.TryParse(amount, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? (number, parts.Length == 2 ? parts[1].Trim() : "")
            : null;
    }

    /// <summary>A list: an array's items, a map's values; nothing for null, false and an empty text; a single value is a list of one.</summary>
    public static IEnumerable<JsonElement> AsList(this JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray(),
        JsonValueKind.Object => element.EnumerateObject().Select(property => property.Value),
        JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.False => [],
        JsonValueKind.String when element.GetString() is "" => [],
        _ => [element],
    };

    /// <summary>A map; an array counts by its indexes, so an empty one is an empty map; nothing for anything else.</summary>
    public static IEnumerable<KeyValuePair<string, JsonElement>> AsMap(this JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Select(property => KeyValuePair.Create(property.Name, property.Value)),
        JsonValueKind.Array => element.EnumerateArray().Select((value, index) => KeyValuePair.Create(index.ToString(CultureInfo.InvariantCulture), value)),
        _ => [],
    };

    /// <summary>The positive ids of a list, in order; what is none is dropped.</summary>
    public static IReadOnlyList<long> AsIds(this JsonElement element) =>
        [.. element.AsList().Select(item => item.AsLong() ?? 0).Where(id => id > 0)];

    /// <summary>A property as text; <see langword="null"/> if it is absent or none.</summary>
    public static string? Text(this JsonElement map, string name) => map.Property(name).AsText();

    /// <summary>A property as an id or another whole number; <see langword="null"/> if it is absent or none.</summary>
    public static long? Id(this JsonElement map, string name) => map.Property(name).AsLong();

    /// <summary>A property; <see cref="JsonValueKind.Undefined"/> if it is absent or this is no map.</summary>
    public static JsonElement Property(this JsonElement map, string name) =>
        map.ValueKind == JsonValueKind.Object && map.TryGetProperty(name, out var value) ? value : default;
}
