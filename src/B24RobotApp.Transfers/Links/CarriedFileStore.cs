using System.Text.Json;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Links;

/// <summary>Which files were sent, so that none is sent twice: a portal makes a new file of every upload.</summary>
public sealed class CarriedFileStore(StoreDatabase database)
{
    private const string ListSql = """
        SELECT field AS Field, source_file_id AS SourceFileId, esb_file_id AS EsbFileId, files_before AS FilesBefore, transfer_id AS TransferId, saved_at AS SavedAt
        FROM carried_files
        WHERE member_id = @MemberId AND connection = @Connection AND entity = @Entity AND source_id = @SourceId AND esb_id = @EsbId
        """;

    private const string SaveSql = """
        INSERT INTO carried_files (member_id, connection, entity, source_id, esb_id, field, source_file_id, esb_file_id, files_before, transfer_id, saved_at)
        VALUES (@MemberId, @Connection, @Entity, @SourceId, @EsbId, @Field, @SourceFileId, @EsbFileId, @FilesBefore, @TransferId, @SavedAt)
        ON CONFLICT (member_id, connection, entity, source_id, esb_id, field, source_file_id) DO UPDATE SET
            esb_file_id = excluded.esb_file_id,
            files_before = excluded.files_before,
            transfer_id = excluded.transfer_id,
            saved_at = excluded.saved_at
        """;

    private const string DeleteSql = """
        DELETE FROM carried_files
        WHERE member_id = @MemberId AND connection = @Connection AND entity = @Entity AND source_id = @SourceId AND esb_id = @EsbId
            AND field = @Field AND source_file_id = @SourceFileId
        """;

    private const string ForgetSql = "DELETE FROM carried_files WHERE connection = @Connection";

    /// <summary>All files of one deal that were sent, or meant to be, to one deal of the ESB.</summary>
    public Task<IReadOnlyList<CarriedFile>> ListAsync(LinkKey item, long esbId, CancellationToken cancellationToken)
    {
        var values = new { MemberId = item.Member.Value, item.Connection, Entity = (long)item.Entity, item.SourceId, EsbId = esbId };
        return database.ReadAsync(
            IReadOnlyList<CarriedFile> (connection) => [.. connection.Query<Row>(ListSql, values).Select(row => row.ToFile(item, esbId))], cancellationToken);
    }

    /// <summary>Notes, before it is sent, that a file will be, or, afterwards, what it has become.</summary>
    public Task SaveAsync(CarriedFile file, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(SaveSql, Values(file)), Durability.Full, cancellationToken);

    /// <summary>The file did not arrive, for certain.</summary>
    public Task DeleteAsync(CarriedFile file, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(DeleteSql, Values(file)), Durability.Full, cancellationToken);

    /// <summary>Part of <see cref="LinkStore.Retarget"/>: the connection leads to another portal, whose files have other ids.</summary>
    internal static int Forget(StoreConnection connection, string code) => connection.Execute(ForgetSql, new { Connection = code });

    private static object Values(CarriedFile file) => new
    {
        MemberId = file.Item.Member.Value,
        file.Item.Connection,
        Entity = (long)file.Item.Entity,
        file.Item.SourceId,
        file.EsbId,
        file.Field,
        file.SourceFileId,
        file.EsbFileId,
        FilesBefore = JsonSerializer.Serialize(file.FilesBefore),
        TransferId = file.Transfer.Value,
        SavedAt = UnixTime.Of(file.SavedAt),
    };

    private sealed record Row
    {
        public string Field { get; init; } = "";

        public long SourceFileId { get; init; }

        public long EsbFileId { get; init; }

        public string FilesBefore { get; init; } = "";

        public string TransferId { get; init; } = "";

        public long SavedAt { get; init; }

        public CarriedFile ToFile(LinkKey item, long esbId) => new()
        {
            Item = item,
            EsbId = esbId,
            Field = Field,
            SourceFileId = SourceFileId,
            EsbFileId = EsbFileId,
            FilesBefore = JsonSerializer.Deserialize<long[]>(FilesBefore) ?? [],
            Transfer = new TransferId(TransferId),
            SavedAt = UnixTime.From(SavedAt),
        };
    }
}
