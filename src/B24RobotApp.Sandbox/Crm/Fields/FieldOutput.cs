using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>Values of fields as answers show them.</summary>
internal static class FieldOutput
{
    /// <summary>As <c>crm.item.*</c> writes: numbers as numbers, Y and N, times in the server's zone.</summary>
    public static JsonNode? Modern(object? value, TimeSpan serverOffset) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        long number => JsonValue.Create(number),
        decimal amount => JsonValue.Create(amount),
        bool flag => JsonValue.Create(flag ? "Y" : "N"),
        DateOnly day => JsonValue.Create(PhpDate.Write(day, serverOffset)),
        DateTimeOffset moment => JsonValue.Create(PhpDate.Write(moment, serverOffset)),
        IReadOnlyList<object> list => new JsonArray([.. list.Select(item => Modern(item, serverOffset))]),
        _ => throw new InvalidOperationException($"A field holds a {value.GetType().Name}."),
    };

    /// <summary>As the older methods write: every scalar is a text.</summary>
    public static JsonNode? Classic(object? value, CrmField field, TimeSpan serverOffset) => value switch
    {
        long number => JsonValue.Create(number.ToPhp()),
        decimal amount => JsonValue.Create(field.UserField is null ? amount.ToMoney() : amount.ToPhp()),
        bool flag when field.UserField is not null => JsonValue.Create(flag ? "1" : "0"),
        IReadOnlyList<object> list => new JsonArray([.. list.Select(item => Classic(item, field, serverOffset))]),
        _ => Modern(value, serverOffset),
    };

    /// <summary>The text that a robot's placeholder prints.</summary>
    public static string Plain(object? value, TimeSpan serverOffset) => value switch
    {
        null => "",
        decimal amount => amount.ToPhp(),
        IReadOnlyList<object> list => string.Join(", ", list.Select(item => Plain(item, serverOffset))),
        DateOnly day => day.ToString("dd.MM.yyyy", System.Globalization.CultureInfo.InvariantCulture),
        DateTimeOffset moment => moment.ToOffset(serverOffset).ToString("dd.MM.yyyy HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
        _ => Modern(value, serverOffset)!.ToString(),
    };
}
