using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Install;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Pages;

/// <summary>The main page in the portal's frame. Opening it is also how a portal that was disconnected comes back.</summary>
internal static partial class AppEndpoints
{
    public static void MapApp(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/app", ShowAsync).DisableAntiforgery().ShortCircuit();

        // A sign-in returns here too, and never comes this far: the authentication handler answers it.
        routes.MapMethods("/app", [HttpMethods.Get, HttpMethods.Head], ShowHarmless);
        routes.MapGet("/app-manifest", (ManifestText manifest) => Results.Text(manifest.Write(), "text/plain; charset=utf-8"));
    }

    private static IResult ShowHarmless(HttpRequest request)
    {
        var texts = new PageTexts(request.Query["LANG"]);
        return new Page(texts, texts["title"]).Paragraph(texts["harmless"]).ToWindow();
    }

    internal static async Task<IResult> ShowAsync(
        HttpRequest request, FormReader forms, Installer installer, PromptRegistration registration, TransferList transfers, ConnectionStore connections,
        PortalAccess access, PageTickets tickets, TimeProvider clock, ILogger<FramePost> logger, CancellationToken cancellationToken)
    {
        var posted = await forms.ReadAsync(request, cancellationToken);
        if (posted.Form is null)
        {
            return Results.Problem(posted.Problem, statusCode: posted.Status);
        }

        var texts = new PageTexts(request.Query["LANG"]);
        if (!FramePost.TryParse(name => request.Query[name], posted.Form, clock.GetUtcNow(), out var post, out var problem))
        {
            Log.Refused(logger, LogText.Of(request.Query["DOMAIN"]), problem);
            return new Page(texts, texts["app.failed"]).Paragraph(problem, "bad").ToRefusal(access.FrameSources, StatusCodes.Status400BadRequest);
        }

        var result = await installer.OpenAsync(post.ToClaim(), cancellationToken);
        if (result.Portal is not { } portal)
        {
            Log.Refused(logger, LogText.Of(post.Domain), result.Problem ?? "");
            return new Page(texts, texts["app.failed"])
                .Paragraph(texts[result.Problem!], "bad")
                .ToRefusal(access.FrameSources, StatusCodes.Status403Forbidden);
        }

        var page = new Page(texts, texts["title"]).Data("portal", portal.Address.GetLeftPart(UriPartial.Authority));
        if (portal.State == PortalState.Disconnected)
        {
            page.Paragraph(texts["app.disconnected"], "bad");
        }

        if (result.IsAdministrator)
        {
            var registered = await registration.ReconcileAsync(portal, cancellationToken);
            page.Paragraph(texts[registered], registered == PromptRegistration.Done ? "good" : "bad")
                .Data("ticket", tickets.Issue(new TokenOwner(portal.MemberId, result.UserId)));
            if (!portal.HasCredentials)
            {
                CredentialsForm.AddTo(page, texts, portal);
            }
        }

        AddConnections(page, texts, await connections.UsableByAsync(portal, cancellationToken));
        await transfers.AddToAsync(page, texts, portal, cancellationToken);
        return page.ToFrame(portal.Address);
    }

    private static void AddConnections(Page page, PageTexts texts, IReadOnlyList<EsbConnection> usable)
    {
        page.Heading(texts["app.connections"]);
        if (usable.Count == 0)
        {
            page.Paragraph(texts["app.connections.none"], "bad");
            return;
        }

        page.Add($"<ul>{string.Concat(usable.Select(connection => $"<li>{Page.Encode(connection.Name)} <code>{Page.Encode(connection.Code)}</code></li>"))}</ul>");
    }

    private static partial class Log
    {
        [LoggerMessage(3701, LogLevel.Warning, "The app's page is refused to {Portal}: {Problem}")]
        public static partial void Refused(ILogger logger, string portal, string problem);
    }
}
