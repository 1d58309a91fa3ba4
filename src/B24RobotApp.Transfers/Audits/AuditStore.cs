using System.Text.Json;
using System.Text.Json.Serialization;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Audits;

/// <summary>The last audit of a portal and a connection.</summary>
/// <param name="Connection">The connection's code.</param>
/// <param name="WantedAt">Somebody asked for another one, and it has not come to its end; <see langword="null"/> otherwise.</param>
/// <param name="TriedAt">When the last one ended, well or not.</param>
/// <param name="Problem">Why the last one brought no report; <see langword="null"/> if it did.</param>
/// <param name="Report">The last report that there was.</param>
public sealed record LastAudit(string Connection, DateTimeOffset? WantedAt, DateTimeOffset? TriedAt, string? Problem, AuditReport? Report);

/// <summary>The last audit of each portal and connection, and which are asked for.</summary>
public sealed class AuditStore(StoreDatabase database, TimeProvider clock)
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    private const string ListSql = """
        SELECT connection AS Connection, wanted_at AS WantedAt, tried_at AS TriedAt, problem AS Problem, report AS Report
        FROM audits
        WHERE portal_id = @PortalId
        ORDER BY connection
        """;

    private const string WantSql = """
        INSERT INTO audits (portal_id, connection, wanted_at)
        VALUES (@PortalId, @Connection, @Now)
        ON CONFLICT (portal_id, connection) DO UPDATE SET wanted_at = excluded.wanted_at
        """;

    private const string SaveSql = """
        INSERT INTO audits (portal_id, connection, tried_at, report)
        VALUES (@PortalId, @Connection, @Now, @Report)
        ON CONFLICT (portal_id, connection) DO UPDATE SET wanted_at = NULL, tried_at = excluded.tried_at, problem = NULL, report = excluded.report
        """;

    private const string SaveProblemSql = """
        INSERT INTO audits (portal_id, connection, tried_at, problem)
        VALUES (@PortalId, @Connection, @Now, @Problem)
        ON CONFLICT (portal_id, connection) DO UPDATE SET wanted_at = NULL, tried_at = excluded.tried_at, problem = excluded.problem
        """;

    private const string EraseSql = "DELETE FROM audits WHERE portal_id = @PortalId";

    public Task<IReadOnlyList<LastAudit>> ListAsync(PortalId portal, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<LastAudit> (connection) => [.. connection.Query<Row>(ListSql, new { PortalId = portal.Value }).Select(row => row.ToAudit())], cancellationToken);

    /// <summary>Asks for an audit; the server makes it within seconds.</summary>
    public Task WantAsync(PortalId portal, string connection, CancellationToken cancellationToken) => WriteAsync(WantSql, portal, connection, null, null, cancellationToken);

    public Task SaveAsync(PortalId portal, string connection, AuditReport report, CancellationToken cancellationToken) =>
        WriteAsync(SaveSql, portal, connection, JsonSerializer.Serialize(report, Json), null, cancellationToken);

    /// <summary>There was no report. The one before stays.</summary>
    public Task SaveProblemAsync(PortalId portal, string connection, string problem, CancellationToken cancellationToken) =>
        WriteAsync(SaveProblemSql, portal, connection, null, problem, cancellationToken);

    /// <summary>Part of erasing a portal.</summary>
    public Task EraseAsync(PortalId portal, CancellationToken cancellationToken) =>
        database.WriteAsync(store => store.Execute(EraseSql, new { PortalId = portal.Value }), Durability.Full, cancellationToken);

    private Task<int> WriteAsync(string sql, PortalId portal, string connection, string? report, string? problem, CancellationToken cancellationToken)
    {
        var values = new { PortalId = portal.Value, Connection = connection, Report = report, Problem = problem, Now = UnixTime.Of(clock.GetUtcNow()) };
        return database.WriteAsync(store => store.Execute(sql, values), Durability.Full, cancellationToken);
    }

    private sealed record Row
    {
        public string Connection { get; init; } = "";

        public long? WantedAt { get; init; }

        public long? TriedAt { get; init; }

        public string? Problem { get; init; }

        public string? Report { get; init; }

        public LastAudit ToAudit() => new(
            Connection,
            WantedAt is { } wanted ? UnixTime.From(wanted) : null,
            TriedAt is { } tried ? UnixTime.From(tried) : null,
            Problem,
            Report is null ? null : JsonSerializer.Deserialize<AuditReport>(Report, Json));
    }
}
