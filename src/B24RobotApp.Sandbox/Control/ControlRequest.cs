using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.OAuth;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Control;

/// <summary>A request to the control interface: what stands in its path, query and body.</summary>
internal sealed class ControlRequest(HttpContext context, SandboxHost host, JsonObject body)
{
    public SandboxHost Host => host;

    public JsonObject Body => body;

    public CancellationToken Aborted => context.RequestAborted;

    /// <exception cref="ControlError">There is no such portal.</exception>
    public SandboxPortal Portal => host.Portals.TryGetValue(Route("portal"), out var portal)
        ? portal
        : throw new ControlError(404, $"There is no portal {Route("portal")}.");

    public OAuthServer OAuthServer => host.OAuthServer;

    /// <exception cref="ControlError">There is no such application.</exception>
    public AppInstallation Application => Portal.Applications.FirstOrDefault(app => app.ClientId == Route("client"))
        ?? throw new ControlError(404, $"There is no application {Route("client")}.");

    public long DealId => long.TryParse(Route("id"), CultureInfo.InvariantCulture, out var id) && Portal.Run(() => Portal.Crm.FindDeal(id)) is not null
        ? id
        : throw new ControlError(404, $"There is no deal {Route("id")}.");

    public string Route(string name) => context.Request.RouteValues[name]?.ToString() ?? "";

    public string? Query(string name) => context.Request.Query[name];

    /// <exception cref="ControlError">It is not there.</exception>
    public string Text(string name) => body[name].AsText() is { Length: > 0 } text ? text : throw new ControlError(400, $"\"{name}\" is missing.");

    public string Text(string name, string otherwise) => body[name].AsText() ?? otherwise;

    public long Number(string name, long otherwise) => body[name].AsLong() ?? otherwise;

    public bool? Flag(string name) => body[name] is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    /// <summary>A time in seconds, whole or with a fraction.</summary>
    public TimeSpan? Seconds(string name) =>
        double.TryParse(body[name].AsText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;

    public IEnumerable<string> Texts(string name) => (body[name].AsList() ?? []).Select(item => item.AsText() ?? "");

    /// <exception cref="ControlError">It is no address.</exception>
    public Uri Address(string name) => Uri.TryCreate(Text(name), UriKind.Absolute, out var url) ? url : throw new ControlError(400, $"\"{name}\" is no address.");

    /// <exception cref="ControlError">There is no such value.</exception>
    public T Choice<T>(string name) where T : struct, Enum => Enum.TryParse<T>(Text(name), ignoreCase: true, out var value)
        ? value
        : throw new ControlError(400, $"\"{name}\" is one of {string.Join(", ", Enum.GetNames<T>())}.");
}
