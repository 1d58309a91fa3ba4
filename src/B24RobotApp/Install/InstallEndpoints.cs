using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Events;
using B24RobotApp.Pages;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Install;

/// <summary>The installation path of the app's card: a page in the portal's frame, or the callback of a card that is "script only".</summary>
internal static partial class InstallEndpoints
{
    public static void MapInstall(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/install", InstallAsync).DisableAntiforgery().ShortCircuit();
        routes.MapMethods("/install", [HttpMethods.Get, HttpMethods.Head], ShowHarmless);
        routes.MapPost("/install/credentials", SaveCredentialsAsync).DisableAntiforgery().ShortCircuit();
    }

    private static IResult ShowHarmless(HttpRequest request)
    {
        var texts = new PageTexts(request.Query["LANG"]);
        return new Page(texts, texts["title"]).Paragraph(texts["harmless"]).ToWindow();
    }

    internal static async Task<IResult> InstallAsync(
        HttpRequest request, FormReader forms, EventHandling events, Installer installer, PromptRegistration registration, PortalStore portals, PortalAccess access,
        PageTickets tickets, TimeProvider clock, ILogger<FramePost> logger, CancellationToken cancellationToken)
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
            return new Page(texts, texts["install.heading"]).Paragraph(problem, "bad").ToRefusal(access.FrameSources, StatusCodes.Status400BadRequest);
        }

        var result = await installer.InstallAsync(post.ToClaim(), cancellationToken);
        if (result.Portal is not { } portal)
        {
            Log.Refused(logger, LogText.Of(post.Domain), result.Problem ?? "");
            return new Page(texts, texts["install.heading"])
                .Paragraph(texts[result.Problem!], "bad")
                .ToRefusal(access.FrameSources, StatusCodes.Status403Forbidden);
        }

        Log.Installed(logger, portal.Address.Authority);
        var registered = await registration.ReconcileAsync(portal, cancellationToken);
        portal = await portals.FindAsync(portal.Id, cancellationToken) ?? portal;
        var page = new Page(texts, texts["install.heading"])
            .Data("ticket", tickets.Issue(new TokenOwner(portal.MemberId, result.UserId)))
            .Data("portal", portal.Address.GetLeftPart(UriPartial.Authority))
            .Paragraph(texts[registered], registered == PromptRegistration.Done ? "good" : "bad");
        CredentialsForm.AddTo(page, texts, portal);
        return page.Heading(texts["finish.heading"])
            .Paragraph(texts["finish.explain"])
            .Add($"<button id=\"finish\">{Page.Encode(texts["finish"])}</button>")
            .ToFrame(portal.Address);
    }

    /// <summary>Client id and secret as the page sends them.</summary>
    internal sealed record CredentialsInput(string? Ticket, string? ClientId, string? ClientSecret);

    /// <summary>The answer to the page: whether they are stored, and a sentence for the person.</summary>
    internal sealed record CredentialsAnswer(bool Saved, string Message);

    internal static async Task<IResult> SaveCredentialsAsync(
        CredentialsInput input, Installer installer, PortalStore portals, PageTickets tickets, HttpRequest request, CancellationToken cancellationToken)
    {
        var administrator = tickets.Read(input.Ticket);
        var portal = administrator is { } owner ? await portals.FindAsync(owner.Member, cancellationToken) : null;
        var texts = new PageTexts(portal?.Language ?? request.Headers.AcceptLanguage.ToString().Split('-', ',', ';')[0]);
        if (administrator is null || portal is null or { State: PortalState.Uninstalled })
        {
            return TypedResults.Json(new CredentialsAnswer(false, texts["credentials.reopen"]), statusCode: StatusCodes.Status403Forbidden);
        }

        if (string.IsNullOrWhiteSpace(input.ClientId) || string.IsNullOrWhiteSpace(input.ClientSecret))
        {
            return TypedResults.Json(new CredentialsAnswer(false, texts["credentials.empty"]), statusCode: StatusCodes.Status400BadRequest);
        }

        var problem = await installer.SaveCredentialsAsync(
            portal, administrator.Value.UserId, new ApplicationCredentials(input.ClientId.Trim(), new ClientSecret(input.ClientSecret.Trim())), cancellationToken);
        return problem is null
            ? TypedResults.Ok(new CredentialsAnswer(true, texts["credentials.saved"]))
            : TypedResults.Json(new CredentialsAnswer(false, texts[problem]), statusCode: StatusCodes.Status422UnprocessableEntity);
    }

    private static partial class Log
    {
        [LoggerMessage(3601, LogLevel.Information, "Installed on {Portal}")]
        public static partial void Installed(ILogger logger, string portal);

        [LoggerMessage(3602, LogLevel.Warning, "The installation on {Portal} is refused: {Problem}")]
        public static partial void Refused(ILogger logger, string portal, string problem);
    }
}
