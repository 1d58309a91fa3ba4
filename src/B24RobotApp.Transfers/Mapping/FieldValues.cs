using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>
/// Spells values as a field of the ESB takes them: a person's text from the robot's settings, or what the source portal's field holds. What a portal cannot read it drops without a word, so
/// everything that does not fit is a problem here. Source: crm/universal/crm-item-add.md.
/// </summary>
public static class FieldValues
{
    private static readonly string[] DateFormats = ["yyyy-MM-dd", "d.M.yyyy"];
    private static readonly string[] TimeFormats = ["yyyy-MM-dd H:mm", "yyyy-MM-dd H:mm:ss", "yyyy-MM-dd'T'H:mm", "yyyy-MM-dd'T'H:mm:ss", "d.M.yyyy H:mm", "d.M.yyyy H:mm:ss"];

    /// <summary>Whether the values of a type mean something on their own portal only: ids of people, entities, choices and files.</summary>
    public static bool IsOfOnePortal(string type) =>
        type is "enumeration" or "user" or "employee" or "file" or "location" or "resourcebooking" or "crm" or "crm_category"
            or "crm_company" or "crm_contact" or "crm_lead" or "crm_quote" or "crm_entity"
        || type.StartsWith("iblock_", StringComparison.Ordinal);

    /// <summary>Spells a text that a person or a placeholder wrote; nothing for an empty one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="field">The ESB's field.</param>
    /// <param name="value">How the field takes it.</param>
    /// <returns>What is needed instead; <see langword="null"/> if the text fits.</returns>
    public static ExpectedValue? Read(string text, SchemaField field, out JsonNode? value)
    {
        value = null;
        text = text.Trim();
        if (text.Length == 0)
        {
            return null;
        }

        switch (field.Type)
        {
            case "boolean" or "char":
                value = ReadFlag(text) is { } flag ? Spell(flag) : null;
                return value is null ? ExpectedValue.YesOrNo : null;
            case "integer":
                value = ToNumber(text) is { } whole && whole == decimal.Truncate(whole) ? Number(whole, field) : null;
                return value is null ? ExpectedValue.WholeNumber : null;
            case "double":
                value = ToNumber(text) is { } number ? Number(number, field) : null;
                return value is null ? ExpectedValue.Number : null;
            case "money":
                value = ToMoney(text);
                return value is null ? ExpectedValue.Money : null;
            case "date":
                value = ToDate(text) is { } date ? Spell(date) : null;
                return value is null ? ExpectedValue.Date : null;
            case "datetime":
                value = ToTime(text);
                return value is null ? ExpectedValue.Time : null;
            case "enumeration":
                value = ToOption(text, field);
                return value is null ? ExpectedValue.Choice : null;
            case var type when IsOfOnePortal(type) && type != "crm":
                value = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? JsonValue.Create(id) : null;
                return value is null ? ExpectedValue.Id : null;
            default:
                value = text;
                return null;
        }
    }

    /// <summary>A number as it stays one: what PHP calls empty would clear the field, and <c>0</c> is, but <c>"0.0"</c> and <c>"00"</c> are not.</summary>
    public static JsonNode Number(decimal number, SchemaField field) =>
        number == 0 ? (field.Type == "integer" ? "00" : "0.0") : JsonValue.Create(number);

    private static JsonValue Spell(DateOnly date) => JsonValue.Create(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    private static JsonValue Spell(bool flag) => JsonValue.Create(flag ? "Y" : "N");

    /// <summary>Yes or no, as people write it.</summary>
    public static bool? ReadFlag(string text) => text.Trim().ToUpperInvariant() switch
    {
        "Y" or "YES" or "TRUE" or "1" or "ДА" => true,
        "N" or "NO" or "FALSE" or "0" or "НЕТ" => false,
        _ => null,
    };

    /// <summary>A number as people write it: with blanks between thousands and a comma or a dot before the fraction.</summary>
    private static decimal? ToNumber(string text)
    {
        var plain = string.Concat(text.Where(character => !char.IsWhiteSpace(character) && character != '\''));
        var comma = plain.LastIndexOf(',');
        var dot = plain.LastIndexOf('.');

        // Of two kinds of marks the last one is before the fraction; a mark that occurs twice stands between thousands.
        if (comma >= 0 && (dot > comma || plain.IndexOf(',', StringComparison.Ordinal) != comma))
        {
            plain = plain.Replace(",", "", StringComparison.Ordinal);
        }
        else if (comma >= 0)
        {
            plain = plain.Replace(".", "", StringComparison.Ordinal).Replace(',', '.');
        }

        return decimal.TryParse(plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static JsonValue? ToMoney(string text)
    {
        var parts = text.Split('|', StringSplitOptions.TrimEntries);
        if (parts.Length == 1 && text.LastIndexOf(' ') is > 0 and var blank)
        {
            parts = [text[..blank], text[(blank + 1)..]];
        }

        return parts is [var amount, { Length: 3 } currency] && currency.All(char.IsAsciiLetter) && ToNumber(amount) is { } number
            ? JsonValue.Create($"{number.ToString(CultureInfo.InvariantCulture)}|{currency.ToUpperInvariant()}")
            : null;
    }

    /// <summary>A date as Russian portals and ISO write it, or the date of such a time. Dates with slashes mean different days in different countries and are not guessed.</summary>
    private static DateOnly? ToDate(string text)
    {
        if (DateOnly.TryParseExact(text, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        return JsonSerializer.SerializeToElement(text).AsDate()
            ?? (DateTime.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? DateOnly.FromDateTime(time) : null);
    }

    /// <summary>A time with its offset as it is; one without an offset is the ESB's.</summary>
    private static JsonValue? ToTime(string text)
    {
        if (DateTime.TryParseExact(text, [.. TimeFormats, .. DateFormats], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return JsonValue.Create(time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        }

        return JsonSerializer.SerializeToElement(text).AsDateTime() is { } moment
            ? JsonValue.Create(moment.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>A choice by its text, or by its id on the ESB.</summary>
    private static JsonValue? ToOption(string text, SchemaField field)
    {
        var option = field.Options.FirstOrDefault(option => string.Equals(option.Value.Trim(), text, StringComparison.OrdinalIgnoreCase))
            ?? field.Options.FirstOrDefault(option => option.Id.ToString(CultureInfo.InvariantCulture) == text);
        return option is null ? null : JsonValue.Create(option.Id);
    }
}
