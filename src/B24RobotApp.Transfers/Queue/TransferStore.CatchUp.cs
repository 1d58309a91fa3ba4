using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Queue;

/// <content>Transfers that were sent although no robot's call came, and calls that were only late.</content>
/// <remarks>
/// A call tells neither when its deal came to the stage nor which stay there it belongs to; it tells when the portal made it. So a caught-up transfer has as its call's time the time when the deal came to the stage,
/// and keeps the time until which a call belongs to that stay: when the deal left the stage, as far as that was known, else when it was caught up or the robot's usual delay was over. A call in between can be no other
/// robot execution: one of a later stay is made later. A call that is made after that makes a transfer of its own, which changes nothing on the ESB where nothing has changed.
/// </remarks>
public sealed partial class TransferStore
{
    /// <summary>A call's time and the stage history's are of one clock, but of different machines.</summary>
    private const long ClockToleranceMs = 60_000;

    private const string AdoptingSql = """
        SELECT sequence
        FROM transfers
        WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId AND connection = @Connection AND robot_code = @RobotCode
          AND adopts_until > @CalledAt AND called_at <= @CalledAtAtLeast
        ORDER BY called_at DESC
        LIMIT 1
        """;

    private const string TakeInSql = $"""
        {AddColumns}
        SELECT {AddedValues}
        WHERE NOT EXISTS ({AdoptingSql})
        ON CONFLICT (portal_id, event_token) DO NOTHING
        """;

    // One that is over is reported once more, to the robot alone. One that is under way knows nothing of the call and is not over when it ends. Where nothing was written yet, the robot's true settings take the place of
    // those that were believed to be its.
    private const string AdoptSql = """
        UPDATE transfers
        SET event_token = @EventToken, workflow_id = @WorkflowId, waits = @Waits, times_out_at = @TimesOutAt, user_id = COALESCE(@UserId, user_id),
            ends_at = CASE WHEN ends_at < @EndsAt THEN ends_at ELSE @EndsAt END, adopts_until = NULL,
            caught_up = CASE WHEN state = 'running' THEN 3 ELSE 2 END,
            properties = CASE WHEN state IN ('queued', 'behind') AND intent_at IS NULL AND outcome_status IS NULL THEN @Properties ELSE properties END,
            reported = CASE WHEN finished_at IS NULL THEN reported ELSE reported | 6 END,
            finished_at = NULL
        WHERE sequence = @Sequence
        """;

    private const string IsFinishedSql = "SELECT COUNT(*) FROM transfers WHERE sequence = @Sequence AND finished_at IS NOT NULL";

    private const string ReportOnceMoreSql = """
        UPDATE transfers
        SET state = 'queued', due_at = @Now, reported = reported | 6, caught_up = 2
        WHERE id = @Id AND state = 'running' AND caught_up = 3
        """;

    private const string IdSql = "SELECT id FROM transfers WHERE sequence = @Sequence";

    private const string KnownEventSql = "SELECT COUNT(*) FROM transfers WHERE portal_id = @PortalId AND event_token = @EventToken";

    private const string CalledSinceSql = """
        SELECT COUNT(*)
        FROM transfers
        WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId AND connection = @Connection AND robot_code = @RobotCode
          AND called_at >= @From AND called_at < @Before
        """;

    private const string MarkCaughtUpSql = "UPDATE transfers SET caught_up = 1, adopts_until = @AdoptsUntil WHERE id = @Id";

    private const string CaughtUpLanesSql = """
        SELECT DISTINCT portal_id AS PortalId, connection AS Connection
        FROM transfers
        WHERE portal_id IN (SELECT id FROM portals) AND adopts_until IS NOT NULL AND state = 'queued' AND due_at <= @Now
        """;

    private const string OfItemsSql = $"""
        SELECT {TransferRow.Columns}
        FROM transfers
        WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id IN @ItemIds
        ORDER BY sequence
        """;

    /// <summary>Writes a robot's call and returns when it is on disk. A call whose deal was caught up meanwhile joins that transfer: its robot gets that one's answer.</summary>
    /// <returns>The transfer; <see langword="null"/> if the portal had delivered this event before.</returns>
    public async Task<TransferId?> TakeInAsync(NewTransfer call, CancellationToken cancellationToken)
    {
        // Nearly always there is nothing to join, and the insert is all.
        var isAdded = call.Verified
            ? await database.WriteStatementAsync(TakeInSql, [.. ValuesOf(call, clock.GetUtcNow()), AtLeast(call)], Durability.Full, cancellationToken) == 1
            : await TryAddAsync(call, cancellationToken);
        return isAdded ? call.Id : call.Verified ? await database.WriteAsync(connection => Join(connection, call), Durability.Full, cancellationToken) : null;
    }

