using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Api;

/// <summary>A portal's transfers: what travelled, what waits and what failed; begin anew, cancel.</summary>
internal static class TransferEndpoints
{
    private const int MostPerPage = 200;
    private const int MostWaits = 20;

    public static void MapTransfers(this IEndpointRouteBuilder api)
    {
        api.MapGet("/transfers", ListAsync);
        api.MapGet("/transfers/summary", SummarizeAsync);
        api.MapGet("/transfers/changes", WatchAsync);
        api.MapGet("/transfers/causes", CausesAsync);
        api.MapGet("/transfers/export", ExportAsync);
        api.MapGet("/transfers/{id}", ShowAsync);
        api.MapPost("/transfers/{id}/retry", RetryAsync).ForAdministrators();
        api.MapPost("/transfers/{id}/cancel", CancelAsync).ForAdministrators();
        api.MapPost("/transfers/retry", RetryManyAsync).ForAdministrators();
    }

    /// <summary>A transfer in a list.</summary>
    internal sealed record Row
    {
        public required string Id { get; init; }

        /// <summary>For the next page: what is older has a smaller one.</summary>
        public required long Sequence { get; init; }

        public required string Kind { get; init; }

        public required long ItemId { get; init; }

        public required string ItemUrl { get; init; }

        public string? Title { get; init; }

        public required string Connection { get; init; }

        public required TransferState State { get; init; }

        public required int Attempt { get; init; }

        public required DateTimeOffset ReceivedAt { get; init; }

        /// <summary>When the next attempt comes; of one that waits.</summary>
        public DateTimeOffset? DueAt { get; init; }

        public DateTimeOffset? FinishedAt { get; init; }

        /// <summary>Whether it was sent though no robot call had come for it.</summary>
        public bool IsCaughtUp { get; init; }

        public OutcomeStatus? Status { get; init; }

        public long? EsbId { get; init; }

        public string? EsbUrl { get; init; }

        public string? ErrorCode { get; init; }

        public string? ErrorMessage { get; init; }
    }

    /// <summary>A page of transfers, newest first.</summary>
    /// <param name="Rows">The transfers.</param>
    /// <param name="Before">Ask for the next page with it; <see langword="null"/> if this was the last.</param>
    internal sealed record ListPage(IReadOnlyList<Row> Rows, long? Before);

    /// <summary>A transfer's whole story.</summary>
    /// <param name="Transfer">How it stands.</param>
    /// <param name="Profile">The profile and version it was mapped with.</param>
    /// <param name="CalledAt">When the robot called.</param>
    /// <param name="GiveUpAt">Until when it is tried.</param>
    /// <param name="AnsweredAt">When the robot got its values.</param>
    /// <param name="ProductsSent">Product rows that were sent.</param>
    /// <param name="FilesSent">Files that were sent.</param>
    /// <param name="Properties">What the robot was set to.</param>
    /// <param name="Answer">The values that the robot got; <see langword="null"/> if it was not answered.</param>
    /// <param name="Attempts">The attempts, in their order.</param>
    /// <param name="Trail">What was read and sent, field by field; for administrators, since others may not read the deal.</param>
    /// <param name="WriteBacks">What came back from the ESB since, newest first; for administrators likewise.</param>
    /// <param name="Waits">What robots wait for and waited for on this ESB, of the same item, newest first.</param>
    internal sealed record Story(
        Row Transfer, string? Profile, DateTimeOffset CalledAt, DateTimeOffset GiveUpAt, DateTimeOffset? AnsweredAt, int? ProductsSent, int? FilesSent, JsonNode? Properties,
        JsonNode? Answer, IReadOnlyList<TransferAttempt> Attempts, TransferTrail? Trail, IReadOnlyList<WriteBack>? WriteBacks, IReadOnlyList<WaitEndpoints.Row> Waits);

    /// <summary>Which failed transfers begin anew; what is not given does not restrict.</summary>
    internal sealed record RetryBody(string? Code, string? Connection, DateTimeOffset? ReceivedFrom, DateTimeOffset? ReceivedBefore);

    internal sealed record Retried(int Count);

    internal static async Task<Results<Ok<ListPage>, ProblemHttpResult, UnauthorizedHttpResult>> ListAsync(
        ClaimsPrincipal user, ApiVisitors visitors, TransferStore store, CancellationToken cancellationToken,
        [FromQuery] string[]? state = null, string? text = null, long? item = null, long? before = null, int most = 50)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (!TryReadStates(state, out var states, out var problem))
        {
            return problem;
        }

