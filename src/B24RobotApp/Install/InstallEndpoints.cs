using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Events;
using B24RobotApp.Pages;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;
using Microsoft.AspNetCore.DataProtection;

namespace B24RobotApp.Install;

/// <summary>The installation path of the app's card: a page in the portal's frame, or the callback of a card that is "script only".</summary>
internal static partial class InstallEndpoints
{
    private static readonly TimeSpan TicketLife = TimeSpan.FromMinutes(30);

    public static void MapInstall(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/install", InstallAsync).DisableAntiforgery();
        routes.MapGet("/install", ShowHarmless);
        routes.MapPost("/install/credentials", SaveCredentialsAsync).DisableAntiforgery();
    }

    private static IResult ShowHarmless(HttpRequest request)
    {
        var texts = new PageTexts(request.Query["LANG"]);
        return new Page(texts, texts["title"]).Paragraph(texts["harmless"]).ToResult(null);
    }

    internal static async Task<IResult> InstallAsync(
        HttpRequest request, FormReader forms, EventHandling events, Installer installer, Registration registration, RegistrationWorker worker,
        PortalStore portals, PortalAccess access, IDataProtectionProvider protection, TimeProvider clock, ILogger<FramePost> logger, CancellationToken cancellationToken)
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

        if (!FramePost.TryParse(name => request.Query[name], posted.Form, clock.GetUtcNow(), out var post, out var problem))
        {
            Log.Refused(logger, LogText.Of(request.Query["DOMAIN"]), problem);
            return Results.Problem(problem, statusCode: StatusCodes.Status400BadRequest);
        }

        var texts = new PageTexts(post.Language);
        var result = await installer.InstallAsync(post.ToClaim(), cancellationToken);
        if (result.Portal is not { } portal)
        {
            Log.Refused(logger, LogText.Of(post.Domain), result.Problem ?? "");
            return new Page(texts, texts["install.heading"])
                .Paragraph(texts[result.Problem!], "bad")
                .ToResult(access.Find(post.Domain, post.IsHttps), StatusCodes.Status403Forbidden);
        }

        Log.Installed(logger, portal.Address.Authority);
        var registered = await registration.ReconcileAsync(portal, cancellationToken);

        // The ESB's fields and what it already holds are got ready meanwhile.
        worker.Ask(portal);
        portal = await portals.FindAsync(portal.Id, cancellationToken) ?? portal;
        var ticket = protection.CreateProtector("install").ToTimeLimitedDataProtector().Protect(portal.MemberId.Value, TicketLife);
        return Show(texts, portal, registered, ticket);
    }

    private static IResult Show(PageTexts texts, Portal portal, bool registered, string ticket)
    {
        var page = new Page(texts, texts["install.heading"])
            .Data("ticket", ticket)
            .Data("portal", portal.Address.GetLeftPart(UriPartial.Authority))
            .Paragraph(registered ? texts["install.robot.yes"] : texts["install.robot.no"], registered ? "good" : "bad")
            .Add($"<h2>{Page.Encode(texts["credentials.heading"])}</h2>");
        if (portal.HasCredentials)
        {
            page.Paragraph(texts["credentials.known"], "good");
        }
        else
        {
            page.Paragraph(texts["credentials.explain"])
                .Add($"""
                <form id="credentials">
                <label>client_id <input name="clientId" autocomplete="off" required value="{Page.Encode(portal.ClientId)}"></label>
                <label>client_secret <input name="clientSecret" type="password" autocomplete="off" required></label>
                <button>{Page.Encode(texts["credentials.save"])}</button>
                <p id="credentials-result" role="status"></p>
                </form>
                """);
        }

        return page
            .Add($"<h2>{Page.Encode(texts["finish.heading"])}</h2>")
            .Paragraph(texts["finish.explain"])
            .Add($"<button id=\"finish\">{Page.Encode(texts["finish"])}</button>")
            .ToResult(portal.Address);
    }

    /// <summary>Client id and secret as the page sends them.</summary>
    internal sealed record CredentialsInput(string? Ticket, string? ClientId, string? ClientSecret);

    /// <summary>The answer to the page: whether they are stored, and a sentence for the person.</summary>
    internal sealed record CredentialsAnswer(bool Saved, string Message);

    internal static async Task<IResult> SaveCredentialsAsync(
        CredentialsInput input, Installer installer, PortalStore portals, IDataProtectionProvider protection, HttpRequest request, CancellationToken cancellationToken)
    {
        var portal = await FindByTicketAsync(input.Ticket, portals, protection, cancellationToken);
        var texts = new PageTexts(portal?.Language ?? request.Headers.AcceptLanguage.ToString().Split('-', ',')[0]);
        if (portal is null)
        {
            return TypedResults.Json(new CredentialsAnswer(false, texts["credentials.reopen"]), statusCode: StatusCodes.Status403Forbidden);
        }

        if (string.IsNullOrWhiteSpace(input.ClientId) || string.IsNullOrWhiteSpace(input.ClientSecret))
        {
            return TypedResults.Json(new CredentialsAnswer(false, texts["credentials.empty"]), statusCode: StatusCodes.Status400BadRequest);
        }

        var problem = await installer.SaveCredentialsAsync(
            portal, new ApplicationCredentials(input.ClientId.Trim(), new ClientSecret(input.ClientSecret.Trim())), cancellationToken);
        return problem is null
            ? TypedResults.Ok(new CredentialsAnswer(true, texts["credentials.saved"]))
            : TypedResults.Json(new CredentialsAnswer(false, texts[problem]), statusCode: StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>The page got its ticket when its portal and administrator were confirmed; no cookie would survive in a frame.</summary>
    private static async Task<Portal?> FindByTicketAsync(
        string? ticket, PortalStore portals, IDataProtectionProvider protection, CancellationToken cancellationToken)
    {
        try
        {
            var member = protection.CreateProtector("install").ToTimeLimitedDataProtector().Unprotect(ticket ?? "");
            return MemberId.TryParse(member, out var memberId) ? await portals.FindAsync(memberId, cancellationToken) : null;
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            // Forged or over.
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3601, LogLevel.Information, "Installed on {Portal}")]
        public static partial void Installed(ILogger logger, string portal);

        [LoggerMessage(3602, LogLevel.Warning, "The installation on {Portal} is refused: {Problem}")]
        public static partial void Refused(ILogger logger, string portal, string problem);
    }
}
