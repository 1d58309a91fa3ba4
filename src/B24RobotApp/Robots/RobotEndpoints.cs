using System.Diagnostics;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Install;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Robots;

/// <summary>The robots' handler addresses: a portal's queue posts here when a deal reaches the stage. It posts once and never again.</summary>
internal static partial class RobotEndpoints
{
    /// <summary>Bytes of a call that stands on the disk before it is believed.</summary>
    private const int LongestDoubtful = 256 * 1024;

    /// <summary>Calls that nobody has vouched for are not kept beside the database while so many wait there.</summary>
    private const int MostDoubtfulSpared = 1000;

    public static void MapRobots(this IEndpointRouteBuilder routes)
    {
        // Where several servers share a database, it may be away while a server is well.
        var spare = routes.ServiceProvider.GetService<SpareInbox>();
        var inboxes = routes.ServiceProvider.GetServices<IRobotInbox>().ToDictionary(inbox => inbox.RobotCode, StringComparer.Ordinal);
        foreach (var robot in routes.ServiceProvider.GetRequiredService<AppManifest>().Robots)
        {
            var inbox = inboxes[robot.Code];
            routes.MapPost(
                robot.Handler,
                (HttpRequest request, FormReader forms, PortalStore portals, UnverifiedCalls unverified, TimeProvider clock, ILogger<RobotCall> logger, CancellationToken cancellationToken) =>
                    AcceptAsync(request, forms, portals, inbox, spare, unverified, clock, logger, cancellationToken)).DisableAntiforgery().ShortCircuit();
        }
    }

    private static async Task<Results<Ok, ProblemHttpResult, StatusCodeHttpResult>> AcceptAsync(
        HttpRequest request, FormReader forms, PortalStore portals, IRobotInbox inbox, SpareInbox? spare, UnverifiedCalls unverified, TimeProvider clock,
        ILogger<RobotCall> logger, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Start("robot call", ActivityKind.Server, traceParent: null);
        var posted = await forms.ReadAsync(request, cancellationToken, keepsBody: spare is not null);
        if (posted.Form is null)
        {
            return Refuse(logger, "nobody known", posted.Problem, posted.Status);
        }

        if (!RobotCall.TryParse(posted.Form, clock.GetUtcNow(), out var call, out var problem))
        {
            return Refuse(logger, LogText.Of(posted.Form["auth"]?.Text("domain")), problem, StatusCodes.Status400BadRequest);
        }

        // An unknown portal and a wrong application token look the same from outside.
        var portal = await portals.FindAsync(call.Auth.MemberId, cancellationToken);
        if (portal is null or { State: PortalState.Uninstalled })
        {
            TransferMetrics.Refused("unknown_portal");
            Log.UnknownPortal(logger, LogText.Of(call.Auth.Domain));
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        if (call.Code != inbox.RobotCode)
        {
            return Refuse(logger, portal.Address.Authority, "code does not name a robot of this address.", StatusCodes.Status400BadRequest);
        }

        var verified = await portals.IsApplicationTokenAsync(portal.Id, call.Auth.ApplicationToken, cancellationToken);
        if (!verified && call.Auth.Tokens is null)
        {
            TransferMetrics.Refused("wrong_token");
            Log.WrongToken(logger, portal.Address.Authority);
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        if (!verified && posted.Length > LongestDoubtful)
        {
            return Refuse(logger, portal.Address.Authority, $"A call with a new application token may have {LongestDoubtful} bytes.", StatusCodes.Status413PayloadTooLarge);
        }

        if (!verified && !unverified.HasRoom)
        {
            TransferMetrics.Refused("too_many");
            Log.TooManyDoubtful(logger, portal.Address.Authority);
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }

        try
        {
            // The 200 is a promise: the call is on disk before the portal hears it. The portal may have gone by then; its call still counts.
            var id = await inbox.AcceptAsync(portal, call, verified, CancellationToken.None);
            if (id is null)
            {
                TransferMetrics.Repeated();
            }
            else
            {
                TransferMetrics.Accepted();
            }

            span?.SetTag("b24robot.portal", portal.Address.Authority);
            span?.SetTag("b24robot.transfer", id);
            if (!verified && id is not null)
            {
                // The portal may have got a new application token (an update says so with an event that can be late). The row waits until the authorization server has vouched.
                unverified.Verify(inbox, id, portal, call.Auth);
            }

            return TypedResults.Ok();
        }
        catch (StorageUnavailableException exception) when (spare is not null && (verified || spare.Count < MostDoubtfulSpared))
        {
            Log.Spared(logger, portal.Address.Authority, call.ItemId, exception.Message);
            return await SpareAsync(spare, inbox, posted.Body!, clock.GetUtcNow(), portal, call, logger);
        }
        catch (StorageUnavailableException exception)
        {
            TransferMetrics.Refused("not_stored");
            Log.NotStored(logger, exception, portal.Address.Authority, call.ItemId);
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>The database does not take the call now; this server keeps it until it does.</summary>
    private static async Task<Results<Ok, ProblemHttpResult, StatusCodeHttpResult>> SpareAsync(
        SpareInbox spare, IRobotInbox inbox, byte[] body, DateTimeOffset now, Portal portal, RobotCall call, ILogger logger)
    {
        try
        {
            await spare.AddAsync(inbox.RobotCode, now, body);
            TransferMetrics.Accepted();
            return TypedResults.Ok();
        }
        catch (StorageUnavailableException exception)
        {
            TransferMetrics.Refused("not_stored");
            Log.NotStored(logger, exception, portal.Address.Authority, call.ItemId);
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static ProblemHttpResult Refuse(ILogger logger, string portal, string problem, int status)
    {
        TransferMetrics.Refused("malformed");
        Log.Refused(logger, portal, problem);
        return TypedResults.Problem(problem, statusCode: status);
    }

    private static partial class Log
    {
        [LoggerMessage(3301, LogLevel.Warning, "A robot's call from {Portal} is refused: {Problem}")]
        public static partial void Refused(ILogger logger, string portal, string problem);

        [LoggerMessage(3302, LogLevel.Warning, "A robot's call from {Portal} is refused: the app is not installed there")]
        public static partial void UnknownPortal(ILogger logger, string portal);

        [LoggerMessage(3303, LogLevel.Warning, "A robot's call in the name of {Portal} is refused: its application token is not the portal's, and it brings nothing else to prove itself")]
        public static partial void WrongToken(ILogger logger, string portal);

        [LoggerMessage(3304, LogLevel.Critical, "A robot's call from {Portal} for deal {DealId} could not be written to disk and is lost; send the deal again by hand when the disk is well")]
        public static partial void NotStored(ILogger logger, Exception exception, string portal, long dealId);

        [LoggerMessage(3306, LogLevel.Warning, "A robot's call from {Portal} for deal {DealId} waits beside the database until it takes it: {Problem}")]
        public static partial void Spared(ILogger logger, string portal, long dealId, string problem);

        [LoggerMessage(3305, LogLevel.Error, "A robot's call in the name of {Portal} is refused: too many calls with an application token that is not the portal's wait to be verified. Either someone forges calls, or no authorization server answers")]
        public static partial void TooManyDoubtful(ILogger logger, string portal);
    }
}
