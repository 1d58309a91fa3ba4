using B24RobotApp.Sandbox.Frames;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>An application's own page from the left menu: its installation page until that is finished, then its main page.</summary>
internal static class ApplicationPage
{
    public static PageAnswer Show(PageRequest request, string id)
    {
        var app = request.Application(id);
        if (app.Card.IsScriptOnly)
        {
            throw new PageProblem(request.Texts["app.scriptOnly"]);
        }
        if (!app.IsInstalled && !request.User.IsAdmin)
        {
            throw new PageProblem(request.Texts["app.notInstalled"], StatusCodes.Status403Forbidden);
        }

        var options = (RequestReader.ParseJson(System.Text.Encoding.UTF8.GetBytes(request.Query("options") ?? "")));
        if (request.IsInSlider)
        {
            options["IFRAME"] = "Y";
        }
        return Layout.Page(request, app.Card.Name, FrameView.Render(request, app, options: options.Count > 0 ? options : null), "wide");
    }
}
