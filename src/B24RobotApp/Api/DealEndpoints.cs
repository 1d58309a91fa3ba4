using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Waits;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Api;

/// <summary>One deal in its card: what became of it on the ESB, and sending it now. Whether somebody may see a deal says the portal, asked with that user's own token.</summary>
internal static class DealEndpoints
{
    private const int MostTransfers = 20;
    private const int MostChoices = 20;
    private const int MostWaits = 20;

    public static void MapDeals(this IEndpointRouteBuilder api)
    {
        api.MapGet("/deals", FindAsync);
        api.MapGet("/deals/{id:long}", ShowAsync);
        api.MapPost("/deals/{id:long}/send", SendAsync);
    }

    /// <summary>A deal to choose.</summary>
    internal sealed record Choice(long Id, string Title);

    /// <summary>A deal as its tab shows it.</summary>
    /// <param name="Title">Its title.</param>
    /// <param name="MaySend">Whether the visitor may send it: the deal's responsible person and administrators may.</param>
    /// <param name="Standing">The deal on each ESB that it was sent to.</param>
    /// <param name="Transfers">Its latest transfers, newest first.</param>
    /// <param name="Waits">What its robots wait for and waited for, newest first.</param>
    internal sealed record View(string Title, bool MaySend, IReadOnlyList<EsbDeal> Standing, IReadOnlyList<TransferEndpoints.Row> Transfers, IReadOnlyList<WaitEndpoints.Row> Waits);

    /// <summary>A deal on an ESB.</summary>
    /// <param name="Connection">By which connection it went there.</param>
    /// <param name="Esb">What people call the ESB.</param>
    /// <param name="Id">Its id there.</param>
    /// <param name="Url">Its address there.</param>
    /// <param name="Stage">The name of its stage; <see langword="null"/> if the ESB does not answer or the deal is gone.</param>
    internal sealed record EsbDeal(string Connection, string Esb, long Id, string Url, string? Stage);

    /// <summary>Where to send the deal.</summary>
    internal sealed record SendBody(string? Connection);

    internal sealed record Sent(string Id);

    /// <summary>The latest deals that the visitor may read: all, those whose title contains a text, or the one with an id.</summary>
    internal static async Task<Results<Ok<List<Choice>>, UnauthorizedHttpResult>> FindAsync(
        ClaimsPrincipal user, ApiVisitors visitors, SourcePortals sources, CancellationToken cancellationToken, string? text = null)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        var wanted = text?.Trim() ?? "";
        var filter = wanted.Length == 0 ? new JsonObject()
            : long.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? new JsonObject { ["id"] = id }
            : new JsonObject { ["%title"] = wanted };
        var list = CrmItems.List(CrmEntityTypes.Deal, filter, ["id", "title"], new JsonObject { ["id"] = "DESC" });
        var deals = CrmItems.ReadItems(await sources.For(visitor.Portal, visitor.UserId).CallAsync(list, cancellationToken));
        return TypedResults.Ok(deals.Take(MostChoices).Select(deal => new Choice(deal.Id("id") ?? 0, deal.Text("title") ?? "")).ToList());
    }

    internal static async Task<Results<Ok<View>, ForbidHttpResult, UnauthorizedHttpResult>> ShowAsync(
        long id, ClaimsPrincipal user, ApiVisitors visitors, SourcePortals sources, EsbPortals esbs, PortalSchemas schemas, TransferStore store, WaitStore waits, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (await ReadAsync(id, visitor, sources, cancellationToken) is not { } deal)
        {
            return TypedResults.Forbid();
        }

        var transfers = await store.ListAsync(new TransferQuery { Portal = visitor.Portal.Id, ItemId = id, Most = MostTransfers }, cancellationToken);
        var latest = transfers.Where(transfer => transfer.Outcome is { EsbDealId: not null, EsbDealUrl: not null }).DistinctBy(transfer => transfer.Request.Connection);
        var standing = await Task.WhenAll(latest.Select(transfer => FindStandingAsync(transfer, visitor, esbs, schemas)));
        return TypedResults.Ok(new View(
            deal.Text("title") ?? "", MaySend(deal, visitor), [.. standing.OfType<EsbDeal>()], [.. transfers.Select(transfer => TransferEndpoints.RowOf(transfer, visitor.Portal))],
            [.. (await waits.ListOfItemAsync(visitor.Portal.Id, CrmEntityTypes.Deal, id, MostWaits, cancellationToken)).Select(WaitEndpoints.RowOf)]));
    }

    internal static async Task<Results<Ok<Sent>, ForbidHttpResult, ProblemHttpResult, UnauthorizedHttpResult>> SendAsync(
        long id, SendBody body, ClaimsPrincipal user, ApiVisitors visitors, SourcePortals sources, TransferStore store, TransferSignal signal, IOptions<TransferOptions> options, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (await ReadAsync(id, visitor, sources, cancellationToken) is not { } deal || !MaySend(deal, visitor))
        {
            return TypedResults.Forbid();
        }

        var connection = string.IsNullOrEmpty(body.Connection) ? (visitor.Connections.Count > 0 ? visitor.Connections[0] : null) : visitor.FindConnection(body.Connection);
        if (connection is null)
        {
            return TypedResults.Problem(new ApiTexts(visitor.Language).NoConnection(), statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        var now = clock.GetUtcNow();
        var transfer = NewTransfer.WithoutRobot(visitor.Portal.Id, id, connection.Code, visitor.UserId, $"by hand {Guid.NewGuid():N}", now, options.Value.GiveUpAfter);
        await store.TryAddAsync(transfer, cancellationToken);
        signal.Wake(new Lane(visitor.Portal.Id, connection.Code));
        return TypedResults.Ok(new Sent(transfer.Id.Value));
    }

    /// <summary>The deal, if the visitor himself may read it.</summary>
    private static async Task<JsonElement?> ReadAsync(long id, ApiVisitor visitor, SourcePortals sources, CancellationToken cancellationToken)
    {
        try
        {
            var deal = CrmItems.ReadItem(await sources.For(visitor.Portal, visitor.UserId).CallAsync(CrmItems.Get(CrmEntityTypes.Deal, id), cancellationToken));
            return deal.Id("id") == id ? deal : null;
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            return null;
        }
    }

    private static bool MaySend(JsonElement deal, ApiVisitor visitor) => visitor.IsAdministrator || deal.Id("assignedById") == visitor.UserId;

    /// <summary>Nothing of another portal's connection is told, not even by an old transfer.</summary>
    private static async Task<EsbDeal?> FindStandingAsync(Transfer transfer, ApiVisitor visitor, EsbPortals esbs, PortalSchemas schemas)
    {
        if (visitor.FindConnection(transfer.Request.Connection) is not { } connection || transfer.Outcome is not { EsbDealId: { } id, EsbDealUrl: { } url })
        {
            return null;
        }

        string? stage = null;
        try
        {
            // An item of another kind has another address; only of deals the stage is shown.
            if (url.Contains(CrmKind.Deal.DetailsPath(id), StringComparison.Ordinal))
            {
                var code = CrmItems.ReadItem(await esbs.CallAsync(connection, CrmItems.Get(CrmEntityTypes.Deal, id))).Text("stageId") ?? "";
                stage = (await schemas.OfEsbAsync(connection with { CreateMissingFields = false }, CrmEntityTypes.Deal)).Stages.GetValueOrDefault(code)?.Name;
            }
        }
        catch (Bitrix24Exception)
        {
            // The link is shown all the same.
        }

        return new EsbDeal(connection.Code, connection.Name, id, url, stage);
    }
}
