using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Links;

/// <summary>What has become of the source portals' things on the ESB.</summary>
public sealed class LinkStore(StoreDatabase database, TimeProvider clock)
{
    private const string FindSql = """
        SELECT esb_id AS EsbId, hash AS Hash
        FROM links
        WHERE member_id = @MemberId AND connection = @Connection AND entity = @Entity AND source_id = @SourceId
        """;

    private const string ListSql = """
        SELECT entity AS Entity, source_id AS SourceId, esb_id AS EsbId, hash AS Hash
        FROM links
        WHERE member_id = @MemberId AND connection = @Connection AND (entity, source_id) > (@Entity, @SourceId)
        ORDER BY entity, source_id
        LIMIT @Most
        """;

    private const string SaveSql = """
        INSERT INTO links (member_id, connection, entity, source_id, esb_id, hash, saved_at)
        VALUES (@MemberId, @Connection, @Entity, @SourceId, @EsbId, @Hash, @Now)
        ON CONFLICT (member_id, connection, entity, source_id) DO UPDATE SET
            esb_id = excluded.esb_id,
            hash = excluded.hash,
            saved_at = excluded.saved_at
        """;

    private const string DeleteSql = """
        DELETE FROM links
        WHERE member_id = @MemberId AND connection = @Connection AND entity = @Entity AND source_id = @SourceId
        """;

    private const string IsCompleteSql = "SELECT COUNT(*) FROM complete_links WHERE member_id = @MemberId AND connection = @Connection";

    private const string MarkCompleteSql = """
        INSERT INTO complete_links (member_id, connection, completed_at)
        VALUES (@MemberId, @Connection, @Now)
        ON CONFLICT (member_id, connection) DO NOTHING
        """;

    private const string OriginsSql = """
        SELECT links.member_id AS MemberId, links.source_id AS SourceId
        FROM links
        JOIN link_targets ON link_targets.connection = links.connection
        WHERE link_targets.host = @Host AND links.entity = @Entity AND links.esb_id = @EsbId
        """;

    private const string FindTargetSql = "SELECT host FROM link_targets WHERE connection = @Connection";

    private const string SaveTargetSql = """
        INSERT INTO link_targets (connection, host)
        VALUES (@Connection, @Host)
        ON CONFLICT (connection) DO UPDATE SET host = excluded.host
        """;

    private const string ForgetLinksSql = "DELETE FROM links WHERE connection = @Connection";

    private const string ForgetCompleteSql = "DELETE FROM complete_links WHERE connection = @Connection";

    /// <summary>The links that are known of these things; others are missing in the answer.</summary>
    public Task<IReadOnlyDictionary<LinkKey, Link>> FindAsync(IReadOnlyCollection<LinkKey> keys, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyDictionary<LinkKey, Link> (connection) =>
        {
            var links = new Dictionary<LinkKey, Link>();
            foreach (var key in keys)
            {
                if (connection.QuerySingleOrDefault<Row>(FindSql, Values(key)) is { } row)
                {
                    links[key] = new Link(key, row.EsbId, row.Hash);
                }
            }

            return links;
        },
        cancellationToken);

    /// <summary>The links of a portal and a connection, in the order of their keys.</summary>
    /// <param name="member">The source portal.</param>
    /// <param name="connectionCode">The connection.</param>
    /// <param name="after">The last one of the page before.</param>
    /// <param name="most">At most so many.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<IReadOnlyList<Link>> ListAsync(MemberId member, string connectionCode, LinkKey? after, int most, CancellationToken cancellationToken)
    {
        var values = new { MemberId = member.Value, Connection = connectionCode, Entity = (long)(after?.Entity ?? 0), SourceId = after?.SourceId ?? 0, Most = (long)most };
        return database.ReadAsync(
            IReadOnlyList<Link> (connection) =>
                [.. connection.Query<Row>(ListSql, values).Select(row => new Link(new LinkKey(member, connectionCode, (LinkedEntity)row.Entity, row.SourceId), row.EsbId, row.Hash))],
            cancellationToken);
    }

    /// <summary>Of which things of which source portals a thing on an ESB is the counterpart.</summary>
    public Task<IReadOnlyList<(MemberId Member, long SourceId)>> OriginsAsync(Uri esb, LinkedEntity entity, long esbId, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<(MemberId, long)> (connection) =>
            [.. connection.Query<OriginRow>(OriginsSql, new { Host = esb.Authority, Entity = (long)entity, EsbId = esbId }).Select(row => (MemberId.Parse(row.MemberId), row.SourceId))],
        cancellationToken);

    public Task SaveAsync(IReadOnlyCollection<Link> links, Durability durability, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(connection => Save(connection, links, now), durability, cancellationToken);
    }

    /// <summary>Part of a write of another store: what was done and what it made belong together.</summary>
    public static int Save(StoreConnection connection, IEnumerable<Link> links, DateTimeOffset now)
    {
        var rows = links.Select(link => new
        {
            MemberId = link.Key.Member.Value,
            link.Key.Connection,
            Entity = (long)link.Key.Entity,
            link.Key.SourceId,
            link.EsbId,
            link.Hash,
            Now = UnixTime.Of(now),
        });
        return connection.Execute(SaveSql, rows);
    }

    public Task DeleteAsync(LinkKey key, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(DeleteSql, Values(key)), Durability.Full, cancellationToken);

    /// <summary>Whether the links that the ESB held before this database existed were read in.</summary>
    public Task<bool> IsCompleteAsync(MemberId member, string connection, CancellationToken cancellationToken) => database.ReadAsync(
        reader => reader.ExecuteScalar<long>(IsCompleteSql, new { MemberId = member.Value, Connection = connection }) > 0, cancellationToken);

    public Task MarkCompleteAsync(MemberId member, string connection, CancellationToken cancellationToken)
    {
        var values = new { MemberId = member.Value, Connection = connection, Now = UnixTime.Of(clock.GetUtcNow()) };
        return database.WriteAsync(writer => writer.Execute(MarkCompleteSql, values), Durability.Full, cancellationToken);
    }

    /// <summary>
    /// Part of saving a connection: says which ESB portal its links lead to. Of another portal than before they are forgotten, since its ids are other deals'; if it is the same portal under
    /// a new address, what stands there is found again by its origin.
    /// </summary>
    /// <returns>Whether links were forgotten.</returns>
    public static bool Retarget(StoreConnection connection, string code, Uri esb)
    {
        var values = new { Connection = code, Host = esb.Authority };
        var known = connection.QuerySingleOrDefault<string>(FindTargetSql, values);
        if (known == esb.Authority)
        {
            return false;
        }

        connection.Execute(SaveTargetSql, values);
        if (known is null)
        {
            return false;
        }

        connection.Execute(ForgetCompleteSql, values);
        CarriedFileStore.Forget(connection, code);
        return connection.Execute(ForgetLinksSql, values) > 0;
    }

    private static object Values(LinkKey key) =>
        new { MemberId = key.Member.Value, key.Connection, Entity = (long)key.Entity, key.SourceId };

    private sealed record OriginRow
    {
        public string MemberId { get; init; } = "";

        public long SourceId { get; init; }
    }

    private sealed record Row
    {
        public long Entity { get; init; }

        public long SourceId { get; init; }

        public long EsbId { get; init; }

        public string? Hash { get; init; }
    }
}
