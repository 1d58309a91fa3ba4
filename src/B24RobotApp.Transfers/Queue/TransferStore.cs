using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;

namespace B24RobotApp.Transfers.Queue;

/// <summary>The durable queue of transfers: one row each, from the robot's call to the answer. This part takes them in and hands them out.</summary>
/// <remarks>
/// Of the open transfers of one deal and connection exactly one is <c>queued</c> or <c>running</c>, the rest wait <c>behind</c> it. Whoever takes one out of the queue
/// brings up the next (<see cref="BringUpNextSql"/>), so that a claim never has to look past transfers that must not run yet, however many there are.
/// <para>
/// PostgreSQL plans by what it counted minutes ago, most often that nothing is queued, and then takes any index for as good as another. So what is asked of one deal says nothing of a state in its
/// <c>WHERE</c>, where an index of the queue would fit too, and what comes first is asked for by its order and not as a minimum: that leaves the one index that is right also with thousands in the queue.
/// </para>
/// </remarks>
public sealed partial class TransferStore(StoreDatabase database, TimeProvider clock)
{
    /// <inheritdoc cref="StoreDatabase.Interrupted"/>
    public event Action? Interrupted
    {
        add => database.Interrupted += value;
        remove => database.Interrupted -= value;
    }

    /// <summary>Large changes are made in slices of so many, so that intake gets its turn in between.</summary>
    private const int Slice = 500;

    // A portal repeats an event it is unsure of; its token makes the repetition harmless.
    private const string AddColumns = """
        INSERT INTO transfers (
            id, portal_id, robot_code, event_token, workflow_id, entity_type_id, item_id, user_id, connection, properties, waits, times_out_at,
            called_at, received_at, give_up_at, ends_at, due_at, attempt, sending_id, trace, state)
        """;

    private const string AddedValues = """
        @Id, @PortalId, @RobotCode, @EventToken, @WorkflowId, @EntityTypeId, @ItemId, @UserId, @Connection, @Properties, @Waits, @TimesOutAt,
        @CalledAt, @ReceivedAt, @GiveUpAt, @EndsAt, @DueAt, 0, @SendingId, @Trace,
        CASE
            WHEN @Verified = 0 THEN 'unverified'
            WHEN (
                SELECT COUNT(*) FILTER (WHERE state IN ('queued', 'running'))
                FROM transfers
                WHERE portal_id = @PortalId AND connection = @Connection AND entity_type_id = @EntityTypeId AND item_id = @ItemId) = 0
            THEN 'queued'
            ELSE 'behind'
        END
        """;

    private const string AddSql = $"""
        {AddColumns}
        VALUES ({AddedValues})
        ON CONFLICT (portal_id, event_token) DO NOTHING
        """;

    // From lane to lane in steps through the index: the cost grows with the lanes, not with what waits in them.
    private const string BacklogSql = """
        WITH RECURSIVE lanes (portal_id, connection) AS (
            SELECT portals.id, (SELECT connection FROM transfers WHERE portal_id = portals.id AND state = 'queued' ORDER BY connection LIMIT 1)
            FROM portals
            UNION ALL
            SELECT
                lanes.portal_id,
                (SELECT connection FROM transfers WHERE portal_id = lanes.portal_id AND state = 'queued' AND connection > lanes.connection ORDER BY connection LIMIT 1)
            FROM lanes
            WHERE lanes.connection IS NOT NULL
        )
        SELECT
            portal_id AS PortalId,
            connection AS Connection,
            (SELECT due_at FROM transfers WHERE portal_id = lanes.portal_id AND state = 'queued' AND connection = lanes.connection ORDER BY due_at LIMIT 1) AS DueAt
        FROM lanes
        WHERE connection IS NOT NULL
        ORDER BY portal_id, connection
        """;

    private const string DueSql = $"""
        SELECT {TransferRow.Columns}
        FROM transfers
        WHERE portal_id = @PortalId AND connection = @Connection AND state = 'queued' AND due_at <= @Now
        ORDER BY due_at
        LIMIT @Most
        """;

