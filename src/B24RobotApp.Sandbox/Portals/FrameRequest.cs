using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Portals;

/// <summary>The form with which a portal's page loads an application's frame.</summary>
/// <param name="Url">With <c>DOMAIN, PROTOCOL, LANG, APP_SID</c> in its query.</param>
/// <param name="SessionId">The <c>APP_SID</c>, new for each rendering.</param>
/// <param name="Fields">What the form posts.</param>
public sealed record FrameRequest(Uri Url, string SessionId, JsonObject Fields);
