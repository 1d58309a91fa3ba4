using System.Security.Claims;
using B24RobotApp.Transfers.Audits;
using B24RobotApp.Transfers.Connections;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Api;

/// <summary>Whether what the app believes still stands on the ESB: the last audit of each connection, and asking for another. For administrators: it tells of all of a portal's deals.</summary>
internal static class AuditEndpoints
{
    public static void MapAudits(this IEndpointRouteBuilder api)
    {
        api.MapGet("/audits", ListAsync).ForAdministrators();
        api.MapPost("/audits", WantAsync).ForAdministrators();
    }

    /// <summary>The connection to audit.</summary>
    internal sealed record Body(string? Connection);

    /// <summary>A finding, and the same in words.</summary>
    internal sealed record Finding(AuditKind Kind, string Item, long SourceId, long EsbDealId, string Text);

    /// <summary>The last audit of a connection; without <see cref="FinishedAt"/> there was none yet.</summary>
    internal sealed record View(
        string Connection, string Name, bool IsWanted, string? Problem, DateTimeOffset? FinishedAt, long Linked, long OnEsb, IReadOnlyDictionary<AuditKind, int> Counts, IReadOnlyList<Finding> Findings);

    internal static async Task<Results<Ok<List<View>>, UnauthorizedHttpResult>> ListAsync(ClaimsPrincipal user, ApiVisitors visitors, AuditStore store, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        var known = (await store.ListAsync(visitor.Portal.Id, cancellationToken)).ToDictionary(audit => audit.Connection);
        var texts = new AuditTexts(visitor.Language);
        return TypedResults.Ok(visitor.Connections.Select(connection => ViewOf(connection, known.GetValueOrDefault(connection.Code), texts)).ToList());
    }

    internal static async Task<Results<Accepted, ProblemHttpResult, UnauthorizedHttpResult>> WantAsync(
        Body body, ClaimsPrincipal user, ApiVisitors visitors, AuditStore store, CancellationToken cancellationToken)
    {
        if (await visitors.FindAsync(user, cancellationToken) is not { } visitor)
        {
            return TypedResults.Unauthorized();
        }

        if (visitor.FindConnection(body.Connection) is not { } connection)
        {
            return TypedResults.Problem(new ApiTexts(visitor.Language).NoConnection(), statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        await store.WantAsync(visitor.Portal.Id, connection.Code, cancellationToken);
        return TypedResults.Accepted("/api/audits");
    }

    private static View ViewOf(EsbConnection connection, LastAudit? audit, AuditTexts texts)
    {
        var report = audit?.Report;
        return new View(
            connection.Code, connection.Name, audit?.WantedAt is not null, audit?.Problem, report?.FinishedAt, report?.Linked ?? 0, report?.OnEsb ?? 0, report?.Counts ?? new Dictionary<AuditKind, int>(),
            [.. (report?.Findings ?? []).Select(finding => new Finding(finding.Kind, finding.Item, finding.SourceId, finding.EsbDealId, texts.Describe(finding)))]);
    }
}
