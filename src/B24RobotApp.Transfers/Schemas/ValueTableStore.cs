using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Schemas;

/// <summary>The value tables that portals' people have entered, each for one source portal and one connection. They come from memory: this store is the only writer.</summary>
public sealed class ValueTableStore
{
    private const string LoadSql = """
        SELECT portal_id AS PortalId, connection AS Connection, kind AS Kind, source AS Source, esb AS Esb, label AS Label
        FROM value_tables
        ORDER BY kind, source
        """;

    private const string SaveSql = """
        INSERT INTO value_tables (portal_id, connection, kind, source, esb, label, saved_at)
        VALUES (@PortalId, @Connection, @Kind, @Source, @Esb, @Label, @Now)
        ON CONFLICT (portal_id, connection, kind, source) DO UPDATE SET
            esb = excluded.esb,
            label = excluded.label,
            saved_at = excluded.saved_at
        """;

    private const string RemoveSql = """
        DELETE FROM value_tables
        WHERE portal_id = @PortalId AND connection = @Connection AND kind = @Kind AND source = @Source
        """;

    private const string EraseSql = "DELETE FROM value_tables WHERE portal_id = @PortalId";

    private readonly TimeProvider _clock;
    private readonly StoreCache<IReadOnlyDictionary<(long Portal, string Connection), ValueTables>> _cache;

    public ValueTableStore(StoreDatabase database, TimeProvider clock)
    {
        _clock = clock;
        _cache = new StoreCache<IReadOnlyDictionary<(long Portal, string Connection), ValueTables>>(
            database,
            connection => connection.Query<Row>(LoadSql)
                .GroupBy(row => (row.PortalId, row.Connection))
                .ToDictionary(rows => rows.Key, rows => new ValueTables([.. rows.Select(row => new ValueTableEntry(row.Kind, row.Source, row.Esb, row.Label))])));
    }

    /// <summary>The tables of a portal for a connection; empty if it has none. Another portal's are never among them.</summary>
    public async ValueTask<ValueTables> FindAsync(PortalId portal, string connection, CancellationToken cancellationToken) =>
        (await _cache.GetAsync(cancellationToken)).GetValueOrDefault((portal.Value, connection)) ?? ValueTables.Empty;

    /// <summary>Adds entries; one of the same kind and source value is replaced.</summary>
    public Task SaveAsync(PortalId portal, string connection, IReadOnlyList<ValueTableEntry> entries, CancellationToken cancellationToken)
    {
        var now = UnixTime.Of(_clock.GetUtcNow());
        return _cache.WriteAsync(
            database =>
            {
                foreach (var entry in entries)
                {
                    database.Execute(
                        SaveSql, new { PortalId = portal.Value, Connection = connection, entry.Kind, entry.Source, entry.Esb, entry.Label, Now = now });
                }

                return entries.Count;
            },
            cancellationToken);
    }

    /// <returns><see langword="false"/> if there is no such entry.</returns>
    public Task<bool> RemoveAsync(PortalId portal, string connection, string kind, string source, CancellationToken cancellationToken) => _cache.WriteAsync(
        database => database.Execute(RemoveSql, new { PortalId = portal.Value, Connection = connection, Kind = kind, Source = source }) == 1, cancellationToken);

    /// <summary>Deletes a portal's tables.</summary>
    public Task EraseAsync(PortalId portal, CancellationToken cancellationToken) =>
        _cache.WriteAsync(database => database.Execute(EraseSql, new { PortalId = portal.Value }), cancellationToken);

    private sealed record Row
    {
        public long PortalId { get; init; }

        public string Connection { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Source { get; init; } = "";

        public string Esb { get; init; } = "";

        public string Label { get; init; } = "";
    }
}