    private const string EndedSql = $"""
        SELECT {TransferRow.Columns}
        FROM transfers
        WHERE portal_id = @PortalId AND connection = @Connection AND state = 'queued' AND ends_at <= @Now AND due_at <= @Now
          AND (@SourceAnswers = 1 OR outcome_status IS NULL OR files_pending = 1)
        ORDER BY ends_at
        LIMIT @Most
        """;

    private const string NextEndSql = """
        SELECT MIN(at)
        FROM (
            SELECT (
                SELECT ends_at
                FROM transfers
                WHERE portal_id = @PortalId AND connection = @Connection AND state = 'queued' AND ends_at > @Now
                ORDER BY ends_at
                LIMIT 1) AS at
            UNION ALL
            SELECT (
                SELECT due_at
                FROM transfers
                WHERE portal_id = @PortalId AND connection = @Connection AND state = 'queued' AND ends_at <= @Now AND due_at > @Now
                ORDER BY due_at
                LIMIT 1)) AS ends
        """;

    // Word for word the condition of the index transfers_without_esb, or that would not be used.
    private const string NeedsNoEsb = "state = 'queued' AND files_pending = 0 AND (outcome_status IS NOT NULL OR (intended_deal = 0 AND ends_at < give_up_at))";

    private const string WithoutEsbSql = $"""
        SELECT {TransferRow.Columns}
        FROM transfers
        WHERE portal_id = @PortalId AND connection = @Connection AND {NeedsNoEsb} AND ends_at <= @Now AND due_at <= @Now
        ORDER BY ends_at
        LIMIT @Most
        """;

    private const string NextWithoutEsbSql = $"""
        SELECT MIN(at)
        FROM (
            SELECT (
                SELECT ends_at
                FROM transfers
                WHERE portal_id = @PortalId AND connection = @Connection AND {NeedsNoEsb} AND ends_at > @Now
                ORDER BY ends_at
                LIMIT 1) AS at
            UNION ALL
            SELECT (
                SELECT due_at
                FROM transfers
                WHERE portal_id = @PortalId AND connection = @Connection AND {NeedsNoEsb} AND ends_at <= @Now AND due_at > @Now
                ORDER BY due_at
                LIMIT 1)) AS ends
        """;

    private const string ProlongSql = """
        UPDATE transfers
        SET give_up_at = @GiveUpAt,
            ends_at = CASE WHEN lower(json_extract(properties, '$.if_late[0]')) = 'skip' AND times_out_at < @GiveUpAt THEN times_out_at ELSE @GiveUpAt END
        WHERE sequence IN @Sequences
        """;

    private const string WaitingSql = """
        SELECT sequence
        FROM transfers
        WHERE portal_id = @PortalId AND connection = @Connection AND state IN ('queued', 'behind') AND outcome_status IS NULL AND give_up_at < @GiveUpAt AND sequence > @After
        ORDER BY sequence
        LIMIT @Slice
        """;

    private const string HastenSql = """
        UPDATE transfers
        SET due_at = @Now
        WHERE portal_id = @PortalId AND connection = @Connection AND state = 'queued' AND due_at > @Now
        """;

    private const string HastenOneSql = """
        UPDATE transfers
        SET due_at = @Now
        WHERE sequence = (
            SELECT sequence
            FROM transfers
            WHERE portal_id = @PortalId AND connection = @Connection AND state = 'queued' AND due_at > @Now
            ORDER BY due_at
            LIMIT 1)
        """;

    private const string LastReceivedSql = "SELECT received_at FROM transfers WHERE sequence = (SELECT MAX(sequence) FROM transfers)";

    // The list of portals and states makes this a few look-ups, as above.
    private const string HastenAllSql = """
        UPDATE transfers
        SET due_at = @Now
        WHERE portal_id IN (SELECT id FROM portals) AND state IN ('queued', 'behind') AND due_at > @Now
        """;

