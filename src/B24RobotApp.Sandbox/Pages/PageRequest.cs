using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Frames;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>A request of the one who sits before the portal: query, form, language.</summary>
internal sealed class PageRequest(HttpContext context, SandboxHost host, SandboxPortal portal, OpenFrames frames, JsonObject form)
{
    public SandboxHost Host => host;

    public SandboxPortal Portal => portal;

    public OpenFrames Frames => frames;

    /// <summary>What was posted; lists by <c>name[]</c>.</summary>
    public JsonObject Form => form;

    public PortalTexts Texts { get; } = new(portal.Settings.Language);

    public string Path => context.Request.Path.Value!;

    public string PathAndQuery => Path + context.Request.QueryString;

    /// <summary>Who sits before the portal.</summary>
    /// <exception cref="PageProblem">Nobody, or someone who was dismissed.</exception>
    public SandboxUser User => portal.FindUser(portal.BrowserUserId) is { IsActive: true } user
        ? user
        : throw new PageProblem(Texts["user.nobody"], StatusCodes.Status403Forbidden);

    /// <summary>Inside a slider: the page alone, without the portal's menu.</summary>
    public bool IsInSlider => Query("IFRAME") == "Y";

    public string? Query(string name) => context.Request.Query[name];

    public int QueryNumber(string name) => int.TryParse(Query(name), CultureInfo.InvariantCulture, out var number) ? number : 0;

    public string Text(string name) => form[name].AsText()?.Trim() ?? "";

    public IReadOnlyList<string> Many(string name) => [.. (form[name].AsList() ?? []).Select(value => value.AsText() ?? "").Where(text => text.Length > 0)];

    public long Number(string name) => form[name].AsLong() ?? 0;

    /// <summary>The same page inside a slider stays there.</summary>
    public string Stay(string path) => IsInSlider ? $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}IFRAME=Y" : path;

    public AppInstallation Application(string id) => portal.Applications.FirstOrDefault(app => app.Id.ToString(CultureInfo.InvariantCulture) == id)
        ?? throw new PageProblem(Texts["app.unknown"]);

    /// <summary>What only administrators may.</summary>
    /// <exception cref="PageProblem">The one before the portal is none.</exception>
    public void RequireAdministrator()
    {
        if (!User.IsAdmin)
        {
            throw new PageProblem(Texts["user.administrator"], StatusCodes.Status403Forbidden);
        }
    }
}
