using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>What a portal tells those who bound themselves to its events.</summary>
public sealed class PortalEvents
{
    /// <summary>Something happened, such as <c>ONCRMDEALADD</c> with <c>{"FIELDS":{"ID":"15"}}</c>. Called under the portal's lock.</summary>
    public void Raise(string name, JsonObject data)
    {
    }
}
