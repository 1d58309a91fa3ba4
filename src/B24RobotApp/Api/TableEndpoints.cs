using System.Security.Claims;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Schemas;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Api;

/// <summary>The portal's value tables for one connection.</summary>
internal static class TableEndpoints
{
    public static void MapTables(this IEndpointRouteBuilder api)
    {
        api.MapGet("/tables/{connection}", ListAsync);
        api.MapPost("/tables/{connection}", AddAsync).ForAdministrators();
        api.MapDelete("/tables/{connection}", RemoveAsync).ForAdministrators();
    }

    /// <summary>Entries to add.</summary>
    /// <param name="Entries">One of the same table and value is replaced.</param>
    /// <param name="Resend">Whether failed transfers begin anew that missed one of them.</param>
    internal sealed record AddBody(IReadOnlyList<EntryBody> Entries, bool Resend);

    internal sealed record EntryBody(string? Kind, string? Source, string? Esb, string? Label);

    internal sealed record Added(int Entries, int Resent);

    internal static async Task<Results<Ok<IReadOnlyList<ValueTableEntry>>, NotFound, UnauthorizedHttpResult>> ListAsync(
        string connection, ClaimsPrincipal user, ApiVisitors visitors, ValueTableStore tables, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        return visitor.FindConnection(connection) is { } known
            ? TypedResults.Ok((await tables.FindAsync(visitor.Portal.Id, known.Code, cancellationToken)).Entries)
            : TypedResults.NotFound();
    }

    internal static async Task<Results<Ok<Added>, NotFound, ProblemHttpResult, UnauthorizedHttpResult>> AddAsync(
        string connection, AddBody body, ClaimsPrincipal user, ApiVisitors visitors, ValueTableStore tables, FailedByTable failed, TransferSignal signal,
        IOptions<TransferOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(connection) is not { } known)
        {
            return TypedResults.NotFound();
        }

        var entries = new List<ValueTableEntry>();
        foreach (var entry in body.Entries ?? [])
        {
            if (entry is not { Kind: { } kind, Source: { Length: > 0 } source, Esb: { Length: > 0 } esb } || !ValueTables.IsKind(kind))
            {
                return TypedResults.Problem(new ApiTexts(visitor.Language).EntryIncomplete(), statusCode: StatusCodes.Status422UnprocessableEntity);
            }

            entries.Add(new ValueTableEntry(kind, source, esb, entry.Label ?? ""));
        }

        await tables.SaveAsync(visitor.Portal.Id, known.Code, entries, cancellationToken);
        var resent = 0;
        foreach (var entry in body.Resend ? entries : [])
        {
            resent += await failed.RetryAsync(visitor.Portal.Id, known.Code, entry, clock.GetUtcNow() + options.Value.GiveUpAfter, cancellationToken);
        }

        if (resent > 0)
        {
            signal.Wake(new Lane(visitor.Portal.Id, known.Code));
        }

        return TypedResults.Ok(new Added(entries.Count, resent));
    }

    internal static async Task<Results<NoContent, NotFound, UnauthorizedHttpResult>> RemoveAsync(
        string connection, string kind, string source, ClaimsPrincipal user, ApiVisitors visitors, ValueTableStore tables, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        return visitor.FindConnection(connection) is { } known && await tables.RemoveAsync(visitor.Portal.Id, known.Code, kind, source, cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
    }
}
