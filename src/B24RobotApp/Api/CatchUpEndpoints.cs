using System.Security.Claims;
using B24RobotApp.Transfers.CatchUp;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Api;

/// <summary>
/// Deals that reached a robot's stage while the app did not listen: list them, send some, say no to some, end a workflow that waits in vain. For administrators: what is listed is read with the installing
/// administrator's rights.
/// </summary>
internal static class CatchUpEndpoints
{
    public static void MapCatchUp(this IEndpointRouteBuilder api)
    {
        api.MapGet("/catch-up", ListAsync).ForAdministrators();
        api.MapPost("/catch-up/send", SendAsync).ForAdministrators();
        api.MapPost("/catch-up/dismiss", DismissAsync).ForAdministrators();
        api.MapPut("/catch-up/mode", SetModeAsync).ForAdministrators();
        api.MapPost("/catch-up/workflows/{id}/end", EndAsync).ForAdministrators();
    }

    /// <summary>Candidates by their keys. Those that are none any more are passed over.</summary>
    internal sealed record KeysBody(IReadOnlyList<string>? Keys);

    internal sealed record ModeBody(CatchUpMode Mode);

    internal sealed record Sent(int Count);

    internal static async Task<Results<Ok<CatchUpView>, UnauthorizedHttpResult>> ListAsync(
        ClaimsPrincipal user, ApiVisitors visitors, CatchUpSearch search, CatchUpChoices choices, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        var report = await search.FindAsync(visitor.Portal, cancellationToken);
        return TypedResults.Ok(CatchUpView.Of(visitor.Portal, report, await choices.ModeAsync(visitor.Portal.Id, cancellationToken), visitor.Language));
    }

    internal static async Task<Results<Ok<Sent>, UnauthorizedHttpResult>> SendAsync(
        KeysBody body, ClaimsPrincipal user, ApiVisitors visitors, CatchUpSearch search, CatchUpSender sender, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        // What was listed a while ago may have been called for since: it is looked at again, and the store looks once more.
        var chosen = (body.Keys ?? []).ToHashSet(StringComparer.Ordinal);
        var report = await search.FindAsync(visitor.Portal, cancellationToken);
        return TypedResults.Ok(new Sent(await sender.SendAsync(visitor.Portal, report.Candidates.Where(candidate => chosen.Contains(candidate.Key)), cancellationToken)));
    }

    internal static async Task<Results<NoContent, UnauthorizedHttpResult>> DismissAsync(
        KeysBody body, ClaimsPrincipal user, ApiVisitors visitors, CatchUpSearch search, CatchUpChoices choices, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        // Only what is listed can be said no to, so that nobody fills the table with anything else.
        var chosen = (body.Keys ?? []).ToHashSet(StringComparer.Ordinal);
        var report = await search.FindAsync(visitor.Portal, cancellationToken);
        await choices.DismissAsync(visitor.Portal.Id, visitor.UserId, [.. report.Candidates.Select(candidate => candidate.Key).Where(chosen.Contains)], cancellationToken);
        return TypedResults.NoContent();
    }

    internal static async Task<Results<NoContent, UnauthorizedHttpResult>> SetModeAsync(
        ModeBody body, ClaimsPrincipal user, ApiVisitors visitors, CatchUpChoices choices, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        await choices.SaveModeAsync(visitor.Portal.Id, body.Mode, cancellationToken);
        return TypedResults.NoContent();
    }

    internal static async Task<Results<NoContent, ProblemHttpResult, UnauthorizedHttpResult>> EndAsync(
        string id, ClaimsPrincipal user, ApiVisitors visitors, StuckWorkflows workflows, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        return await workflows.EndAsync(visitor.Portal, id, new CatchUpTexts(visitor.Portal.Language).Ended(), cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.Problem(new CatchUpTexts(visitor.Language).NotStuck(), statusCode: StatusCodes.Status409Conflict);
    }
}
