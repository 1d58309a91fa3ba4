using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Events;
using B24RobotApp.Pages;
using B24RobotApp.Portals;

namespace B24RobotApp.Install;

/// <summary>The installation path of the app's card: a page in the portal's frame, or the callback of a card that is "script only".</summary>
internal static partial class InstallEndpoints
{
    public static void MapInstall(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/install", InstallAsync).DisableAntiforgery().ShortCircuit();
        routes.MapMethods("/install", [HttpMethods.Get, HttpMethods.Head], ShowHarmless);
    }

    private static IResult ShowHarmless(HttpRequest request)
    {
        var texts = new PageTexts(request.Query["LANG"]);
        return new Page(texts, texts["title"]).Paragraph(texts["harmless"]).ToWindow();
    }

    internal static async Task<IResult> InstallAsync(
        HttpRequest request, FormReader forms, EventHandling events, Installer installer, PromptRegistration registration, PortalAccess access,
        TimeProvider clock, ILogger<FramePost> logger, CancellationToken cancellationToken)
    {
        var posted = await forms.ReadAsync(request, cancellationToken);
        if (posted.Form is null)
        {
            return Results.Problem(posted.Problem, statusCode: posted.Status);
        }

        if (posted.Form.Text("event") is not null)
        {
            return (IResult)(await events.HandleAsync(posted.Form, cancellationToken)).Result;
        }

        var texts = new PageTexts(request.Query["LANG"]);
        if (!FramePost.TryParse(name => request.Query[name], posted.Form, clock.GetUtcNow(), out var post, out var problem))
        {
            Log.Refused(logger, LogText.Of(request.Query["DOMAIN"]), problem);
            return new Page(texts, texts["install.heading"]).Paragraph(problem, "bad").ToRefusal(access.FrameSourcesOf(request.Query["DOMAIN"]), StatusCodes.Status400BadRequest);
        }

        var result = await installer.InstallAsync(post.ToClaim(), cancellationToken);
        if (result.Portal is not { } portal)
        {
            Log.Refused(logger, LogText.Of(post.Domain), result.Problem ?? "");
            return new Page(texts, texts["install.heading"])
                .Paragraph(texts[result.Problem!], "bad")
                .ToRefusal(access.FrameSourcesOf(post.Domain), StatusCodes.Status403Forbidden);
        }

        Log.Installed(logger, portal.Address.Authority);
        await registration.ReconcileAsync(portal, cancellationToken);
        return new UiPage(texts, "install").ToFrame(portal.Address);
    }

    private static partial class Log
    {
        [LoggerMessage(3601, LogLevel.Information, "Installed on {Portal}")]
        public static partial void Installed(ILogger logger, string portal);

        [LoggerMessage(3602, LogLevel.Warning, "The installation on {Portal} is refused: {Problem}")]
        public static partial void Refused(ILogger logger, string portal, string problem);
    }
}
