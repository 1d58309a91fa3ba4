using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;

namespace B24RobotApp.Bitrix24.Bizproc;

/// <summary>Answers to a robot that waits. Source: bizproc/bizproc-robot/bizproc-event-send.md.</summary>
public static class RobotEvents
{
    /// <summary>
    /// <c>bizproc.event.send</c>: the robot's return values. Sending twice is harmless. An answer of <c>true</c> does not prove that the workflow took them; <c>404</c> says that it is gone,
    /// <c>423</c> that it is locked for a few seconds.
    /// </summary>
    /// <param name="eventToken">As it came with the call.</param>
    /// <param name="values">By return property; booleans <c>Y/N</c>, times as Unix seconds in a text.</param>
    /// <param name="log">A line for the workflow's log.</param>
    public static Call Send(string eventToken, JsonObject values, string log) =>
        new(
            "bizproc.event.send",
            new JsonObject { ["EVENT_TOKEN"] = eventToken, ["RETURN_VALUES"] = values, ["LOG_MESSAGE"] = log },
            Writes: true);
}
