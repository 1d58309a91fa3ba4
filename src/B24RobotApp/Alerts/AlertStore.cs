using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Alerts;

/// <summary>The alerts that are not over, so that a restart says none of them again.</summary>
internal sealed class AlertStore(StoreDatabase database)
{
    private const string ListSql = """
        SELECT kind AS Kind, portal_id AS PortalId, connection AS Connection, host AS Host, detail AS Detail, since AS Since, ended_at AS EndedAt, host_told AS HostTold, portal_told AS PortalTold
        FROM alerts
        """;

    private const string ClearSql = "DELETE FROM alerts";

    private const string AddSql = """
        INSERT INTO alerts (subject, kind, portal_id, connection, host, detail, since, ended_at, host_told, portal_told)
        VALUES (@Subject, @Kind, @PortalId, @Connection, @Host, @Detail, @Since, @EndedAt, @HostTold, @PortalTold)
        """;

    public Task<IReadOnlyList<Alert>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<Alert> (connection) => [.. connection.Query<Row>(ListSql).Select(row => row.ToAlert())], cancellationToken);

    /// <summary>Puts these in place of all that are stored. There are few.</summary>
    /// <exception cref="StorageUnavailableException">Nothing was written.</exception>
    public Task SaveAsync(IReadOnlyCollection<Alert> alerts, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            connection.Execute(ClearSql);
            return connection.Execute(AddSql, alerts.Select(Row.Of));
        },
        Durability.Full,
        cancellationToken);

    private sealed record Row
    {
        public string Subject { get; init; } = "";

        public string Kind { get; init; } = "";

        public long? PortalId { get; init; }

        public string Connection { get; init; } = "";

        public string Host { get; init; } = "";

        public string Detail { get; init; } = "";

        public long Since { get; init; }

        public long? EndedAt { get; init; }

        public long HostTold { get; init; }

        public long PortalTold { get; init; }

        public static Row Of(Alert alert) => new()
        {
            Subject = alert.Subject,
            Kind = alert.Kind.ToString(),
            PortalId = alert.Portal?.Value,
            Connection = alert.Connection,
            Host = alert.Host,
            Detail = alert.Detail,
            Since = UnixTime.Of(alert.Since),
            EndedAt = UnixTime.Of(alert.EndedAt),
            HostTold = alert.HostTold ? 1 : 0,
            PortalTold = alert.PortalTold ? 1 : 0,
        };

        public Alert ToAlert() => new()
        {
            Kind = Enum.Parse<AlertKind>(Kind),
            Portal = PortalId is { } id ? new PortalId(id) : null,
            Connection = Connection,
            Host = Host,
            Detail = Detail,
            Since = UnixTime.From(Since),
            EndedAt = UnixTime.From(EndedAt),
            HostTold = HostTold != 0,
            PortalTold = PortalTold != 0,
        };
    }
}
