using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Install;
using B24RobotApp.Portals;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Portals;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Events;

/// <summary>The app's own events: installed by callback, updated, uninstalled. Source: common/events/*.md.</summary>
internal static partial class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder routes) => routes.MapPost("/events", HandleAsync).DisableAntiforgery();

    internal static async Task<Results<Ok, ProblemHttpResult, StatusCodeHttpResult>> HandleAsync(
        HttpRequest request, FormReader forms, EventHandling handling, CancellationToken cancellationToken)
    {
        var posted = await forms.ReadAsync(request, cancellationToken);
        return posted.Form is null
            ? TypedResults.Problem(posted.Problem, statusCode: posted.Status)
            : await handling.HandleAsync(posted.Form, cancellationToken);
    }
}

/// <summary>What the app does when a portal tells it something.</summary>
internal sealed partial class EventHandling(
    PortalStore portals, Installer installer, RegistrationWorker registration, IOptions<AppOptions> options, TimeProvider clock,
    ILogger<EventHandling> logger)
{
    public async Task<Results<Ok, ProblemHttpResult, StatusCodeHttpResult>> HandleAsync(PhpForm form, CancellationToken cancellationToken)
    {
        if (!PortalEvent.TryParse(form, clock.GetUtcNow(), out var portalEvent, out var problem))
        {
            Log.Refused(logger, LogText.Of(form["auth"]?.Text("domain")), problem);
            return TypedResults.Problem(problem, statusCode: StatusCodes.Status400BadRequest);
        }

        if (portalEvent.Name == "ONAPPINSTALL")
        {
            return await InstallAsync(portalEvent, cancellationToken);
        }

        var portal = await portals.FindAsync(portalEvent.Auth.MemberId, cancellationToken);
        if (portal is null || !await portals.IsApplicationTokenAsync(portal.Id, portalEvent.Auth.ApplicationToken, cancellationToken))
        {
            Log.NotTrusted(logger, portalEvent.Name, LogText.Of(portalEvent.Auth.Domain));
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        switch (portalEvent.Name)
        {
            case "ONAPPUNINSTALL":
                await portals.UninstallAsync(portal.Id, portalEvent.Clean ? clock.GetUtcNow() + options.Value.EraseAfter : null, cancellationToken);
                Log.Uninstalled(logger, portal.Address.Authority, portalEvent.Clean);
                break;
            case "ONAPPUPDATE":
                registration.Ask(portal);
                break;
            default:
                // Nothing else was bound; an event too many is no error.
                break;
        }

        return TypedResults.Ok();
    }

    /// <summary>The callback of a card that is "script only".</summary>
    private async Task<Results<Ok, ProblemHttpResult, StatusCodeHttpResult>> InstallAsync(PortalEvent portalEvent, CancellationToken cancellationToken)
    {
        var auth = portalEvent.Auth;
        if (auth.Domain is not { Length: > 0 } host)
        {
            return TypedResults.Problem("auth[domain] is missing.", statusCode: StatusCodes.Status400BadRequest);
        }

        var result = await installer.InstallAsync(
            new InstallClaim
            {
                Host = host,
                MemberId = auth.MemberId,
                Tokens = auth.Tokens,
                ServerEndpoint = auth.ServerEndpoint,
                ApplicationToken = auth.ApplicationToken,
                Language = portalEvent.Language ?? "en",
            },
            cancellationToken);
        if (result.Portal is null)
        {
            Log.NotInstalled(logger, LogText.Of(host), result.Problem ?? "");
            return TypedResults.StatusCode(result.Problem == "install.later" ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status403Forbidden);
        }

        Log.Installed(logger, result.Portal.Address.Authority);
        registration.Ask(result.Portal);
        return TypedResults.Ok();
    }

    private static partial class Log
    {
        [LoggerMessage(3501, LogLevel.Information, "Installed on {Portal}")]
        public static partial void Installed(ILogger logger, string portal);

        [LoggerMessage(3502, LogLevel.Information, "Uninstalled from {Portal}; data is to be deleted: {Clean}. What is under way is finished")]
        public static partial void Uninstalled(ILogger logger, string portal, bool clean);

        [LoggerMessage(3503, LogLevel.Warning, "The event {Event} in the name of {Portal} is refused: the portal is unknown or its application token is another")]
        public static partial void NotTrusted(ILogger logger, string @event, string portal);

        [LoggerMessage(3504, LogLevel.Warning, "An event from {Portal} is refused: {Problem}")]
        public static partial void Refused(ILogger logger, string portal, string problem);

        [LoggerMessage(3505, LogLevel.Warning, "The installation on {Portal} is refused: {Problem}")]
        public static partial void NotInstalled(ILogger logger, string portal, string problem);
    }
}
