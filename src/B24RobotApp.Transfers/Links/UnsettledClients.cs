using System.Security.Cryptography;
using System.Text;
using B24RobotApp.Transfers.Storage;
using Dapper;

namespace B24RobotApp.Transfers.Links;

/// <summary>
/// Creates of clients whose fate nobody knows, by all the names under which the client might be found, until when they may still be executed over there. A transfer that finds nothing must not create the
/// same client beside them, not even after a crash.
/// </summary>
public sealed class UnsettledClients(SqliteDatabase database, TimeProvider clock)
{
    private const string NoteSql = """
        INSERT INTO unsettled_clients (name, until)
        VALUES (@Name, @Until)
        ON CONFLICT (name) DO UPDATE SET until = excluded.until
        """;

    private const string PurgeSql = "DELETE FROM unsettled_clients WHERE until <= @Now";

    private const string ForgetSql = "DELETE FROM unsettled_clients WHERE name = @Name";

    private const string FindSql = "SELECT until FROM unsettled_clients WHERE name = @Name";

    /// <summary>Notes a create that is about to be sent.</summary>
    public Task NoteAsync(IEnumerable<string> names, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var rows = names.Select(name => new { Name = Digest(name), Until = UnixTime.Of(until) }).ToList();
        var now = UnixTime.Of(clock.GetUtcNow());
        return database.WriteAsync(
            connection =>
            {
                connection.Execute(PurgeSql, new { Now = now });
                return connection.Execute(NoteSql, rows);
            },
            Durability.Full,
            cancellationToken);
    }

    /// <summary>The creates were answered.</summary>
    public Task ForgetAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var rows = names.Select(name => new { Name = Digest(name) }).ToList();
        return rows.Count == 0 ? Task.CompletedTask : database.WriteAsync(connection => connection.Execute(ForgetSql, rows), Durability.Relaxed, cancellationToken);
    }

    /// <summary>Until when a create under one of the names may still be executed; <see langword="null"/> if none may.</summary>
    public Task<DateTimeOffset?> FindAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var digests = names.Select(Digest).ToList();
        var now = UnixTime.Of(clock.GetUtcNow());
        return database.ReadAsync(
            DateTimeOffset? (connection) => digests
                .Select(name => connection.ExecuteScalar<long?>(FindSql, new { Name = name }))
                .Where(until => until > now)
                .Max() is { } latest ? UnixTime.From(latest) : null,
            cancellationToken);
    }

    private static string Digest(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
