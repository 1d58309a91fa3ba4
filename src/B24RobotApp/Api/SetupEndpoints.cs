using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Checks;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Api;

/// <summary>
/// The way from an installed app to the first deal, step by step. What is done is read from where it stands (the portal, the store, the ESB), so each step can be left and taken up again.
/// </summary>
internal static class SetupEndpoints
{
    /// <summary>What the event token of a test begins with.</summary>
    private const string TestToken = "test ";

    public static void MapSetup(this IEndpointRouteBuilder api)
    {
        api.MapGet("/setup", ShowAsync).ForAdministrators();
        api.MapPost("/connections/{code}/fields", CreateFieldsAsync).ForAdministrators();
        api.MapPost("/setup/tests", SendTestAsync).ForAdministrators();
        api.MapDelete("/setup/tests/{id}", DeleteTestAsync).ForAdministrators();
    }

    /// <summary>How far the portal is.</summary>
    /// <param name="Checks">What was checked of the portal and the app's address.</param>
    /// <param name="HasCredentials">Whether client id and secret are known.</param>
    /// <param name="Connections">The ESBs that the portal may use; the portal's own ones first.</param>
    /// <param name="Test">The latest test; <see langword="null"/> if there was none.</param>
    internal sealed record Setup(IReadOnlyList<ConnectionEndpoints.Line> Checks, bool HasCredentials, IReadOnlyList<ConnectionEndpoints.Row> Connections, TestDeal? Test);

    /// <summary>A deal that was sent to try the connection.</summary>
    /// <param name="Transfer">Its transfer.</param>
    /// <param name="State">How it stands.</param>
    /// <param name="EsbId">The deal on the ESB.</param>
    /// <param name="EsbUrl">Its address there.</param>
    /// <param name="Problem">What went wrong and what to do.</param>
    /// <param name="IsThere">Whether it still stands on the ESB; <see langword="null"/> if the ESB does not say.</param>
    /// <param name="PausedAt">Since when its connection is paused: until somebody resumes it, nothing travels.</param>
    internal sealed record TestDeal(string Transfer, TransferState State, long? EsbId, string? EsbUrl, string? Problem, bool? IsThere, DateTimeOffset? PausedAt);

    /// <summary>The fields that tell on the ESB where a deal came from, by what people call them.</summary>
    internal sealed record ProvenanceFields(IReadOnlyList<string> There, IReadOnlyList<string> Missing);

    /// <summary>What is sent to try a connection, and where it goes there.</summary>
    internal sealed record TestBody(string? Connection, long DealId, string? Category, string? Stage);

    internal sealed record Sent(string Id);

    internal static async Task<Results<Ok<Setup>, UnauthorizedHttpResult>> ShowAsync(
        ClaimsPrincipal user, ApiVisitors visitors, SetupCheck check, TransferStore store, EsbPortals esbs, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        var report = check.RunAsync(visitor.Portal, visitor.UserId, visitor.Language, cancellationToken);
        var test = await store.LatestOfTokensAsync(visitor.Portal.Id, TestToken, cancellationToken);
        var shown = test is null ? null : await DescribeAsync(test, visitor, esbs);
        return TypedResults.Ok(new Setup(
            [.. (await report).Lines.Select(line => new ConnectionEndpoints.Line(line.Status, line.Text))],
            visitor.Portal.HasCredentials,
            [.. visitor.Connections.Select(connection => ConnectionEndpoints.RowOf(connection, visitor)).OrderByDescending(row => row.IsOwn)],
            shown));
    }

    /// <summary>Creates on the ESB what is missing of the fields that tell where a deal came from.</summary>
    internal static async Task<Results<Ok<ProvenanceFields>, NotFound, UnauthorizedHttpResult>> CreateFieldsAsync(
        string code, ClaimsPrincipal user, ApiVisitors visitors, PortalSchemas schemas, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(code) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        schemas.Doubt(connection, CrmEntityTypes.Deal);
        var esb = await schemas.OfEsbAsync(connection, CrmEntityTypes.Deal);
        var fields = Provenance.Fields.ToLookup(field => esb.Fields.ContainsKey(field.Name), field => TransferTexts.IsRussian(visitor.Language) ? field.Russian : field.English);
        return TypedResults.Ok(new ProvenanceFields([.. fields[true]], [.. fields[false]]));
    }

