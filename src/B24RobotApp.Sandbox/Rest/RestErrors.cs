using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>The errors that the rest module itself has, with their texts and statuses.</summary>
public static class RestErrors
{
    /// <summary>Denied, for a reason or without one.</summary>
    public static RestError AccessDenied(string reason = "") =>
        new("ACCESS_DENIED", reason.Length == 0 ? "Access denied!" : $"Access denied! {reason}", 403);

    /// <summary>The method wants the token of an application.</summary>
    public static RestError WrongAuthType(string reason = "") =>
        new("WRONG_AUTH_TYPE", $"Current authorization type is denied for this method {reason}".TrimEnd(), 403);

    /// <summary>A parameter is missing.</summary>
    public static RestError ArgumentNull(string argument, int status = 400) =>
        new("ERROR_ARGUMENT", $"Argument '{argument}' is null or empty", status) { Extra = new JsonObject { ["argument"] = argument } };

    /// <summary>A parameter is wrong.</summary>
    public static RestError Argument(string message, string argument, int status = 400) =>
        new("ERROR_ARGUMENT", message, status) { Extra = new JsonObject { ["argument"] = argument } };

    /// <summary>The core module says no.</summary>
    public static RestError Core(string message) => new("ERROR_CORE", message);
}
