using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>The servers and whose portals are whose. Written like everything else, one write at a time over all servers. Times are the database's own: servers' clocks differ.</summary>
internal static class ServerTable
{
    /// <summary>What leading is called among the leases: no portal has this number.</summary>
    private const long Leading = 0;

    private const string AddSql = "INSERT INTO servers (name, alive_until) VALUES (@Name, (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint + @Lease) RETURNING id";

    private const string StandsSql = "SELECT COUNT(*) FROM servers WHERE id = @Id";

    private const string RenewSql = "UPDATE servers SET alive_until = (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint + @Lease WHERE id = @Id";

    private const string RemoveSql = "DELETE FROM servers WHERE id = @Id";

    private const string BurySql = "DELETE FROM servers WHERE alive_until < EXTRACT(EPOCH FROM clock_timestamp()) * 1000 RETURNING id || ' (' || name || ')'";

    private const string CountSql = "SELECT (SELECT COUNT(*) FROM servers) AS Servers, (SELECT COUNT(*) FROM servers WHERE id < @Id) AS Older, (SELECT COUNT(*) FROM portals) AS Portals";

    private const string LeadSql = "INSERT INTO leases (portal_id, server_id) VALUES (0, @Id) ON CONFLICT (portal_id) DO NOTHING";

    private const string MineSql = "SELECT portal_id FROM leases WHERE server_id = @Id";

    private const string TakeSql = """
        INSERT INTO leases (portal_id, server_id)
        SELECT portals.id, @Id
        FROM portals
        WHERE NOT EXISTS (SELECT 1 FROM leases WHERE leases.portal_id = portals.id)
        ORDER BY portals.id
        LIMIT @Most
        RETURNING portal_id
        """;

    private const string ReturnSql = "DELETE FROM leases WHERE server_id = @Id AND portal_id IN @Portals";

    /// <summary>Enters a server.</summary>
    /// <returns>Its number, which no other ever had: what a server does that was taken for dead carries the old one.</returns>
    public static long Add(StoreConnection connection, string name, TimeSpan lease) => connection.ExecuteScalar<long>(AddSql, new { Name = name, Lease = (long)lease.TotalMilliseconds });

    /// <summary>Whether a server was not taken for dead.</summary>
    public static bool Stands(StoreConnection connection, long id) => (long)connection.ScalarPrepared(StandsSql, ("@Id", id))! == 1;

    /// <summary>Takes a server out, and its leases with it.</summary>
    public static int Remove(StoreConnection connection, long id) => connection.Execute(RemoveSql, new { Id = id });

    /// <summary>Lets others have portals.</summary>
    public static int Return(StoreConnection connection, long id, IReadOnlyCollection<PortalId> portals) =>
        connection.Execute(ReturnSql, new { Id = id, Portals = portals.Select(portal => portal.Value) });

    /// <summary>The server lives. It buries the dead, takes the lead if nobody has it, and of the portals that are nobody's as many as make a fair part of all.</summary>
    /// <returns>How it stands now; <see langword="null"/> if it was taken for dead.</returns>
    public static Standing? Renew(StoreConnection connection, long id, TimeSpan lease)
    {
        if (connection.Execute(RenewSql, new { Id = id, Lease = (long)lease.TotalMilliseconds }) == 0)
        {
            return null;
        }

        var buried = connection.Query<string>(BurySql);
        var counts = connection.QuerySingle<Counts>(CountSql, new { Id = id });
        connection.Execute(LeadSql, new { Id = id });
        var mine = connection.Query<long>(MineSql, new { Id = id }).ToHashSet();
        var leads = mine.Remove(Leading);

        // Equal parts; the oldest servers have what is left over.
        var part = (int)((counts.Portals / counts.Servers) + (counts.Older < counts.Portals % counts.Servers ? 1 : 0));
        if (mine.Count < part)
        {
            mine.UnionWith(connection.Query<long>(TakeSql, new { Id = id, Most = (long)(part - mine.Count) }));
        }

        return new Standing([.. mine.Select(portal => new PortalId(portal))], leads, part, (int)counts.Servers, buried);
    }

    private sealed record Counts
    {
        public long Servers { get; init; }

        public long Older { get; init; }

        public long Portals { get; init; }
    }
}

/// <summary>How a server stands among the others.</summary>
/// <param name="Portals">Whose lease it has.</param>
/// <param name="Leads">Whether it has the lead.</param>
/// <param name="Part">How many portals are its fair part.</param>
/// <param name="Servers">How many servers there are.</param>
/// <param name="Buried">Those that were taken for dead just now.</param>
internal sealed record Standing(HashSet<PortalId> Portals, bool Leads, int Part, int Servers, IReadOnlyList<string> Buried);