    /// <summary>Adds the transfer of a deal that came to the robot's stage while nobody listened, unless its robot's call is there by now.</summary>
    /// <param name="transfer">With the time when the deal came to the stage as its call's, and without anybody who waits.</param>
    /// <param name="leftAt">When the deal left the stage; <see langword="null"/> if it still stands there.</param>
    /// <param name="adoptsUntil">Calls made before this belong to it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns><see langword="false"/> if there is a transfer for this stay on the stage.</returns>
    public Task<bool> TryCatchUpAsync(NewTransfer transfer, DateTimeOffset? leftAt, DateTimeOffset adoptsUntil, CancellationToken cancellationToken)
    {
        var values = new
        {
            PortalId = transfer.Portal.Value,
            EntityTypeId = (long)transfer.EntityTypeId,
            transfer.ItemId,
            transfer.Connection,
            transfer.RobotCode,
            From = UnixTime.Of(transfer.CalledAt) - ClockToleranceMs,
            Before = UnixTime.Of(leftAt) ?? long.MaxValue,
        };
        return database.WriteAsync(
            connection => connection.ExecuteScalar<long>(CalledSinceSql, values) == 0
                && Add(connection, transfer, clock.GetUtcNow()) == 1
                && connection.Execute(MarkCaughtUpSql, new { Id = transfer.Id.Value, AdoptsUntil = UnixTime.Of(adoptsUntil) }) == 1,
            Durability.Full,
            cancellationToken);
    }

    /// <summary>Lanes in which caught-up transfers are due. One that a command has added beside the server has woken nobody.</summary>
    public Task<IReadOnlyList<Lane>> CaughtUpLanesAsync(CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<Lane> (connection) => [.. connection.Query<LaneRow>(CaughtUpLanesSql, new { Now = Now() }).Select(row => new Lane(new PortalId(row.PortalId), row.Connection))], cancellationToken);

    /// <summary>All transfers of some items, in the order of their arrival.</summary>
    public Task<IReadOnlyList<Transfer>> OfItemsAsync(PortalId portal, int entityTypeId, IReadOnlyCollection<long> itemIds, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<Transfer> (connection) =>
        [
            .. itemIds.Chunk(Slice)
                .SelectMany(ids => connection.Query<TransferRow>(OfItemsSql, new { PortalId = portal.Value, EntityTypeId = (long)entityTypeId, ItemIds = ids }))
                .Select(row => row.ToTransfer()),
        ],
        cancellationToken);

    private TransferId? Join(StoreConnection connection, NewTransfer call)
    {
        if (connection.ExecuteScalar<long>(KnownEventSql, new { PortalId = call.Portal.Value, call.EventToken }) > 0)
        {
            return null;
        }

        return Adopt(connection, call) ?? (Add(connection, call, clock.GetUtcNow()) == 1 ? call.Id : null);
    }

    private TransferId? Adopt(StoreConnection connection, NewTransfer call)
    {
        if (FindAdopting(connection, call) is not { } sequence)
        {
            return null;
        }

        var isFinished = connection.ExecuteScalar<long>(IsFinishedSql, new { Sequence = sequence }) > 0;
        connection.Execute(AdoptSql, new
        {
            Sequence = sequence,
            call.EventToken,
            call.WorkflowId,
            call.Waits,
            TimesOutAt = UnixTime.Of(call.TimesOutAt),
            call.UserId,
            call.Properties,
            EndsAt = UnixTime.Of(call.EndsAt),
        });
        if (isFinished)
        {
            LineUp(connection, [sequence], Now());
        }

        return new TransferId(connection.ExecuteScalar<string>(IdSql, new { Sequence = sequence })!); // It was there a moment ago, in this very write.
    }

    private static long? FindAdopting(StoreConnection connection, NewTransfer call) => connection.ScalarPrepared(
        AdoptingSql,
        ("@PortalId", call.Portal.Value),
        ("@EntityTypeId", call.EntityTypeId),
        ("@ItemId", call.ItemId),
        ("@Connection", call.Connection),
        ("@RobotCode", call.RobotCode),
        ("@CalledAt", UnixTime.Of(call.CalledAt)),
        AtLeast(call)) as long?;

    private static (string Name, object? Value) AtLeast(NewTransfer call) => ("@CalledAtAtLeast", UnixTime.Of(call.CalledAt) + ClockToleranceMs);
}
