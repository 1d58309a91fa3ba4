using System.Security.Claims;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Sendings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Api;

/// <summary>Sending deals that are there already: which they are, begin, how far it is, stop. For administrators: it may be all of a portal's deals.</summary>
internal static class SendingEndpoints
{
    public static void MapSendings(this IEndpointRouteBuilder api)
    {
        api.MapGet("/sendings", ListAsync).ForAdministrators();
        api.MapPost("/sendings/preview", PreviewAsync).ForAdministrators();
        api.MapPost("/sendings", BeginAsync).ForAdministrators();
        api.MapPost("/sendings/{id:long}/cancel", CancelAsync).ForAdministrators();
    }

    /// <summary>What to send, and by which connection.</summary>
    internal sealed record Body(string? Connection, SendingFilter? Filter);

    internal sealed record Begun(long Id, long Total);

    internal static async Task<Results<Ok<List<SendingView>>, UnauthorizedHttpResult>> ListAsync(ClaimsPrincipal user, ApiVisitors visitors, SendingStore store, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        return TypedResults.Ok((await store.ListAsync(visitor.Portal.Id, cancellationToken)).Select(sending => SendingView.Of(sending, visitor.Portal)).ToList());
    }

    internal static async Task<Results<Ok<SendingPreview>, ProblemHttpResult, UnauthorizedHttpResult>> PreviewAsync(
        Body body, ClaimsPrincipal user, ApiVisitors visitors, ExistingDeals deals, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        return visitor.FindConnection(body.Connection) is { } connection
            ? TypedResults.Ok(await deals.PreviewAsync(visitor.Portal, connection.Code, body.Filter ?? new SendingFilter(), cancellationToken))
            : NoConnection(visitor);
    }

    internal static async Task<Results<Ok<Begun>, ProblemHttpResult, UnauthorizedHttpResult>> BeginAsync(
        Body body, ClaimsPrincipal user, ApiVisitors visitors, ExistingDeals deals, SendingStore store, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(body.Connection) is not { } connection)
        {
            return NoConnection(visitor);
        }

        var filter = body.Filter ?? new SendingFilter();
        var preview = await deals.PreviewAsync(visitor.Portal, connection.Code, filter, cancellationToken);
        var id = await store.AddAsync(visitor.Portal.Id, connection.Code, filter, visitor.UserId, preview.Total, cancellationToken);
        return TypedResults.Ok(new Begun(id, preview.Total));
    }

    internal static async Task<Results<NoContent, NotFound, UnauthorizedHttpResult>> CancelAsync(
        long id, ClaimsPrincipal user, ApiVisitors visitors, SendingStore store, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        return await store.FindAsync(id, cancellationToken) is { } sending && sending.Portal == visitor.Portal.Id
            && await store.CancelAsync(id, new TransferTexts(visitor.Language).Cancelled(), cancellationToken)
                ? TypedResults.NoContent()
                : TypedResults.NotFound();
    }

    private static ProblemHttpResult NoConnection(ApiVisitor visitor) =>
        TypedResults.Problem(new ApiTexts(visitor.Language).NoConnection(), statusCode: StatusCodes.Status422UnprocessableEntity);
}
