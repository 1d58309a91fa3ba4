using System.Security.Claims;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Waits;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Api;

/// <summary>Workflows that wait for what becomes of a deal on the ESB: list them, and end one by hand.</summary>
internal static class WaitEndpoints
{
    private const int Page = 50;

    private const int LongestReason = 500;

    public static void MapWaits(this IEndpointRouteBuilder api)
    {
        api.MapGet("/waits", ListAsync);
        api.MapPost("/waits/{id}/end", EndAsync).ForAdministrators();
    }

    /// <summary>A wait.</summary>
    /// <param name="Id">Its name.</param>
    /// <param name="Sequence">For the page after it: <c>before</c>.</param>
    /// <param name="Since">When the robot called.</param>
    /// <param name="EntityTypeId">The kind of the item whose workflow waits.</param>
    /// <param name="ItemId">The item.</param>
    /// <param name="Connection">The ESB's connection.</param>
    /// <param name="Until">What is waited for.</param>
    /// <param name="Stage">With <c>stage</c>: which.</param>
    /// <param name="EsbId">The ESB's item, once it is known.</param>
    /// <param name="EsbStage">The code of its stage as it was last seen.</param>
    /// <param name="State">Where it stands.</param>
    /// <param name="TimesOutAt">When the designer's time-out ends it.</param>
    /// <param name="Outcome">How it ended.</param>
    /// <param name="OutcomeStage">The name of the ESB's stage then.</param>
    /// <param name="ErrorCode">Why, if it did not come to what was waited for.</param>
    /// <param name="ErrorMessage">The same for people.</param>
    /// <param name="AnsweredAt">When the robot was told.</param>
    internal sealed record Row(
        string Id, long Sequence, DateTimeOffset Since, int EntityTypeId, long ItemId, string Connection, WaitUntil Until, string Stage, long? EsbId, string? EsbStage, WaitState State, DateTimeOffset? TimesOutAt,
        WaitStatus? Outcome, string? OutcomeStage, string? ErrorCode, string? ErrorMessage, DateTimeOffset? AnsweredAt);

    /// <summary>A page of waits.</summary>
    /// <param name="Open">How many of the portal's workflows wait.</param>
    /// <param name="Waits">The page, newest first.</param>
    internal sealed record View(long Open, IReadOnlyList<Row> Waits);

    /// <summary>Why a wait is ended; may be empty.</summary>
    internal sealed record EndBody(string? Reason);

    internal static async Task<Results<Ok<View>, UnauthorizedHttpResult>> ListAsync(
        ClaimsPrincipal user, ApiVisitors visitors, WaitStore store, CancellationToken cancellationToken, bool all = false, long? deal = null, long? before = null) =>
        await visitors.FindAsync(user, cancellationToken) is not { } visitor
            ? TypedResults.Unauthorized()
            : TypedResults.Ok(new View(
                await store.OpenCountAsync(visitor.Portal.Id, cancellationToken),
                [.. (await store.ListAsync(visitor.Portal.Id, !all, deal, before, Page, cancellationToken)).Select(RowOf)]));

    internal static async Task<Results<NoContent, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> EndAsync(
        string id, EndBody body, ClaimsPrincipal user, ApiVisitors visitors, WaitStore store, WaitEnding ending, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        // Another portal's wait is as good as none.
        if (await store.FindAsync(id, cancellationToken) is not { } wait || wait.Request.Portal != visitor.Portal.Id)
        {
            return TypedResults.NotFound();
        }

        var reason = body.Reason?.Trim() ?? "";
        return await ending.EndAsync(wait, reason[..Math.Min(reason.Length, LongestReason)], cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.Problem(new TransferTexts(visitor.Language).WaitNotOpen(), statusCode: StatusCodes.Status409Conflict);
    }

    internal static Row RowOf(Wait wait)
    {
        var settings = WaitSettings.Parse(wait.Request.Properties, new TransferTexts("en"));
        return new Row(
            wait.Request.Id, wait.Sequence, wait.Request.CalledAt, wait.Request.EntityTypeId, wait.Request.ItemId, wait.Request.Connection, settings.Until, settings.Stage, wait.Item?.Id, wait.Seen?.StageId,
            wait.State, wait.Request.TimesOutAt, wait.Outcome?.Status, wait.Outcome is { } outcome ? NameOf(outcome) : null, wait.Outcome?.ErrorCode, wait.Outcome?.ErrorMessage, wait.AnsweredAt);
    }

    private static string NameOf(WaitOutcome outcome) => outcome.StageName.Length > 0 ? outcome.StageName : outcome.StageId;
}
