using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>What an application tells a waiting robot.</summary>
internal sealed record RobotAnswer(JsonObject Values, string? LogMessage, SandboxUser User)
{
    /// <summary>Only the log is written; the robot goes on waiting.</summary>
    public bool IsLogOnly { get; init; }
}
