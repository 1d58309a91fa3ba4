using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;

namespace B24RobotApp.Bitrix24.Bizproc;

/// <summary>Answers to a robot that waits; any user's token of the app will do. Source: bizproc/bizproc-robot/bizproc-event-send.md, bizproc/bizproc-activity/bizproc-activity-log.md.</summary>
public static class RobotEvents
{
    /// <summary>
    /// <c>bizproc.event.send</c>: the robot's return values. Sending twice is harmless. An answer of <c>true</c> does not prove that the workflow took them; <c>404</c> says that it is gone,
    /// <c>423</c> that it is locked for a few seconds, <c>ACCESS_DENIED</c> that the event token is not the portal's.
    /// </summary>
    /// <param name="eventToken">As it came with the call.</param>
    /// <param name="values">
    /// By return property; unknown ones are ignored. Numbers as numbers, texts as texts, flags, times and users spelled by <see cref="Flag"/>, <see cref="Time"/> and <see cref="User"/>, lists as lists.
    /// </param>
    /// <param name="log">A line for the workflow's log.</param>
    public static Call Send(string eventToken, JsonObject values, string log) =>
        new(
            "bizproc.event.send",
            new JsonObject { ["EVENT_TOKEN"] = eventToken, ["RETURN_VALUES"] = values, ["LOG_MESSAGE"] = log },
            Writes: true);

    /// <summary><c>bizproc.activity.log</c>: a line for the workflow's log; the robot goes on waiting. An empty line is refused with <c>ERROR_EMPTY_LOG_MESSAGE</c>.</summary>
    public static Call Log(string eventToken, string message) =>
        new("bizproc.activity.log", new JsonObject { ["EVENT_TOKEN"] = eventToken, ["LOG_MESSAGE"] = message }, Writes: true);

    /// <summary>A return value of the type <c>bool</c>.</summary>
    public static string Flag(bool value) => value ? "Y" : "N";

    /// <summary>
    /// A return value of the type <c>datetime</c>: Unix seconds in a text, the only spelling that no user's time zone shifts and no portal's culture misreads. Source: portal sources (<c>Value\DateTime</c>).
    /// </summary>
    public static string Time(DateTimeOffset value) => value.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>A return value of the type <c>user</c>.</summary>
    public static string User(long userId) => string.Create(CultureInfo.InvariantCulture, $"user_{userId}");
}