    private const string ClaimSql = "UPDATE transfers SET state = 'running', attempt = attempt + 1, caught_up = CASE WHEN caught_up > 2 THEN 2 ELSE caught_up END WHERE sequence IN @Sequences";

    private const string NextDueSql = "SELECT due_at FROM transfers WHERE portal_id = @PortalId AND connection = @Connection AND state = 'queued' ORDER BY due_at LIMIT 1";

    // The list of portals makes this a few look-ups instead of a walk through all transfers.
    private const string ReleaseSql = """
        UPDATE transfers
        SET state = 'queued', due_at = @Now
        WHERE portal_id IN (SELECT id FROM portals) AND state = 'running' AND (@PortalId IS NULL OR portal_id = @PortalId) AND NOT (id IN @UnderWay)
        """;

    private const string BringUpNextSql = """
        UPDATE transfers
        SET state = 'queued'
        WHERE sequence = (
            SELECT CASE WHEN COUNT(*) FILTER (WHERE one.state IN ('queued', 'running')) = 0 THEN MIN(one.sequence) FILTER (WHERE one.state = 'behind') END
            FROM transfers AS gone
            JOIN transfers AS one
              ON one.portal_id = gone.portal_id AND one.connection = gone.connection AND one.entity_type_id = gone.entity_type_id AND one.item_id = gone.item_id
            WHERE gone.id = @Id)
        """;

    // Into the queue again: first all of them behind, then those in front that have nobody there.
    private const string LineUpSql = "UPDATE transfers SET state = 'behind', due_at = @Now WHERE sequence IN @Sequences";

    private const string BringUpSql = """
        UPDATE transfers
        SET state = 'queued'
        WHERE sequence IN @Sequences
          AND (
            SELECT COUNT(*) FILTER (WHERE front.state IN ('queued', 'running') OR (front.state = 'behind' AND front.sequence < transfers.sequence))
            FROM transfers AS front
            WHERE front.portal_id = transfers.portal_id AND front.connection = transfers.connection
              AND front.entity_type_id = transfers.entity_type_id AND front.item_id = transfers.item_id) = 0
        """;

    private const string SequenceInStateSql = "SELECT CASE WHEN state = @State THEN sequence END FROM transfers WHERE id = @Id";

    private const string ParkedSql = "SELECT sequence FROM transfers WHERE portal_id = @PortalId AND state = 'parked' ORDER BY sequence LIMIT @Slice";

    private const string UnverifiedSql = $"""
        SELECT {TransferRow.Columns}
        FROM transfers
        WHERE portal_id IN (SELECT id FROM portals) AND state = 'unverified'
        ORDER BY sequence
        """;

    private const string DiscardSql = "DELETE FROM transfers WHERE id = @Id AND state = 'unverified'";

    // A robot that was answered is not answered again, unless it may have lost the answer; the timeline and the people are told of the new outcome. Whoever sends again by hand wants it sent, however late.
    private const string RetrySql = """
        UPDATE transfers
        SET reported = CASE WHEN answered_at IS NULL OR confirm_at IS NOT NULL THEN 0 ELSE 1 END, confirm_at = NULL, give_up_at = @GiveUpAt, ends_at = @GiveUpAt, times_out_at = NULL, finished_at = NULL, outcome_status = NULL, outcome_at = NULL, esb_deal_id = NULL, esb_deal_url = NULL,
            error_code = NULL, error_message = NULL, products_sent = NULL, files_sent = NULL
        WHERE sequence = @Sequence
        """;

    // As if its attempt had ended so: whoever runs it next only reports. What may be on the ESB already is left there.
    // Its WHERE goes on.
    internal const string CancelledUpdate = """
        UPDATE transfers
        SET outcome_status = 'failed', outcome_at = @Now, error_code = 'CANCELLED', error_message = @Message, files_pending = 0, due_at = @Now, ends_at = @Now
        WHERE state IN ('queued', 'behind') AND outcome_status IS NULL
        """;

