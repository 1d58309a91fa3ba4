using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Waits;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Events;

/// <summary>
/// Where an ESB's outgoing webhook posts. What it says is nothing but a reason to look: the truth is read with the incoming webhook. Source: local-integrations/local-webhooks.md, crm/deals/events/*.md,
/// crm/universal/events/*.md.
/// </summary>
internal static partial class EsbEventEndpoints
{
    /// <summary>Bytes of an event; it has some hundreds.</summary>
    private const long Longest = 16 * 1024;

    public static void MapEsbEvents(this IEndpointRouteBuilder routes) => routes.MapPost("/events/esb/{code}", HandleAsync).DisableAntiforgery().ShortCircuit();

    internal static async Task<Results<Ok, ProblemHttpResult, StatusCodeHttpResult>> HandleAsync(
        string code, HttpRequest request, FormReader forms, ConnectionStore connections, EsbHints hints, TimeProvider clock, ILogger<EsbHints> logger, CancellationToken cancellationToken)
    {
        var posted = await forms.ReadAsync(request, cancellationToken);
        if (posted.Form is null)
        {
            return TypedResults.Problem(posted.Problem, statusCode: posted.Status);
        }

        if (posted.Length > Longest)
        {
            return TypedResults.Problem($"An event may have {Longest} bytes.", statusCode: StatusCodes.Status413PayloadTooLarge);
        }

        if (!PortalEvent.TryParse(posted.Form, clock.GetUtcNow(), out var portalEvent, out var problem))
        {
            return TypedResults.Problem(problem, statusCode: StatusCodes.Status400BadRequest);
        }

        // A connection that does not exist, one without a token, and a wrong token look the same from outside.
        var connection = await connections.FindAsync(code, cancellationToken);
        if (!EsbConnection.IsOutgoingToken(connection, portalEvent.Auth.ApplicationToken) || connection is null)
        {
            Log.NotTrusted(logger, LogText.Of(code), LogText.Of(portalEvent.Auth.Domain));
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        if (portalEvent.ItemId is { } id && KindOf(portalEvent) is { } kind)
        {
            hints.Hear(connection.Code, new EsbItem(kind, id));
        }

        // Other events of the list are no error: whoever made the webhook ticked more than is needed.
        return TypedResults.Ok();
    }

    private static int? KindOf(PortalEvent portalEvent) =>
        portalEvent.Name.StartsWith("ONCRMDYNAMICITEM", StringComparison.Ordinal) ? portalEvent.EntityTypeId is <= int.MaxValue and { } kind ? (int)kind : null
        : portalEvent.Name.StartsWith("ONCRMDEAL", StringComparison.Ordinal) ? CrmEntityTypes.Deal
        : portalEvent.Name.StartsWith("ONCRMLEAD", StringComparison.Ordinal) ? CrmEntityTypes.Lead
        : portalEvent.Name.StartsWith("ONCRMQUOTE", StringComparison.Ordinal) ? CrmEntityTypes.Quote
        : null;

    private static partial class Log
    {
        [LoggerMessage(3511, LogLevel.Warning, "An event for the connection {Connection} in the name of {Portal} is refused: its token is not that of the connection's outgoing webhook, or there is none")]
        public static partial void NotTrusted(ILogger logger, string connection, string portal);
    }
}
