using System.Security.Cryptography;
using System.Text;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Links;

/// <summary>
/// Creates of clients whose fate nobody knows, by all the names under which the client might be found, as long as they may still be executed over there. A transfer that finds nothing must not create the
/// same client beside them, not even after a crash.
/// </summary>
public sealed class UnsettledClients(StoreDatabase database, Settling settling, TimeProvider clock)
{
    /// <summary>Rows of creates that were answered are deleted, so few are left, and those of a day ago are of no use, whatever the clock was.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    private const string NoteSql = """
        INSERT INTO unsettled_clients (name, until)
        VALUES (@Name, @Until)
        ON CONFLICT (name) DO UPDATE SET until = excluded.until
        """;

    private const string PurgeSql = "DELETE FROM unsettled_clients WHERE until <= @LongAgo";

    private const string ForgetSql = "DELETE FROM unsettled_clients WHERE name = @Name";

    private const string FindSql = "SELECT 1 FROM unsettled_clients WHERE name = @Name";

    /// <summary>Notes a create that is about to be sent.</summary>
    public async Task NoteAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rows = names.Select(name => new { Name = Digest(name), Until = UnixTime.Of(now) }).ToList();
        await database.WriteAsync(
            connection =>
            {
                connection.Execute(PurgeSql, new { LongAgo = UnixTime.Of(now - KeptFor) });
                return connection.Execute(NoteSql, rows);
            },
            Durability.Full,
            cancellationToken);
        rows.ForEach(row => settling.Note(row.Name));
    }

    /// <summary>What came of the creates is not known. They may have waited for their turn until a moment ago.</summary>
    public void NoteLost(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            settling.Note(Digest(name));
        }
    }

    /// <summary>The creates were answered.</summary>
    public Task ForgetAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var rows = names.Select(name => new { Name = Digest(name) }).ToList();
        rows.ForEach(row => settling.Forget(row.Name));
        return rows.Count == 0 ? Task.CompletedTask : database.WriteAsync(connection => connection.Execute(ForgetSql, rows), Durability.Relaxed, cancellationToken);
    }

    /// <summary>Until when a create under one of the names may still be executed; <see langword="null"/> if none may.</summary>
    public Task<DateTimeOffset?> FindAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var digests = names.Select(Digest).ToList();
        return database.ReadAsync(
            connection => digests
                .Where(name => connection.ExecuteScalar<long?>(FindSql, new { Name = name }) is not null)
                .Max(settling.PendingUntil),
            cancellationToken);
    }

    private static string Digest(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
