using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>What a portal makes of a value that a client sent for a field: it casts, it hardly ever complains.</summary>
internal static class FieldInput
{
    /// <summary>Whether the value empties the field (PHP's <c>empty</c>, with the exceptions of the portal's version).</summary>
    public static bool Empties(CrmField field, JsonNode? sent, bool zeroClears)
    {
        if (field.IsMultiple && sent.AsList() is { } values)
        {
            return values.All(value => Empties(field with { Flags = field.Flags & ~FieldFlags.Multiple }, value, zeroClears));
        }
        if (field.Type == FieldType.Category && sent.AsText() == "0" && sent is not JsonArray)
        {
            return false;
        }
        if (field.Type == FieldType.Boolean)
        {
            return false;
        }
        if (!zeroClears && field.Type is FieldType.Integer or FieldType.Double or FieldType.String && sent.AsText() == "0")
        {
            return false;
        }
        return sent.IsEmpty();
    }

    /// <summary>Casts one value; <see langword="null"/> for a date that cannot be read, which the portal passes over.</summary>
    public static object? Cast(CrmField field, JsonNode? sent, DateTimeOffset now) => field.Type switch
    {
        FieldType.Boolean or FieldType.Char => IsYes(sent),
        FieldType.Date => PhpDate.ToDay(sent.AsText(), now),
        FieldType.DateTime => PhpDate.ToMoment(sent.AsText(), now),
        FieldType.Double => decimal.Round(sent.ToDecimal(), field.UserField is null ? 4 : Precision(field.UserField)),
        FieldType.Integer or FieldType.User or FieldType.Location or FieldType.Category or FieldType.Company or FieldType.Contact
            or FieldType.Lead or FieldType.Deal or FieldType.Quote or FieldType.Entity or FieldType.Enumeration or FieldType.Employee
            or FieldType.IblockElement or FieldType.IblockSection or FieldType.File => sent.ToLong(),
        _ => ToText(sent),
    };

    /// <summary>Only these four are yes; 1 and "1" are no.</summary>
    public static bool IsYes(JsonNode? sent) => sent is JsonValue value
        && (value.TryGetValue(out bool flag) ? flag : value.TryGetValue(out string? text) && text is "true" or "y" or "Y");

    /// <summary>The text of a scalar; an array becomes the word, as PHP has it.</summary>
    public static string ToText(JsonNode? sent) => sent is JsonArray or JsonObject ? "Array" : sent.AsText() ?? "";

    private static int Precision(UserField field) => (int)Math.Clamp(field.Settings["PRECISION"].AsLong() ?? 2, 0, 12);
}
