using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Waits;

namespace B24RobotApp.Transfers.WriteBacks;

/// <summary>Which items of the ESBs are followed, and what was written back.</summary>
public sealed class FollowStore(StoreDatabase database, TimeProvider clock)
{
    private const int Slice = 500;

    private const string Columns = """
        portal_id AS PortalId, connection AS Connection, entity_type_id AS EntityTypeId, item_id AS ItemId, esb_host AS EsbHost, esb_type_id AS EsbTypeId, esb_id AS EsbId,
        profile AS Profile, transfer_id AS TransferId, sent AS Sent, seen AS Seen, echo AS Echo
        """;

    // What another item of the ESB looked like says nothing of this one.
    private const string FollowSql = """
        INSERT INTO followed_items (portal_id, connection, entity_type_id, item_id, esb_host, esb_type_id, esb_id, profile, transfer_id, sent, followed_until)
        VALUES (@PortalId, @Connection, @EntityTypeId, @ItemId, @EsbHost, @EsbTypeId, @EsbId, @Profile, @TransferId, @Sent, @Until)
        ON CONFLICT (portal_id, connection, entity_type_id, item_id) DO UPDATE SET
            seen = CASE WHEN followed_items.esb_host = excluded.esb_host AND followed_items.esb_type_id = excluded.esb_type_id AND followed_items.esb_id = excluded.esb_id THEN followed_items.seen END,
            sent = COALESCE(excluded.sent, followed_items.sent),
            esb_host = excluded.esb_host,
            esb_type_id = excluded.esb_type_id,
            esb_id = excluded.esb_id,
            profile = excluded.profile,
            transfer_id = excluded.transfer_id,
            followed_until = excluded.followed_until
        """;

    private const string FindSql = $"SELECT {Columns} FROM followed_items WHERE portal_id = @PortalId AND connection = @Connection AND entity_type_id = @EntityTypeId AND item_id = @ItemId";

    private const string ItemsSql = """
        SELECT DISTINCT esb_type_id AS TypeId, esb_id AS Id
        FROM followed_items
        WHERE connection = @Connection AND followed_until > @Now
        ORDER BY esb_type_id, esb_id
        """;

    private const string ConnectionsSql = """
        WITH RECURSIVE codes (connection) AS (
            SELECT MIN(connection) FROM followed_items
            UNION ALL
            SELECT (SELECT MIN(connection) FROM followed_items WHERE connection > codes.connection)
            FROM codes
            WHERE codes.connection IS NOT NULL
        )
        SELECT connection FROM codes WHERE connection IS NOT NULL
        """;

    private const string FollowingSql = $"""
        SELECT {Columns}
        FROM followed_items
        WHERE connection = @Connection AND esb_type_id = @TypeId AND esb_id IN @Ids AND followed_until > @Now
        """;

    // A transfer that was sent meanwhile has news that were not seen yet.
    private const string SeeSql = """
        UPDATE followed_items
        SET seen = @Seen, sent = CASE WHEN transfer_id = @TransferId THEN NULL ELSE sent END, echo = COALESCE(@Echo, echo)
        WHERE portal_id = @PortalId AND connection = @Connection AND entity_type_id = @EntityTypeId AND item_id = @ItemId AND esb_id = @EsbId
        """;

    private const string AddWriteBackSql = "INSERT INTO write_backs (portal_id, transfer_id, written_at, fields, problem) VALUES (@PortalId, @TransferId, @Now, @Fields, @Problem)";

    private const string WriteBacksSql = "SELECT written_at AS At, fields AS Fields, problem AS Problem FROM write_backs WHERE transfer_id = @TransferId ORDER BY id DESC LIMIT 50";

    private const string PruneSql = "DELETE FROM write_backs WHERE id IN (SELECT id FROM write_backs WHERE written_at < @OlderThan LIMIT @Slice)";

    private const string PruneFollowedSql = "DELETE FROM followed_items WHERE followed_until <= @Now";

    private const string EraseItemSql = """
        DELETE FROM write_backs
        WHERE transfer_id IN (SELECT id FROM transfers WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId)
        """;

    private const string UnfollowItemSql = "DELETE FROM followed_items WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId";

    private const string EraseSql = "DELETE FROM write_backs WHERE portal_id = @PortalId";

    private const string EraseFollowedSql = "DELETE FROM followed_items WHERE portal_id = @PortalId";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>Follows an item from now on, or goes on following it.</summary>
    public Task FollowAsync(FollowedItem item, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var values = new
        {
            PortalId = item.Portal.Value,
            item.Connection,
            EntityTypeId = (long)item.EntityTypeId,
            item.ItemId,
            item.EsbHost,
            EsbTypeId = (long)item.Esb.EntityTypeId,
            EsbId = item.Esb.Id,
            item.Profile,
            TransferId = item.Transfer.Value,
            Sent = item.Sent?.ToJsonString(),
            Until = UnixTime.Of(until),
        };
        return database.WriteAsync(connection => connection.Execute(FollowSql, values), Durability.Relaxed, cancellationToken);
    }

    /// <summary>What is followed for a source item.</summary>
    public Task<FollowedItem?> FindAsync(PortalId portal, string code, int entityTypeId, long itemId, CancellationToken cancellationToken)
    {
        var values = new { PortalId = portal.Value, Connection = code, EntityTypeId = (long)entityTypeId, ItemId = itemId };
        return database.ReadAsync(connection => connection.QuerySingleOrDefault<Row>(FindSql, values)?.ToItem(), cancellationToken);
    }