    private const string CancelSql = $"{CancelledUpdate} AND id = @Id";

    private const string PruneSql = """
        DELETE FROM transfers
        WHERE sequence IN (SELECT sequence FROM transfers WHERE finished_at < @OlderThan ORDER BY finished_at LIMIT @Slice)
        """;

    private const string EraseSql = "DELETE FROM transfers WHERE sequence IN (SELECT sequence FROM transfers WHERE portal_id = @PortalId LIMIT @Slice)";

    private const string OpenOfItemSql = """
        SELECT COUNT(*)
        FROM transfers
        WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId AND state NOT IN ('done', 'failed')
        """;

    private const string EraseItemSql = "DELETE FROM transfers WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId";

    /// <summary>Adds a transfer and returns when it is on disk.</summary>
    /// <returns><see langword="false"/> if the portal had delivered this event before; nothing is written then.</returns>
    public async Task<bool> TryAddAsync(NewTransfer transfer, CancellationToken cancellationToken) =>
        await database.WriteStatementAsync(AddSql, ValuesOf(transfer, clock.GetUtcNow()), Durability.Full, cancellationToken) == 1;

    /// <summary>The lanes in which transfers wait that no other transfer of their deal holds up.</summary>
    public Task<IReadOnlyList<LaneBacklog>> BacklogAsync(CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<LaneBacklog> (connection) =>
        [
            .. connection.Query<LaneRow>(BacklogSql)
                .Select(row => new LaneBacklog(new Lane(new PortalId(row.PortalId), row.Connection), UnixTime.From(row.DueAt))),
        ],
        cancellationToken);

    /// <summary>Takes due transfers of a lane, those due longest first. Of one deal and connection at most one is under way, in the order of their arrival.</summary>
    public Task<IReadOnlyList<Transfer>> ClaimAsync(Lane lane, int most, CancellationToken cancellationToken) => ClaimAsync(DueSql, lane, most, sourceAnswers: true, cancellationToken);

    /// <summary>As <see cref="ClaimAsync(Lane, int, CancellationToken)"/>, but only of those that need no ESB: their time is over, or they have come to their end and only have to say so.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="most">At most so many.</param>
    /// <param name="sourceAnswers">Whether there is anybody to say it to.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<IReadOnlyList<Transfer>> ClaimEndedAsync(Lane lane, int most, bool sourceAnswers, CancellationToken cancellationToken) =>
        ClaimAsync(EndedSql, lane, most, sourceAnswers, cancellationToken);

    /// <summary>When <see cref="ClaimEndedAsync"/> may find the next transfer of the lane; <see langword="null"/> if none waits.</summary>
    public Task<DateTimeOffset?> NextEndAsync(Lane lane, CancellationToken cancellationToken)
    {
        var values = new { PortalId = lane.Portal.Value, lane.Connection, Now = Now() };
        return database.ReadAsync(connection => UnixTime.From(connection.ExecuteScalar<long?>(NextEndSql, values)), cancellationToken);
    }

    /// <summary>As <see cref="ClaimAsync(Lane, int, CancellationToken)"/>, but only of those that will not ask the ESB for anything: they have come to their end and only have to say so, or their robot is not to be sent late and it is late.</summary>
    public Task<IReadOnlyList<Transfer>> ClaimWithoutEsbAsync(Lane lane, int most, CancellationToken cancellationToken) =>
        ClaimAsync(WithoutEsbSql, lane, most, sourceAnswers: true, cancellationToken);

    /// <summary>When <see cref="ClaimWithoutEsbAsync"/> may find the next transfer of the lane; <see langword="null"/> if none waits.</summary>
    public Task<DateTimeOffset?> NextWithoutEsbAsync(Lane lane, CancellationToken cancellationToken)
    {
        var values = new { PortalId = lane.Portal.Value, lane.Connection, Now = Now() };
        return database.ReadAsync(connection => UnixTime.From(connection.ExecuteScalar<long?>(NextWithoutEsbSql, values)), cancellationToken);
    }

