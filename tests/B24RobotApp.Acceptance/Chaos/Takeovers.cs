using System.Globalization;
using B24RobotApp.Sandbox.Demo;
using Npgsql;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>How long the transfers of a server that was killed stand still, by what the database knows of attempts.</summary>
internal sealed class Takeovers(PostgresServer postgres, string database)
{
    private const string EnteredText = "This is server ";

    private const string PortalsSql = "SELECT COALESCE(string_agg(portal_id::text, ','), '') FROM leases WHERE portal_id > 0 AND server_id = @Server";

    // Attempts are noted when they end, so those of the killed server that were under way are not among them.
    private const string FirstSql = """
        SELECT MIN(started_at)::text
        FROM attempts
        JOIN transfers ON transfers.sequence = attempts.sequence
        WHERE portal_id::text = ANY (string_to_array(@Portals, ',')) AND received_at < @At AND started_at > @At
        """;

    private readonly List<(long At, string Portals)> _kills = [];

    /// <summary>In words.</summary>
    public string Figures
    {
        get
        {
            var times = Times();
            return times.Count == 0
                ? "no killed server had transfers"
                : string.Create(CultureInfo.InvariantCulture, $"a killed server's transfers go on elsewhere after {times[times.Count / 2].TotalSeconds:0.0} s (median of {times.Count}), {times[^1].TotalSeconds:0.0} s at worst");
        }
    }

    /// <summary>How often a server has come among the others.</summary>
    public static int Entered(AppProcess server) => server.Output.Count(line => line.Contains(EnteredText, StringComparison.Ordinal));

    /// <summary>Kills servers, and keeps in mind whose portals they had.</summary>
    public async Task KillAsync(IReadOnlyList<AppProcess> servers)
    {
        var portals = servers.Select(Portals).ToList();
        foreach (var (server, its) in servers.Zip(portals))
        {
            var at = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            await server.KillAsync();
            if (its.Length > 0)
            {
                _kills.Add((at, its));
            }
        }
    }

    private List<TimeSpan> Times() =>
    [
        .. from kill in _kills
           let first = Ask(FirstSql, ("@Portals", kill.Portals), ("@At", kill.At))
           where first.Length > 0
           let time = TimeSpan.FromMilliseconds(long.Parse(first, CultureInfo.InvariantCulture) - kill.At)
           orderby time
           select time,
    ];

    private string Portals(AppProcess server)
    {
        var number = server.Output.Last(line => line.Contains(EnteredText, StringComparison.Ordinal)).Split(EnteredText)[1].Split(' ')[0];
        return Ask(PortalsSql, ("@Server", long.Parse(number, CultureInfo.InvariantCulture)));
    }

    private string Ask(string sql, params (string Name, object Value)[] values)
    {
        using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(postgres.ConnectionStringTo(database)) { Pooling = false }.ToString());
        connection.Open();
#pragma warning disable CA2100 // The text is this class's own.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command.ExecuteScalar()?.ToString() ?? "";
    }
}