    /// <summary>The connections over which something is followed.</summary>
    public Task<IReadOnlyList<string>> ConnectionsAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(IReadOnlyList<string> (connection) => [.. connection.Query<string>(ConnectionsSql, null)], cancellationToken);

    /// <summary>The items of an ESB that are followed.</summary>
    public Task<IReadOnlyList<EsbItem>> ItemsAsync(string code, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<EsbItem> (connection) => [.. connection.Query<(long Type, long Id)>(ItemsSql, new { Connection = code, Now = Now() }).Select(row => new EsbItem((int)row.Type, row.Id))], cancellationToken);

    /// <summary>For which source items some items of an ESB are followed.</summary>
    public Task<IReadOnlyList<FollowedItem>> FollowingAsync(string code, IEnumerable<EsbItem> items, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<FollowedItem> (connection) =>
        [
            .. items.GroupBy(item => item.EntityTypeId)
                .SelectMany(kind => kind.Chunk(Slice).SelectMany(ids => connection.Query<Row>(
                    FollowingSql, new { Connection = code, TypeId = (long)kind.Key, Ids = ids.Select(item => item.Id), Now = Now() })))
                .Select(row => row.ToItem()),
        ],
        cancellationToken);

    /// <summary>Notes that the ESB's values were dealt with.</summary>
    /// <param name="item">As it was read.</param>
    /// <param name="seen">The values.</param>
    /// <param name="echo">How the source item stands after the write; <see langword="null"/> if nothing was written.</param>
    /// <param name="writeBack">What is told of it; <see langword="null"/> if nothing had changed.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task SeeAsync(FollowedItem item, JsonObject seen, Echo? echo, WriteBack? writeBack, CancellationToken cancellationToken)
    {
        var values = new
        {
            Seen = seen.ToJsonString(),
            TransferId = item.Transfer.Value,
            Echo = echo is null ? null : JsonSerializer.Serialize(echo, Json),
            PortalId = item.Portal.Value,
            item.Connection,
            EntityTypeId = (long)item.EntityTypeId,
            item.ItemId,
            EsbId = item.Esb.Id,
        };
        var told = writeBack is null ? null : new { PortalId = item.Portal.Value, TransferId = item.Transfer.Value, Now = UnixTime.Of(writeBack.At), Fields = JsonSerializer.Serialize(writeBack.Fields, Json), writeBack.Problem };
        return database.WriteAsync(
            connection =>
            {
                if (told is not null)
                {
                    connection.Execute(AddWriteBackSql, told);
                }

                return connection.Execute(SeeSql, values);
            },
            Durability.Relaxed,
            cancellationToken);
    }

    /// <summary>What was written back after a transfer, newest first.</summary>
    public Task<IReadOnlyList<WriteBack>> WriteBacksAsync(TransferId transfer, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<WriteBack> (connection) =>
        [
            .. connection.Query<WriteBackRow>(WriteBacksSql, new { TransferId = transfer.Value })
                .Select(row => new WriteBack(UnixTime.From(row.At), JsonSerializer.Deserialize<WriteBackField[]>(row.Fields, Json) ?? [], row.Problem)),
        ],
        cancellationToken);

    /// <summary>Deletes what was written back before a time, and lets go of what is followed no longer.</summary>
    public Task PruneAsync(DateTimeOffset olderThan, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(PruneFollowedSql, new { Now = Now() }) + connection.Execute(PruneSql, new { OlderThan = UnixTime.Of(olderThan), Slice }), Durability.Relaxed, cancellationToken);

    /// <summary>Deletes all of a portal.</summary>
    public Task EraseAsync(PortalId portal, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(EraseSql, new { PortalId = portal.Value }) + connection.Execute(EraseFollowedSql, new { PortalId = portal.Value }), Durability.Full, cancellationToken);

    /// <summary>Part of erasing an item, before its transfers go: what was written back to it, and the values that were seen of it. It is followed again from its next transfer on.</summary>
    internal static void EraseItem(StoreConnection connection, PortalId portal, int entityTypeId, long itemId)
    {
        var values = new { PortalId = portal.Value, EntityTypeId = (long)entityTypeId, ItemId = itemId };
        connection.Execute(EraseItemSql, values);
        connection.Execute(UnfollowItemSql, values);
    }

    private long Now() => UnixTime.Of(clock.GetUtcNow());

    private sealed record WriteBackRow
    {
        public long At { get; init; }

        public string Fields { get; init; } = "[]";

        public string? Problem { get; init; }
    }

    private sealed record Row
    {
        public long PortalId { get; init; }

        public string Connection { get; init; } = "";

        public long EntityTypeId { get; init; }

        public long ItemId { get; init; }

        public string EsbHost { get; init; } = "";

        public long EsbTypeId { get; init; }

        public long EsbId { get; init; }

        public string Profile { get; init; } = "";

        public string TransferId { get; init; } = "";

        public string? Sent { get; init; }

        public string? Seen { get; init; }

        public string? Echo { get; init; }

        public FollowedItem ToItem() => new()
        {
            Portal = new PortalId(PortalId),
            Connection = Connection,
            EntityTypeId = (int)EntityTypeId,
            ItemId = ItemId,
            EsbHost = EsbHost,
            Esb = new EsbItem((int)EsbTypeId, EsbId),
            Profile = Profile,
            Transfer = new TransferId(TransferId),
            Sent = Sent is null ? null : JsonNode.Parse(Sent)?.AsObject(),
            Seen = Seen is null ? null : JsonNode.Parse(Seen)?.AsObject(),
            Echo = Echo is null ? null : JsonSerializer.Deserialize<Echo>(Echo, Json),
        };
    }
}