    /// <summary>Gives all transfers of a lane that wait, and have not come to their end, at least until a time. Those that have longer keep it, and so do the time-outs of robots.</summary>
    /// <returns>How many got more time.</returns>
    public Task<int> ProlongAsync(Lane lane, DateTimeOffset giveUpAt, CancellationToken cancellationToken)
    {
        var after = 0L;
        return InSlicesAsync(
            connection =>
            {
                var values = new { PortalId = lane.Portal.Value, lane.Connection, GiveUpAt = UnixTime.Of(giveUpAt), After = after, Slice };
                var sequences = connection.Query<long>(WaitingSql, values);
                if (sequences.Count > 0)
                {
                    connection.Execute(ProlongSql, new { values.GiveUpAt, Sequences = sequences });
                    after = sequences[^1];
                }

                return sequences.Count;
            },
            cancellationToken);
    }

    /// <summary>Makes all transfers of a lane due that were put off.</summary>
    public Task HastenAsync(Lane lane, CancellationToken cancellationToken)
    {
        var values = new { PortalId = lane.Portal.Value, lane.Connection, Now = Now() };
        return database.WriteAsync(connection => connection.Execute(HastenSql, values), Durability.Relaxed, cancellationToken);
    }

    /// <summary>Makes the transfer of a lane due that is put off for the shortest time.</summary>
    /// <returns>Whether there is one.</returns>
    public Task<bool> HastenOneAsync(Lane lane, CancellationToken cancellationToken)
    {
        var values = new { PortalId = lane.Portal.Value, lane.Connection, Now = Now() };
        return database.WriteAsync(connection => connection.Execute(HastenOneSql, values) == 1, Durability.Relaxed, cancellationToken);
    }

