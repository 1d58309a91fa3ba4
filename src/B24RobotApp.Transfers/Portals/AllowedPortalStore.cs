using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Portals;

/// <summary>Which portals may use the app beside those of the settings: hosts or patterns, entered by <c>b24robot portals allow</c>.</summary>
public sealed class AllowedPortalStore
{
    private const string ListSql = "SELECT entry FROM allowed_portals ORDER BY entry";

    private const string AddSql = "INSERT INTO allowed_portals (entry, added_at) VALUES (@Entry, @Now) ON CONFLICT (entry) DO NOTHING";

    private const string RemoveSql = "DELETE FROM allowed_portals WHERE entry = @Entry";

    private readonly StoreDatabase _database;
    private readonly TimeProvider _clock;
    private IReadOnlyList<string>? _entries;

    public AllowedPortalStore(StoreDatabase database, TimeProvider clock)
    {
        (_database, _clock) = (database, clock);
        database.ChangedOutside += () => Volatile.Write(ref _entries, null);
    }

    /// <summary>All of them. Read from memory: every connection to a portal asks.</summary>
    public IReadOnlyList<string> Entries
    {
        get
        {
            if (Volatile.Read(ref _entries) is not { } entries)
            {
                // A few rows, once; those who ask are in the middle of connecting and cannot wait otherwise.
                entries = _database.ReadAsync(IReadOnlyList<string> (connection) => [.. connection.Query<string>(ListSql)], CancellationToken.None).GetAwaiter().GetResult();
                Volatile.Write(ref _entries, entries);
            }

            return entries;
        }
    }

    /// <returns><see langword="false"/> if it was there already.</returns>
    public Task<bool> AddAsync(string entry, CancellationToken cancellationToken) => WriteAsync(AddSql, new { Entry = entry, Now = UnixTime.Of(_clock.GetUtcNow()) }, cancellationToken);

    /// <returns><see langword="false"/> if it was not there.</returns>
    public Task<bool> RemoveAsync(string entry, CancellationToken cancellationToken) => WriteAsync(RemoveSql, new { Entry = entry }, cancellationToken);

    private async Task<bool> WriteAsync(string sql, object values, CancellationToken cancellationToken)
    {
        var changed = await _database.WriteAsync(
            connection =>
            {
                connection.TellOthers();
                return connection.Execute(sql, values) == 1;
            },
            Durability.Full,
            cancellationToken);
        Volatile.Write(ref _entries, null);
        return changed;
    }
}
