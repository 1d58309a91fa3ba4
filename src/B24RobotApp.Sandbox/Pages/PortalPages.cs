using System.Reflection;
using B24RobotApp.Sandbox.Frames;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>
/// The portal as a person sees it in a browser, on the portal's own address: applications' frames take messages from nowhere else. The
/// paths of deals are those of a portal, since links and <c>openPath</c> use them.
/// </summary>
internal sealed class PortalPages(SandboxHost host, SandboxPortal portal)
{
    private static readonly Dictionary<string, PageAnswer.File> Files = new(StringComparer.Ordinal)
    {
        ["portal.css"] = Read("portal.css", "text/css"),
        ["portal.js"] = Read("portal.js", "text/javascript"),
        ["frame.js"] = Read("frame.js", "text/javascript"),
    };

    private readonly OpenFrames _frames = new(portal);

    public async Task HandleAsync(HttpContext context)
    {
        var isPost = HttpMethods.IsPost(context.Request.Method);
        var form = isPost ? await RequestReader.ReadAsync(context.Request) : [];
        var request = new PageRequest(context, host, portal, _frames, form);
        await Answer(context.Request, request).WriteAsync(context);
    }

    private PageAnswer Answer(HttpRequest http, PageRequest request)
    {
        try
        {
            var path = http.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (!HttpMethods.IsPost(http.Method))
            {
                return Show(request, path);
            }
            // An application's page could post forms here too; a portal's forms carry a session's secret against that.
            return http.Headers.Origin == portal.BaseUrl.GetLeftPart(UriPartial.Authority)
                ? Take(request, path)
                : throw new PageProblem(request.Texts["origin"], StatusCodes.Status403Forbidden);
        }
        catch (PageProblem problem)
        {
            return Layout.Problem(request, problem);
        }
        catch (RestError error)
        {
            return Layout.Problem(request, new PageProblem(error.Description, StatusCodes.Status400BadRequest));
        }
        catch (InvalidOperationException exception)
        {
            return Layout.Problem(request, new PageProblem(exception.Message, StatusCodes.Status409Conflict));
        }
    }

    private static PageAnswer Show(PageRequest request, string[] path) => path switch
    {
        [] => new PageAnswer.GoTo("/crm/deal/kanban/category/0/"),
        [var file] when Files.TryGetValue(file, out var found) => found,
        ["crm", "deal", "kanban", "category", var category] => KanbanPage.Show(request, category),
        ["crm", "deal", "details", var deal] => DealPage.Show(request, deal),
        ["crm", "deal", "recyclebin"] => RecycleBinPage.Show(request),
        ["crm", "deal", "automation", var category] => DesignerPage.Show(request, category),
        ["marketplace", "app" or "view", var application] => ApplicationPage.Show(request, application),
        ["devops"] => DevelopersPage.Show(request),
        ["devops", "application", var application] => DevelopersPage.ShowCard(request, application),
        ["devops", "widget", var binding] => WidgetPage.Show(request, binding),
        _ => throw new PageProblem(request.Texts["page.unknown"]),
    };

    private static PageAnswer Take(PageRequest request, string[] path) => path switch
    {
        ["sandbox", "view"] => ChangeView(request),
        ["sandbox", "frame", var session, var action] => FrameActions.Run(request, session, action),
        ["crm", "deal", "details", var deal, "stage"] => DealPage.Move(request, deal),
        ["crm", "deal", "details", var deal, "save"] => DealPage.Save(request, deal),
        ["crm", "deal", "details", var deal, "delete"] => DealPage.Delete(request, deal),
        ["crm", "deal", "details", var deal, "merge"] => DealPage.Merge(request, deal),
        ["crm", "deal", "recyclebin", var deal, "restore"] => RecycleBinPage.Restore(request, deal),
        ["crm", "deal", "details", var deal, "row"] => DealPage.AddRow(request, deal),
        ["crm", "deal", "details", var deal, "comment"] => DealPage.AddComment(request, deal),
        ["crm", "deal", "automation", var category, "save"] => DesignerPage.Save(request, category),
        ["crm", "deal", "automation", var category, "remove"] => DesignerPage.Remove(request, category),
        ["devops", "application"] => DevelopersPage.AddApplication(request),
        ["devops", "application", var application, "save"] => DevelopersPage.SaveAgain(request, application),
        ["devops", "application", var application, "delete"] => DevelopersPage.Delete(request, application),
        ["devops", "webhook"] => DevelopersPage.AddWebhook(request),
        ["devops", "webhook", var webhook, "delete"] => DevelopersPage.DeleteWebhook(request, webhook),
        ["devops", "outgoing"] => DevelopersPage.AddOutgoing(request),
        ["devops", "outgoing", var webhook, "delete"] => DevelopersPage.DeleteOutgoing(request, webhook),
        _ => throw new PageProblem(request.Texts["page.unknown"]),
    };

    /// <summary>Who looks, in which language, and how bright.</summary>
    private static PageAnswer.GoTo ChangeView(PageRequest request)
    {
        var settings = request.Portal.Settings;
        if (request.Portal.FindUser(request.Number("user")) is { IsActive: true } user)
        {
            request.Portal.BrowserUserId = user.Id;
        }
        settings.Language = request.Text("language") is { Length: > 0 } language ? language : settings.Language;
        settings.IsDark = request.Text("theme") is { Length: > 0 } theme ? theme == "dark" : settings.IsDark;
        var back = request.Text("back");
        return new PageAnswer.GoTo(back.StartsWith('/') && !back.StartsWith("//", StringComparison.Ordinal) ? back : "/");
    }

    private static PageAnswer.File Read(string file, string contentType)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Web/{file}")!; // embedded by the project file
        var content = new byte[resource.Length];
        resource.ReadExactly(content);
        return new PageAnswer.File(contentType, content);
    }
}
