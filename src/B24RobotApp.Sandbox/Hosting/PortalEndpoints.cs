using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Pages;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Hosting;

/// <summary>The addresses of a portal.</summary>
internal sealed class PortalEndpoints(SandboxHost host, SandboxPortal portal)
{
    private readonly RestServer _rest = new(portal, portal.Methods);
    private readonly PortalPages _pages = new(host, portal);

    public Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        // The port tells by which address it was called; one that it had before sends on.
        if (context.Connection.LocalPort != portal.BaseUrl.Port)
        {
            context.Response.StatusCode = StatusCodes.Status302Found;
            context.Response.Headers.Location = new Uri(portal.BaseUrl, path + context.Request.QueryString).ToString();
            return Task.CompletedTask;
        }
        if (path.StartsWith("/rest/", StringComparison.OrdinalIgnoreCase))
        {
            return _rest.HandleAsync(context);
        }
        if (path.TrimEnd('/').Equals("/oauth/authorize", StringComparison.OrdinalIgnoreCase))
        {
            return AuthorizeAsync(context);
        }
        return _pages.HandleAsync(context);
    }

    /// <summary>
    /// Sends the browser back to the application's handler path with a code. If it cannot, the portal shows a page of its own and nothing
    /// reaches the application.
    /// </summary>
    private Task AuthorizeAsync(HttpContext context)
    {
        var clientId = context.Request.Query["client_id"].ToString();
        var app = portal.Applications.FirstOrDefault(app => app.ClientId == clientId && app is { IsActive: true, IsInstalled: true });
        if (app is null || portal.FindUser(portal.BrowserUserId) is not { IsActive: true } user)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return context.Response.WriteAsync("<html><body>Application not found or not available.</body></html>");
        }

        var answer = new JsonObject
        {
            ["code"] = portal.Authorization.IssueCode(app, user.Id),
            ["state"] = context.Request.Query["state"].ToString(),
            ["domain"] = portal.Domain,
            ["member_id"] = portal.MemberId,
            ["scope"] = string.Join(',', app.Scopes),
            ["server_domain"] = portal.Authorization.BaseUrl.Authority,
        };
        var handler = app.Card.HandlerUrl;
        context.Response.Redirect(handler + (handler.Query.Length > 0 ? "&" : "?") + PhpForm.Build(answer));
        return Task.CompletedTask;
    }
}
