using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>How a robot's properties leave, and how what it returns comes in, type by type.</summary>
internal static class RobotValues
{
    /// <summary>Ids that the robot itself has already: what is registered under them never gets a value of its own.</summary>
    private static readonly string[] OwnProperties =
    [
        "Title", "UseSubscription", "IsTimeout", "AuthUserId", "SetStatusMessage", "StatusMessage", "TimeoutDuration", "TimeoutDurationType",
    ];

    public static bool IsOwnProperty(string id) => OwnProperties.Contains(id, StringComparer.OrdinalIgnoreCase);

    /// <summary>The value of a property as the call brings it. Nothing is an empty text.</summary>
    public static JsonNode Externalize(JsonNode? value, JsonObject definition)
    {
        var type = definition["TYPE"].AsText() ?? "string";
        var isMultiple = IsYes(definition["MULTIPLE"]);
        var values = (value.AsList() ?? [value]).Where(item => item is not null).Select(item => One(item, type)).ToList();

        // A user is a list even where only one is allowed.
        if (values.Count > 0 && (isMultiple || type == "user") && !(values.Count == 1 && values[0].AsText() == ""))
        {
            return new JsonArray([.. values]);
        }
        return values.Count > 0 ? values[0] : JsonValue.Create("");
    }

    /// <summary>What an answer's value becomes inside the workflow.</summary>
    public static JsonNode? Internalize(JsonNode? value, JsonObject definition, SandboxPortal portal, SandboxUser user)
    {
        // Values that PHP calls empty are stored as they are.
        if (value.IsEmpty())
        {
            return value?.DeepClone();
        }
        var type = definition["TYPE"].AsText() ?? "string";
        if (IsYes(definition["MULTIPLE"]))
        {
            return new JsonArray([.. (value.AsList() ?? [value]).Select(item => Inside(item, type, portal, user))]);
        }
        return Inside(value.AsList() is { } list ? list[0] : value, type, portal, user);
    }

    public static bool IsYes(JsonNode? value) => value.AsText() is "Y" or "y" or "1" or "true";

    private static JsonValue One(JsonNode? value, string type) => JsonValue.Create(type switch
    {
        "bool" => value.AsText() switch
        {
            "" => "",
            "Y" or "y" or "1" or "true" => "Y",
            _ => "N",
        },
        "user" when value.AsLong() is { } id => $"user_{id}",
        _ => value.AsText() ?? "",
    });

    private static JsonNode? Inside(JsonNode? value, string type, SandboxPortal portal, SandboxUser user) => type switch
    {
        "datetime" or "date" => JsonValue.Create(InsideTime(value.AsText() ?? "", type, portal, user)),
        "bool" => JsonValue.Create(IsYes(value) ? "Y" : "N"),
        _ => value?.DeepClone(),
    };

    /// <summary>Unix seconds are taken exactly. Any other time is read, then shifted by the caller's own zone: an old and lasting trap.</summary>
    private static string InsideTime(string text, string type, SandboxPortal portal, SandboxUser user)
    {
        var format = type == "date" ? "dd.MM.yyyy" : "dd.MM.yyyy HH:mm:ss";
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var unix))
        {
            return DateTimeOffset.FromUnixTimeSeconds(unix).ToOffset(portal.ServerOffset).ToString(format, CultureInfo.InvariantCulture);
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? (time.ToOffset(portal.ServerOffset) + user.ZoneOffset).ToString(format, CultureInfo.InvariantCulture)
            : text;
    }
}