    /// <summary>
    /// Sends a deal as a robot would, but as a deal of its own (mode <c>create</c>) without its client: nothing of it stands in the way of the same deal's real transfer later.
    /// </summary>
    internal static async Task<Results<Ok<Sent>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> SendTestAsync(
        TestBody body, ClaimsPrincipal user, ApiVisitors visitors, SourcePortals sources, TransferStore store, EsbPortals esbs, TransferSignal signal, IOptions<TransferOptions> options,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(body.Connection) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        var texts = new ApiTexts(visitor.Language);
        if (await store.LatestOfTokensAsync(visitor.Portal.Id, TestToken, cancellationToken) is { } earlier
            && ((await DescribeAsync(earlier, visitor, esbs)) is { IsThere: true } || earlier.State is not (TransferState.Done or TransferState.Failed)))
        {
            return TypedResults.Problem(texts.TestStillThere(), statusCode: StatusCodes.Status409Conflict);
        }

        string title;
        try
        {
            title = CrmItems.ReadItem(await sources.For(visitor.Portal, visitor.UserId).CallAsync(CrmItems.Get(CrmEntityTypes.Deal, body.DealId), cancellationToken)).Text("title") ?? "";
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            return TypedResults.Problem(texts.NoSuchDeal(body.DealId), statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        var now = clock.GetUtcNow();
        var properties = new Dictionary<string, string[]>
        {
            ["connection"] = [connection.Code],
            ["mode"] = ["create"],
            ["deal_title"] = [texts.TestTitle(title)],
            ["category"] = [body.Category ?? ""],
            ["stage"] = [body.Stage ?? ""],
            ["send_client"] = ["N"],
            ["timeline"] = ["N"],
        };
        var transfer = NewTransfer.WithoutRobot(
            visitor.Portal.Id, body.DealId, connection.Code, visitor.UserId, $"{TestToken}{Guid.NewGuid():N}", now, options.Value.GiveUpAfter) with
        {
            Properties = JsonSerializer.Serialize(properties),
        };
        await store.TryAddAsync(transfer, cancellationToken);
        signal.Wake(new Lane(visitor.Portal.Id, connection.Code));
        return TypedResults.Ok(new Sent(transfer.Id.Value));
    }

    /// <summary>Deletes a test's deal on the ESB.</summary>
    internal static async Task<Results<NoContent, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> DeleteTestAsync(
        string id, ClaimsPrincipal user, ApiVisitors visitors, TransferStore store, EsbPortals esbs, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        // Only what a test has made is deleted, whatever id is named.
        if (await store.FindAsync(new TransferId(id), cancellationToken) is not { } transfer || !IsTest(transfer, visitor) || FindDeal(transfer) is not { } deal
            || visitor.FindConnection(transfer.Request.Connection) is not { } connection)
        {
            return TypedResults.NotFound();
        }

        try
        {
            await esbs.CallAsync(connection, CrmItems.Delete(CrmEntityTypes.Deal, deal));
        }
        catch (Bitrix24Exception exception) when (exception.HasCode("NOT_FOUND"))
        {
            // Somebody was faster.
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            return TypedResults.Problem(new ApiTexts(visitor.Language).TestNotDeleted(exception.Description), statusCode: StatusCodes.Status409Conflict);
        }

        return TypedResults.NoContent();
    }

    /// <summary>Whether the last test has left a deal behind a connection, or is about to. An ESB that does not answer keeps nobody from deleting its connection.</summary>
    internal static async Task<bool> HasTestDealAsync(EsbConnection connection, ApiVisitor visitor, TransferStore store, EsbPortals esbs, CancellationToken cancellationToken) =>
        await store.LatestOfTokensAsync(visitor.Portal.Id, TestToken, cancellationToken) is { } test && test.Request.Connection == connection.Code
        && (test.State is not (TransferState.Done or TransferState.Failed) || (await DescribeAsync(test, visitor, esbs)).IsThere == true);

    private static bool IsTest(Transfer transfer, ApiVisitor visitor) =>
        transfer.Request.Portal == visitor.Portal.Id && transfer.Request.RobotCode == NewTransfer.ByHand && transfer.Request.EventToken.StartsWith(TestToken, StringComparison.Ordinal);

    /// <summary>The deal that a test has made, also if it failed afterwards, with its rows perhaps; profiles may make other things of deals, and those are left to people.</summary>
    private static long? FindDeal(Transfer transfer) =>
        transfer.Outcome is { Status: OutcomeStatus.Created or OutcomeStatus.Failed, EsbDealId: { } id, EsbDealUrl: { } url } && url.Contains(CrmKind.Deal.DetailsPath(id), StringComparison.Ordinal) ? id : null;

    private static async Task<TestDeal> DescribeAsync(Transfer transfer, ApiVisitor visitor, EsbPortals esbs)
    {
        bool? isThere = null;
        var connection = visitor.FindConnection(transfer.Request.Connection);
        if (FindDeal(transfer) is { } deal && connection is not null)
        {
            try
            {
                var outcome = (await esbs.CallGroupAsync(connection, [CrmItems.Get(CrmEntityTypes.Deal, deal)]))[0];
                isThere = outcome.Failure is null ? true : outcome.Failure.HasCode("NOT_FOUND") ? false : null;
            }
            catch (Bitrix24Exception)
            {
                // Unknown, then; the link is shown all the same.
            }
        }

        var outcomeOf = transfer.Outcome;
        return new TestDeal(
            transfer.Id.Value, transfer.State, outcomeOf?.EsbDealId, outcomeOf?.EsbDealUrl,
            outcomeOf is { Status: OutcomeStatus.Failed } ? string.Create(CultureInfo.InvariantCulture, $"{outcomeOf.ErrorMessage} ({outcomeOf.ErrorCode})") : null, isThere,
            connection?.PausedAt);
    }
}
