using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Install;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Connections;

namespace B24RobotApp.Pages;

/// <summary>The main page in the portal's frame. Opening it is also how a portal that was disconnected comes back.</summary>
internal static partial class AppEndpoints
{
    public static void MapApp(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/app", ShowAsync).DisableAntiforgery();

        // A sign-in returns here too, and never comes this far: the authentication handler answers it.
        routes.MapGet("/app", ShowHarmless);
        routes.MapGet("/app-manifest", (ManifestText manifest) => Results.Text(manifest.Write(), "text/plain; charset=utf-8"));
    }

    private static IResult ShowHarmless(HttpRequest request)
    {
        var texts = new PageTexts(request.Query["LANG"]);
        return new Page(texts, texts["title"]).Paragraph(texts["harmless"]).ToResult(null);
    }

    internal static async Task<IResult> ShowAsync(
        HttpRequest request, FormReader forms, Installer installer, RegistrationWorker registration, TransferList transfers, ConnectionStore connections,
        PortalAccess access, TimeProvider clock, ILogger<FramePost> logger, CancellationToken cancellationToken)
    {
        var posted = await forms.ReadAsync(request, cancellationToken);
        if (posted.Form is null)
        {
            return Results.Problem(posted.Problem, statusCode: posted.Status);
        }

        if (!FramePost.TryParse(name => request.Query[name], posted.Form, clock.GetUtcNow(), out var post, out var problem))
        {
            return Results.Problem(problem, statusCode: StatusCodes.Status400BadRequest);
        }

        var texts = new PageTexts(post.Language);
        var result = await installer.OpenAsync(post.ToClaim(), cancellationToken);
        if (result.Portal is not { } portal)
        {
            Log.Refused(logger, LogText.Of(post.Domain), result.Problem ?? "");
            return new Page(texts, texts["app.failed"])
                .Paragraph(texts[result.Problem!], "bad")
                .ToResult(access.Find(post.Domain, post.IsHttps), StatusCodes.Status403Forbidden);
        }

        registration.Ask(portal);
        var page = new Page(texts, texts["title"]);
        var usable = await connections.UsableByAsync(portal, cancellationToken);
        page.Add($"<h2>{Page.Encode(texts["app.connections"])}</h2>");
        if (usable.Count == 0)
        {
            page.Paragraph(texts["app.connections.none"], "bad");
        }
        else
        {
            page.Add($"<ul>{string.Concat(usable.Select(connection => $"<li>{Page.Encode(connection.Name)} <code>{Page.Encode(connection.Code)}</code></li>"))}</ul>");
        }

        await transfers.AddToAsync(page, texts, portal, cancellationToken);
        return page.ToResult(portal.Address);
    }

    private static partial class Log
    {
        [LoggerMessage(3701, LogLevel.Warning, "The app's page is refused to {Portal}: {Problem}")]
        public static partial void Refused(ILogger logger, string portal, string problem);
    }
}