        var query = new TransferQuery
        {
            Portal = visitor.Portal.Id,
            States = states,
            Text = string.IsNullOrWhiteSpace(text) ? null : text.Trim(),
            ItemId = item,
            Before = before,
            Most = Math.Clamp(most, 1, MostPerPage),
        };
        var transfers = await store.ListAsync(query, cancellationToken);
        return TypedResults.Ok(new ListPage([.. transfers.Select(transfer => RowOf(transfer, visitor.Portal))], transfers.Count == query.Most ? transfers[^1].Sequence : null));
    }

    /// <summary>All that the list would show, as a file.</summary>
    internal static async Task<Results<PushStreamHttpResult, ProblemHttpResult, UnauthorizedHttpResult>> ExportAsync(
        ClaimsPrincipal user, ApiVisitors visitors, TransferStore store, CancellationToken cancellationToken, [FromQuery] string[]? state = null, string? text = null)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (!TryReadStates(state, out var states, out var problem))
        {
            return problem;
        }

        var query = new TransferQuery { Portal = visitor.Portal.Id, States = states, Text = string.IsNullOrWhiteSpace(text) ? null : text.Trim() };
        return TypedResults.Stream(
            target => new TransferCsv(visitor.Portal, visitor.Language).WriteAsync(target, store, query, cancellationToken), "text/csv; charset=utf-8", "transfers.csv");
    }

    private static bool TryReadStates(string[]? names, out List<TransferState> states, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        states = [];
        problem = null;
        foreach (var name in names ?? [])
        {
            if (!Enum.TryParse<TransferState>(name, ignoreCase: true, out var parsed) || int.TryParse(name, out _))
            {
                problem = TypedResults.Problem($"There is no state {name}; there are {string.Join(", ", Enum.GetNames<TransferState>())}.", statusCode: StatusCodes.Status400BadRequest);
                return false;
            }

            states.Add(parsed);
        }

        return true;
    }

    internal static async Task<Results<Ok<Story>, NotFound, UnauthorizedHttpResult>> ShowAsync(
        string id, ClaimsPrincipal user, ApiVisitors visitors, TransferStore store, FollowStore followed, WaitStore waits, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (await FindAsync(id, visitor, store, cancellationToken) is not { } transfer)
        {
            return TypedResults.NotFound();
        }

        var request = transfer.Request;
        return TypedResults.Ok(new Story(
            RowOf(transfer, visitor.Portal), transfer.Profile, transfer.Request.CalledAt, transfer.Request.GiveUpAt, transfer.AnsweredAt,
            transfer.Outcome?.ProductsSent, transfer.Outcome?.FilesSent, JsonNode.Parse(transfer.Request.Properties),
            transfer is { AnsweredAt: not null, Outcome: { } outcome } ? TransferReporter.ReturnValues(transfer, outcome) : null,
            await store.AttemptsAsync(transfer.Id, cancellationToken),
            visitor.IsAdministrator ? await store.TrailAsync(transfer.Id, cancellationToken) : null,
            visitor.IsAdministrator ? await followed.WriteBacksAsync(transfer.Id, cancellationToken) : null,
            [
                .. (await waits.ListOfItemAsync(request.Portal, request.EntityTypeId, request.ItemId, MostWaits, cancellationToken))
                    .Where(wait => wait.Request.Connection == request.Connection).Select(WaitEndpoints.RowOf),
            ]));
    }

    internal static async Task<Results<Ok<TransferSummary>, UnauthorizedHttpResult>> SummarizeAsync(
        ClaimsPrincipal user, ApiVisitors visitors, TransferSummaries summaries, CancellationToken cancellationToken) =>
        await visitors.FindAsync(user, cancellationToken) is { } visitor
            ? TypedResults.Ok(await summaries.ReadAsync(visitor, cancellationToken))
            : TypedResults.Unauthorized();

    /// <summary>The summary, and again whenever it has changed: pages show what happens as it happens.</summary>
    internal static async Task<Results<ServerSentEventsResult<TransferSummary>, UnauthorizedHttpResult>> WatchAsync(
        ClaimsPrincipal user, ApiVisitors visitors, TransferSummaries summaries, HttpResponse response, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is null)
        {
            return TypedResults.Unauthorized();
        }

        // Proxies such as nginx would gather what shall come at once.
        response.Headers["X-Accel-Buffering"] = "no";
        response.Headers.CacheControl = "no-store";
        return TypedResults.ServerSentEvents(summaries.WatchAsync(user, cancellationToken));
    }

    internal static async Task<Results<Ok<IReadOnlyList<FailureCause>>, UnauthorizedHttpResult>> CausesAsync(
        ClaimsPrincipal user, ApiVisitors visitors, TransferStore store, CancellationToken cancellationToken) =>
        await visitors.FindAsync(user, cancellationToken) is { } visitor
            ? TypedResults.Ok(await store.CausesAsync(visitor.Portal.Id, cancellationToken))
            : TypedResults.Unauthorized();

    internal static async Task<Results<Ok<Retried>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> RetryAsync(
        string id, ClaimsPrincipal user, ApiVisitors visitors, TransferStore store, TransferSignal signal, IOptions<TransferOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (await FindAsync(id, visitor, store, cancellationToken) is not { } transfer)
        {
            return TypedResults.NotFound();
        }

        if (!await store.RetryAsync(transfer.Id, clock.GetUtcNow() + options.Value.GiveUpAfter, cancellationToken))
        {
            return TypedResults.Problem(new TransferTexts(visitor.Language).NotFailed(), statusCode: StatusCodes.Status409Conflict);
        }

        signal.Wake(transfer.Lane);
        return TypedResults.Ok(new Retried(1));
    }

    internal static async Task<Results<Ok<Retried>, UnauthorizedHttpResult>> RetryManyAsync(
        RetryBody body, ClaimsPrincipal user, ApiVisitors visitors, Replay replay, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        var filter = new ReplayFilter
        {
            Portal = visitor.Portal.Id, Cause = body.Code, Connection = body.Connection, ReceivedFrom = body.ReceivedFrom, ReceivedBefore = body.ReceivedBefore,
        };
        return TypedResults.Ok(new Retried(await replay.RunAsync(filter, cancellationToken)));
    }

    internal static async Task<Results<NoContent, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> CancelAsync(
        string id, ClaimsPrincipal user, ApiVisitors visitors, TransferStore store, TransferSignal signal, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (await FindAsync(id, visitor, store, cancellationToken) is not { } transfer)
        {
            return TypedResults.NotFound();
        }

        if (!await store.CancelAsync(transfer.Id, new TransferTexts(visitor.Portal.Language).Cancelled(), cancellationToken))
        {
            return TypedResults.Problem(new TransferTexts(visitor.Language).NotWaiting(), statusCode: StatusCodes.Status409Conflict);
        }

        signal.Wake(transfer.Lane);
        return TypedResults.NoContent();
    }

    /// <summary>A transfer of the visitor's portal; those of others do not exist for him.</summary>
    private static async Task<Transfer?> FindAsync(string id, ApiVisitor visitor, TransferStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(new TransferId(id), cancellationToken) is { } transfer && transfer.Request.Portal == visitor.Portal.Id ? transfer : null;

    internal static Row RowOf(Transfer transfer, Portal portal)
    {
        var kind = CrmKind.Find(transfer.Request.EntityTypeId) ?? CrmKind.Deal;
        return new Row
        {
            Id = transfer.Id.Value,
            Sequence = transfer.Sequence,
            Kind = kind.Name,
            ItemId = transfer.Request.ItemId,
            ItemUrl = new Uri(portal.Address, kind.DetailsPath(transfer.Request.ItemId)).AbsoluteUri,
            Title = transfer.Title,
            Connection = transfer.Request.Connection,
            State = transfer.State,
            Attempt = transfer.Attempt,
            ReceivedAt = transfer.Request.ReceivedAt,
            DueAt = transfer.State == TransferState.Queued ? transfer.DueAt : null,
            FinishedAt = transfer.FinishedAt,
            IsCaughtUp = transfer.IsCaughtUp,
            Status = transfer.Outcome?.Status,
            EsbId = transfer.Outcome?.EsbDealId,
            EsbUrl = transfer.Outcome?.EsbDealUrl,
            ErrorCode = transfer.Outcome?.ErrorCode is { Length: > 0 } code ? code : null,
            ErrorMessage = transfer.Outcome?.ErrorMessage is { Length: > 0 } message ? message : null,
        };
    }
}