    /// <summary>When the last transfer came, by the clock as it was then; <see langword="null"/> if none came.</summary>
    public Task<DateTimeOffset?> LastReceivedAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => UnixTime.From(connection.ExecuteScalar<long?>(LastReceivedSql)), cancellationToken);

    /// <summary>Makes all transfers due that were put off.</summary>
    public Task HastenAllAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(HastenAllSql, new { Now = Now() }), Durability.Relaxed, cancellationToken);

    private Task<IReadOnlyList<Transfer>> ClaimAsync(string sql, Lane lane, int most, bool sourceAnswers, CancellationToken cancellationToken)
    {
        var values = new { PortalId = lane.Portal.Value, lane.Connection, Now = Now(), Most = (long)most, SourceAnswers = sourceAnswers };
        return database.WriteAsync(
            IReadOnlyList<Transfer> (connection) =>
            {
                var rows = connection.Query<TransferRow>(sql, values);
                connection.Execute(ClaimSql, new { Sequences = rows.Select(row => row.Sequence) });
                return rows.ConvertAll(row => row.ToTransfer() with { State = TransferState.Running, Attempt = (int)row.Attempt + 1 });
            },
            Durability.Relaxed,
            cancellationToken);
    }

    /// <summary>When the next transfer of the lane can be claimed; <see langword="null"/> if none waits.</summary>
    public Task<DateTimeOffset?> NextDueAsync(Lane lane, CancellationToken cancellationToken)
    {
        var values = new { PortalId = lane.Portal.Value, lane.Connection };
        return database.ReadAsync(connection => UnixTime.From(connection.ExecuteScalar<long?>(NextDueSql, values)), cancellationToken);
    }

    /// <summary>What counts as under way and is not, since its server ended or the database has lost what became of it, is due again.</summary>
    /// <param name="portal">Of one portal; <see langword="null"/>: of all.</param>
    /// <param name="underWay">What is under way here.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many there were.</returns>
    public Task<int> ReleaseClaimsAsync(PortalId? portal, IReadOnlyCollection<TransferId> underWay, CancellationToken cancellationToken)
    {
        var values = new { Now = Now(), PortalId = portal?.Value, UnderWay = underWay.Select(id => id.Value).ToList() };
        return database.WriteAsync(connection => connection.Execute(ReleaseSql, values), Durability.Relaxed, cancellationToken);
    }

    /// <summary>Makes all parked transfers of a portal due.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> UnparkAsync(PortalId portal, CancellationToken cancellationToken) => InSlicesAsync(
        connection =>
        {
            var sequences = connection.Query<long>(ParkedSql, new { PortalId = portal.Value, Slice });
            LineUp(connection, sequences, Now());
            return sequences.Count;
        },
        cancellationToken);

    /// <summary>The unverified transfers of all portals, oldest first.</summary>
    public Task<IReadOnlyList<Transfer>> UnverifiedAsync(CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<Transfer> (connection) => [.. connection.Query<TransferRow>(UnverifiedSql).Select(row => row.ToTransfer())], cancellationToken);

    /// <summary>The authorization server vouched for the call: the transfer is due, or joins the one by which its deal was caught up meanwhile.</summary>
    /// <returns><see langword="false"/> if it is not unverified.</returns>
    public Task<bool> ConfirmAsync(TransferId id, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            if (Sequence(connection, id, TransferStates.Unverified) is not { } sequence)
            {
                return false;
            }

            var call = connection.QuerySingle<TransferRow>(FindSql, new { Id = id.Value }).ToTransfer().Request;
            if (FindAdopting(connection, call) is not null)
            {
                // Its row goes first: an event token stands in one only.
                connection.Execute(DiscardSql, new { Id = id.Value });
                Adopt(connection, call);
                return true;
            }

            LineUp(connection, [sequence], Now());
            return true;
        },
        Durability.Full,
        cancellationToken);

    /// <summary>Deletes a transfer for whose call nobody vouched, as if it had never come.</summary>
    /// <returns><see langword="false"/> if it is not unverified.</returns>
    public Task<bool> DiscardUnverifiedAsync(TransferId id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(DiscardSql, new { Id = id.Value }) == 1, Durability.Full, cancellationToken);

    /// <summary>Begins a failed transfer anew, by hand: due at once, without outcome. Its intent stays, so that what was created is found.</summary>
    /// <returns><see langword="false"/> if it has not failed.</returns>
    public Task<bool> RetryAsync(TransferId id, DateTimeOffset giveUpAt, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            if (Sequence(connection, id, TransferStates.Failed) is not { } sequence)
            {
                return false;
            }

            connection.Execute(RetrySql, new { Sequence = sequence, GiveUpAt = UnixTime.Of(giveUpAt) });
            LineUp(connection, [sequence], Now());
            return true;
        },
        Durability.Full,
        cancellationToken);

    /// <summary>Ends a transfer that waits, by hand: it fails with <c>CANCELLED</c>, and its robot is told so at once.</summary>
    /// <returns><see langword="false"/> if it does not wait.</returns>
    public Task<bool> CancelAsync(TransferId id, string message, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(CancelSql, new { Id = id.Value, Message = message, Now = Now() }) == 1, Durability.Full, cancellationToken);

    /// <summary>Deletes transfers that were finished before a time, with their payloads and attempts. The links stay.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> PruneAsync(DateTimeOffset olderThan, CancellationToken cancellationToken) => InSlicesAsync(
        connection => connection.Execute(PruneSql, new { OlderThan = UnixTime.Of(olderThan), Slice }), cancellationToken);

    /// <summary>Deletes all transfers of a portal. The links stay.</summary>
    public Task EraseAsync(PortalId portal, CancellationToken cancellationToken) => InSlicesAsync(
        connection => connection.Execute(EraseSql, new { PortalId = portal.Value, Slice }), cancellationToken);

    /// <summary>
    /// Deletes what is kept of an item: its transfers with payloads, attempts and trails, what was waited for and written back, and its values in what was learnt of a robot. The links stay, or doubles would appear, and so do
    /// the numbers of carried files.
    /// </summary>
    /// <returns>How many transfers were erased, and how many transfers and waits are not over; if there are any of these, nothing was erased.</returns>
    public async Task<(int Erased, long Open)> EraseItemAsync(PortalId portal, int entityTypeId, long itemId, CancellationToken cancellationToken)
    {
        var values = new { PortalId = portal.Value, EntityTypeId = (long)entityTypeId, ItemId = itemId };
        var result = await database.WriteAsync(
            connection =>
            {
                var open = connection.ExecuteScalar<long>(OpenOfItemSql, values) + WaitStore.CountOpen(connection, portal, entityTypeId, itemId);
                if (open > 0)
                {
                    return (0, open);
                }

                RobotStageStore.ForgetValues(connection, portal, entityTypeId, itemId);
                FollowStore.EraseItem(connection, portal, entityTypeId, itemId);
                WaitStore.EraseItem(connection, portal, entityTypeId, itemId);
                return (connection.Execute(EraseItemSql, values), 0);
            },
            Durability.Full,
            cancellationToken);
        if (result.Item2 == 0)
        {
            await database.ShortenLogAsync(cancellationToken);
        }

        return result;
    }

    /// <summary>Adds a transfer as part of a larger write.</summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="transfer">The transfer.</param>
    /// <param name="now">The time as the writer sees it.</param>
    internal static int Add(StoreConnection connection, NewTransfer transfer, DateTimeOffset now) => connection.ExecutePrepared(AddSql, ValuesOf(transfer, now));

    private static (string Name, object? Value)[] ValuesOf(NewTransfer transfer, DateTimeOffset now) =>
    [
        ("@Id", transfer.Id.Value),
        ("@PortalId", transfer.Portal.Value),
        ("@RobotCode", transfer.RobotCode),
        ("@EventToken", transfer.EventToken),
        ("@WorkflowId", transfer.WorkflowId),
        ("@EntityTypeId", transfer.EntityTypeId),
        ("@ItemId", transfer.ItemId),
        ("@UserId", transfer.UserId),
        ("@Connection", transfer.Connection),
        ("@Properties", transfer.Properties),
        ("@Waits", transfer.Waits),
        ("@TimesOutAt", UnixTime.Of(transfer.TimesOutAt)),
        ("@CalledAt", UnixTime.Of(transfer.CalledAt)),
        ("@ReceivedAt", UnixTime.Of(transfer.ReceivedAt)),

        // If the clock was put back since the call came, it is due all the same.
        ("@DueAt", UnixTime.Of(transfer.ReceivedAt < now ? transfer.ReceivedAt : now)),
        ("@GiveUpAt", UnixTime.Of(transfer.GiveUpAt)),
        ("@EndsAt", UnixTime.Of(transfer.EndsAt)),
        ("@SendingId", transfer.Sending),
        ("@Trace", transfer.Trace),
        ("@Verified", transfer.Verified),
    ];

    private static long? Sequence(StoreConnection connection, TransferId id, string state) =>
        connection.QuerySingleOrDefault<long?>(SequenceInStateSql, new { Id = id.Value, State = state });

    private static void LineUp(StoreConnection connection, IReadOnlyList<long> sequences, long now)
    {
        connection.Execute(LineUpSql, new { Sequences = sequences, Now = now });
        connection.Execute(BringUpSql, new { Sequences = sequences });
    }

    private long Now() => UnixTime.Of(clock.GetUtcNow());

    private async Task<int> InSlicesAsync(Func<StoreConnection, int> change, CancellationToken cancellationToken)
    {
        var total = 0;
        int changed;
        do
        {
            changed = await database.WriteAsync(change, Durability.Full, cancellationToken);
            total += changed;
        }
        while (changed == Slice);

        return total;
    }

    private sealed record LaneRow
    {
        public long PortalId { get; init; }

        public string Connection { get; init; } = "";

        public long DueAt { get; init; }
    }
}
