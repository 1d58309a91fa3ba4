using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Waits;

/// <summary>The waits: one row each, from the robot's call to the answer.</summary>
public sealed class WaitStore(StoreDatabase database, TimeProvider clock) : IAnswerLedger
{
    /// <summary>Large changes are made in slices of so many, so that intake gets its turn in between.</summary>
    private const int Slice = 500;

    private const string AddSql = """
        INSERT INTO waits (
            id, portal_id, event_token, workflow_id, entity_type_id, item_id, user_id, connection, properties, names_deal, waits, times_out_at, called_at, received_at, due_at, trace, state)
        VALUES (
            @Id, @PortalId, @EventToken, @WorkflowId, @EntityTypeId, @ItemId, @UserId, @Connection, @Properties, @NamesDeal, @Waits, @TimesOutAt, @CalledAt, @ReceivedAt, @DueAt, @Trace,
            CASE WHEN @Verified = 1 THEN 'seeking' ELSE 'unverified' END)
        ON CONFLICT (portal_id, event_token) DO NOTHING
        """;

    private const string UnverifiedSql = $"SELECT {WaitRow.Columns} FROM waits WHERE state = 'unverified' ORDER BY sequence";

    private const string FindSql = $"SELECT {WaitRow.Columns} FROM waits WHERE id = @Id";

    private const string ConfirmSql = "UPDATE waits SET state = 'seeking', due_at = @Now WHERE id = @Id AND state = 'unverified'";

    private const string DiscardSql = "DELETE FROM waits WHERE id = @Id AND state = 'unverified'";

    // As long as the deal's transfer has come to nothing there is nothing to look at.
    private const string SeekingSql = $"""
        SELECT {WaitRow.Columns}
        FROM waits
        WHERE state = 'seeking' AND due_at <= @Now
          AND (names_deal = 1 OR (
            SELECT COUNT(*) FILTER (WHERE transfers.state IN ('unverified', 'queued', 'behind', 'running', 'parked') AND transfers.outcome_status IS NULL)
            FROM transfers
            WHERE transfers.portal_id = waits.portal_id AND transfers.entity_type_id = waits.entity_type_id AND transfers.item_id = waits.item_id
              AND transfers.connection = waits.connection) = 0)
        ORDER BY due_at
        LIMIT @Most
        """;

    private const string LastTransferSql = """
        SELECT outcome_status AS Status, esb_deal_id AS EsbDealId, esb_deal_url AS EsbDealUrl, error_code AS ErrorCode, error_message AS ErrorMessage
        FROM transfers
        WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId AND connection = @Connection
        ORDER BY sequence DESC
        LIMIT 1
        """;

    private const string WatchSql = "UPDATE waits SET state = 'watching', esb_host = @Host, esb_type_id = @TypeId, esb_id = @EsbId WHERE sequence = @Sequence AND state = 'seeking'";

    private const string WatchedItemsSql = """
        SELECT DISTINCT esb_type_id AS TypeId, esb_id AS Id
        FROM waits
        WHERE connection = @Connection AND state = 'watching'
        ORDER BY esb_type_id, esb_id
        """;

    private const string WatchedConnectionsSql = """
        WITH RECURSIVE codes (connection) AS (
            SELECT MIN(connection) FROM waits WHERE state = 'watching'
            UNION ALL
            SELECT (SELECT MIN(connection) FROM waits WHERE state = 'watching' AND connection > codes.connection)
            FROM codes
            WHERE codes.connection IS NOT NULL
        )
        SELECT connection FROM codes WHERE connection IS NOT NULL
        """;

    private const string WatchingSql = $"""
        SELECT {WaitRow.Columns}
        FROM waits
        WHERE connection = @Connection AND esb_type_id = @TypeId AND esb_id IN @Ids AND state = 'watching'
        """;

    private const string WatchedPairsSql = """
        SELECT DISTINCT portal_id AS PortalId, connection AS Connection
        FROM waits
        WHERE state = 'watching'
        """;

    private const string WatchingOfSql = $"""
        SELECT {WaitRow.Columns}
        FROM waits
        WHERE connection = @Connection AND state = 'watching' AND (@PortalId IS NULL OR portal_id = @PortalId)
        LIMIT @Most
        """;

    private const string SeeSql = """
        UPDATE waits
        SET began = COALESCE(began, @Seen), seen = @Seen, missing_since = NULL
        WHERE sequence = @Sequence AND state = 'watching'
        """;

    private const string MissSql = "UPDATE waits SET missing_since = @Since WHERE sequence = @Sequence AND state = 'watching'";

    private const string MoveSql = "UPDATE waits SET esb_host = @Host, esb_id = @EsbId, missing_since = NULL WHERE sequence = @Sequence AND state = 'watching'";

    private const string ConcludeSql = """
        UPDATE waits
        SET state = 'answering', outcome = @Outcome, outcome_at = @At, due_at = @DueAt, missing_since = NULL
        WHERE sequence = @Sequence AND state IN ('seeking', 'watching')
        """;

    private const string EndSilentlySql = """
        UPDATE waits
        SET state = 'done', outcome = @Outcome, outcome_at = @At, finished_at = @At
        WHERE sequence = @Sequence AND state IN ('seeking', 'watching', 'answering')
        """;

    private const string TimedOutSql = $"""
        SELECT {WaitRow.Columns}
        FROM waits
        WHERE state IN ('seeking', 'watching') AND times_out_at IS NOT NULL AND times_out_at <= @Now
        LIMIT @Most
        """;

    private const string AnsweringSql = $"""
        SELECT {WaitRow.Columns}
        FROM waits
        WHERE portal_id = @PortalId AND state = 'answering' AND due_at <= @Now
        ORDER BY due_at
        LIMIT @Most
        """;

    private const string AnsweringPortalsSql = "SELECT DISTINCT portal_id FROM waits WHERE state = 'answering' AND due_at <= @Now";

    private const string NextSql = """
        SELECT MIN(at)
        FROM (
            SELECT MIN(due_at) AS at FROM waits WHERE state = 'answering'
            UNION ALL
            SELECT MIN(times_out_at) FROM waits WHERE state IN ('seeking', 'watching') AND times_out_at IS NOT NULL) AS times
        """;

    private const string PutOffAnswersSql = "UPDATE waits SET due_at = @DueAt WHERE sequence IN @Sequences AND state = 'answering'";

    private const string AnsweredSql = """
        UPDATE waits
        SET state = 'done', answered_at = @Now, finished_at = @Now, confirm_at = @ConfirmAt, answers_sent = 1
        WHERE sequence IN @Sequences AND state = 'answering'
        """;

    private const string FinishSql = "UPDATE waits SET state = 'done', finished_at = @Now WHERE sequence IN @Sequences AND state = 'answering'";

    private const string HastenSeekingSql = "UPDATE waits SET due_at = @Now WHERE state = 'seeking' AND due_at > @Now";

    private const string HastenAnsweringSql = "UPDATE waits SET due_at = @Now WHERE state = 'answering' AND due_at > @Now";

    // Waits of more than a moment: those before them are answered before anybody could ask whether they live.
    private const string OpenOfSql = $"""
        SELECT {WaitRow.Columns}
        FROM waits
        WHERE portal_id = @PortalId AND finished_at IS NULL AND sequence > @After AND state IN ('seeking', 'watching') AND called_at <= @CalledBefore
        ORDER BY sequence
        LIMIT @Most
        """;

    private const string ListSql = $"""
        SELECT {WaitRow.Columns}
        FROM waits
        WHERE portal_id = @PortalId AND sequence < @Before AND (@Open = 0 OR finished_at IS NULL) AND (@ItemId IS NULL OR item_id = @ItemId OR esb_id = @ItemId)
        ORDER BY sequence DESC
        LIMIT @Most
        """;

    private const string ListItemSql = $"""
        SELECT {WaitRow.Columns}
        FROM waits
        WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId
        ORDER BY sequence DESC
        LIMIT @Most
        """;

    private const string WorkflowsSql = "SELECT workflow_id FROM waits WHERE portal_id = @PortalId AND workflow_id IN @Ids";

    private const string OpenCountSql = "SELECT COUNT(*) FROM waits WHERE portal_id = @PortalId AND finished_at IS NULL";

    private const string NextUnconfirmedSql = "SELECT MIN(confirm_at) FROM waits WHERE confirm_at IS NOT NULL";

    private const string UnconfirmedSql = $"SELECT {WaitRow.Columns} FROM waits WHERE confirm_at <= @Now ORDER BY confirm_at LIMIT @Most";

    private const string ConfirmedSql = "UPDATE waits SET confirm_at = NULL WHERE sequence IN @Sequences";

    private const string LookAgainSql = "UPDATE waits SET confirm_at = @At, answers_sent = answers_sent + @Sent WHERE sequence IN @Sequences AND confirm_at IS NOT NULL";

    private const string HastenAnswersSql = "UPDATE waits SET confirm_at = @Now WHERE confirm_at > @Now";

    private const string PruneSql = "DELETE FROM waits WHERE sequence IN (SELECT sequence FROM waits WHERE finished_at < @OlderThan ORDER BY finished_at LIMIT @Slice)";

    private const string OpenOfItemSql = "SELECT COUNT(*) FROM waits WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId AND finished_at IS NULL";

    private const string EraseItemSql = "DELETE FROM waits WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId";

    private const string EraseSql = "DELETE FROM waits WHERE sequence IN (SELECT sequence FROM waits WHERE portal_id = @PortalId LIMIT @Slice)";

    /// <summary>Writes a robot's call and returns when it is on disk.</summary>
    /// <returns><see langword="false"/> if the portal had delivered this event before.</returns>
    public async Task<bool> TryAddAsync(NewWait wait, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        List<(string, object?)> values =
        [
            ("@Id", wait.Id),
            ("@PortalId", wait.Portal.Value),
            ("@EventToken", wait.EventToken),
            ("@WorkflowId", wait.WorkflowId),
            ("@EntityTypeId", (long)wait.EntityTypeId),
            ("@ItemId", wait.ItemId),
            ("@UserId", wait.UserId),
            ("@Connection", wait.Connection),
            ("@Properties", wait.Properties),
            ("@NamesDeal", wait.NamesDeal),
            ("@Waits", wait.Waits),
            ("@TimesOutAt", UnixTime.Of(wait.TimesOutAt)),
            ("@CalledAt", UnixTime.Of(wait.CalledAt)),
            ("@ReceivedAt", UnixTime.Of(wait.ReceivedAt)),

            // If the clock was put back since the call came, it is due all the same.
            ("@DueAt", UnixTime.Of(wait.ReceivedAt < now ? wait.ReceivedAt : now)),
            ("@Trace", wait.Trace),
            ("@Verified", wait.Verified),
        ];
        return await database.WriteStatementAsync(AddSql, values, Durability.Full, cancellationToken) == 1;
    }

    public Task<Wait?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.QuerySingleOrDefault<WaitRow>(FindSql, new { Id = id })?.ToWait(), cancellationToken);

    /// <summary>Calls that nobody has vouched for yet, oldest first.</summary>
    public Task<IReadOnlyList<Wait>> UnverifiedAsync(CancellationToken cancellationToken) => ReadAsync(UnverifiedSql, null, cancellationToken);

    /// <summary>Somebody vouched for the call.</summary>
    public Task ConfirmAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(ConfirmSql, new { Id = id, Now = Now() }), Durability.Full, cancellationToken);

    /// <summary>Nobody vouched for the call: it never came.</summary>
    public Task DiscardAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(DiscardSql, new { Id = id }), Durability.Full, cancellationToken);

    /// <summary>Waits whose deal on the ESB can be said now.</summary>
    public Task<IReadOnlyList<Wait>> SeekingAsync(int most, CancellationToken cancellationToken) => ReadAsync(SeekingSql, new { Now = Now(), Most = (long)most }, cancellationToken);

    /// <summary>What the last transfer of a source item over a connection came to; <see langword="null"/> if none is known.</summary>
    public Task<LastTransfer?> LastTransferAsync(NewWait wait, CancellationToken cancellationToken)
    {
        var values = new { PortalId = wait.Portal.Value, EntityTypeId = (long)wait.EntityTypeId, wait.ItemId, wait.Connection };
        return database.ReadAsync(connection => connection.QuerySingleOrDefault<LastTransfer>(LastTransferSql, values), cancellationToken);
    }

    /// <summary>From now on an item of the ESB is looked at.</summary>
    public Task WatchAsync(IReadOnlyCollection<(Wait Wait, string Host, EsbItem Item)> found, CancellationToken cancellationToken)
    {
        var rows = found.Select(row => new { row.Wait.Sequence, row.Host, TypeId = (long)row.Item.EntityTypeId, EsbId = row.Item.Id }).ToList();
        return database.WriteAsync(connection => connection.Execute(WatchSql, rows), Durability.Relaxed, cancellationToken);
    }

    /// <summary>The connections over which something is waited for.</summary>
    public Task<IReadOnlyList<string>> WatchedConnectionsAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(IReadOnlyList<string> (connection) => [.. connection.Query<string>(WatchedConnectionsSql, null)], cancellationToken);

    /// <summary>What is looked at over a connection, each item once.</summary>
    public Task<IReadOnlyList<EsbItem>> WatchedItemsAsync(string code, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<EsbItem> (connection) => [.. connection.Query<(long Type, long Id)>(WatchedItemsSql, new { Connection = code }).Select(row => new EsbItem((int)row.Type, row.Id))], cancellationToken);

    /// <summary>Who waits for some items.</summary>
    public Task<IReadOnlyList<Wait>> WatchingAsync(string code, IEnumerable<EsbItem> items, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<Wait> (connection) =>
        [
            .. items.GroupBy(item => item.EntityTypeId)
                .SelectMany(kind => kind.Chunk(Slice).SelectMany(ids => connection.Query<WaitRow>(
                    WatchingSql, new { Connection = code, TypeId = (long)kind.Key, Ids = ids.Select(item => item.Id) })))
                .Select(row => row.ToWait()),
        ],
        cancellationToken);

    /// <summary>Which portals wait over which connections.</summary>
    public Task<IReadOnlyList<(PortalId Portal, string Connection)>> WatchedPairsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<(PortalId, string)> (connection) => [.. connection.Query<(long Portal, string Connection)>(WatchedPairsSql, null).Select(row => (new PortalId(row.Portal), row.Connection))], cancellationToken);

    /// <summary>Waits over a connection, of one portal or of all.</summary>
    public Task<IReadOnlyList<Wait>> WatchingOfAsync(string code, PortalId? portal, int most, CancellationToken cancellationToken) =>
        ReadAsync(WatchingOfSql, new { Connection = code, PortalId = portal?.Value, Most = (long)most }, cancellationToken);

    /// <summary>Notes what was seen. The first time it is how things were when the waiting began.</summary>
    public Task SeeAsync(IReadOnlyCollection<(Wait Wait, EsbState Seen)> seen, CancellationToken cancellationToken)
    {
        var rows = seen.Select(row => new { row.Wait.Sequence, Seen = WaitRow.ToJson(row.Seen) }).ToList();
        return rows.Count == 0 ? Task.CompletedTask : database.WriteAsync(connection => connection.Execute(SeeSql, rows), Durability.Relaxed, cancellationToken);
    }

    /// <summary>Notes since when an item is not found.</summary>
    public Task MissAsync(Wait wait, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(MissSql, new { wait.Sequence, Since = Now() }), Durability.Relaxed, cancellationToken);

    /// <summary>The item has another id now: it was restored from the recycle bin, or another one has taken its place.</summary>
    public Task MoveAsync(Wait wait, string host, long id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(MoveSql, new { wait.Sequence, Host = host, EsbId = id }), Durability.Relaxed, cancellationToken);

    /// <summary>Waits are over; their robots are to be told.</summary>
    /// <param name="outcomes">What they came to.</param>
    /// <param name="answerAt">When the robot may be told at the earliest.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many there were; one that was over before stays as it is.</returns>
    public Task<int> ConcludeAsync(IReadOnlyCollection<(Wait Wait, WaitOutcome Outcome)> outcomes, Func<Wait, DateTimeOffset> answerAt, CancellationToken cancellationToken)
    {
        var rows = outcomes.Select(row => new { row.Wait.Sequence, Outcome = WaitRow.ToJson(row.Outcome), At = UnixTime.Of(row.Outcome.At), DueAt = UnixTime.Of(answerAt(row.Wait)) }).ToList();
        return rows.Count == 0 ? Task.FromResult(0) : database.WriteAsync(connection => connection.Execute(ConcludeSql, rows), Durability.Full, cancellationToken);
    }

    /// <summary>Waits are over, and there is nobody to be told.</summary>
    public Task EndSilentlyAsync(IReadOnlyCollection<(Wait Wait, WaitOutcome Outcome)> outcomes, CancellationToken cancellationToken)
    {
        var rows = outcomes.Select(row => new { row.Wait.Sequence, Outcome = WaitRow.ToJson(row.Outcome), At = UnixTime.Of(row.Outcome.At) }).ToList();
        return rows.Count == 0 ? Task.CompletedTask : database.WriteAsync(connection => connection.Execute(EndSilentlySql, rows), Durability.Relaxed, cancellationToken);
    }

    /// <summary>Waits whose designer's time-out is over.</summary>
    public Task<IReadOnlyList<Wait>> TimedOutAsync(int most, CancellationToken cancellationToken) => ReadAsync(TimedOutSql, new { Now = Now(), Most = (long)most }, cancellationToken);

    /// <summary>Waits of a portal whose robots are to be told now, the longest due first.</summary>
    public Task<IReadOnlyList<Wait>> AnsweringAsync(PortalId portal, int most, CancellationToken cancellationToken) =>
        ReadAsync(AnsweringSql, new { PortalId = portal.Value, Now = Now(), Most = (long)most }, cancellationToken);

    /// <summary>The portals whose robots are to be told now.</summary>
    public Task<IReadOnlyList<PortalId>> AnsweringPortalsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<PortalId> (connection) => [.. connection.Query<long>(AnsweringPortalsSql, new { Now = Now() }).Select(id => new PortalId(id))], cancellationToken);

    /// <summary>When a robot is to be told, or a time-out is over; <see langword="null"/> if neither is to come.</summary>
    public Task<DateTimeOffset?> NextAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => UnixTime.From(connection.ExecuteScalar<long?>(NextSql)), cancellationToken);

    /// <summary>The robots are told later.</summary>
    public Task PutOffAnswersAsync(IEnumerable<Wait> waits, DateTimeOffset until, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(PutOffAnswersSql, new { Sequences = Sequences(waits), DueAt = UnixTime.Of(until) }), Durability.Relaxed, cancellationToken);

    /// <summary>The robots were told.</summary>
    /// <param name="waits">At most some hundreds.</param>
    /// <param name="confirmAt">When it is asked whether their workflows went on; <see langword="null"/>: never.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task AnsweredAsync(IEnumerable<Wait> waits, DateTimeOffset? confirmAt, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(AnsweredSql, new { Sequences = Sequences(waits), Now = Now(), ConfirmAt = UnixTime.Of(confirmAt) }), Durability.Full, cancellationToken);

    /// <summary>The robots cannot be told (any more).</summary>
    public Task FinishAsync(IEnumerable<Wait> waits, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(FinishSql, new { Sequences = Sequences(waits), Now = Now() }), Durability.Relaxed, cancellationToken);

    /// <summary>Makes everything due that was put off: the clock was put back.</summary>
    public Task HastenAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(HastenSeekingSql, new { Now = Now() }) + connection.Execute(HastenAnsweringSql, new { Now = Now() }), Durability.Relaxed, cancellationToken);

    /// <summary>Open waits of a portal that came before a time, in the order of their arrival.</summary>
    public Task<IReadOnlyList<Wait>> OpenOfAsync(PortalId portal, DateTimeOffset calledBefore, long after, int most, CancellationToken cancellationToken) =>
        ReadAsync(OpenOfSql, new { PortalId = portal.Value, CalledBefore = UnixTime.Of(calledBefore), After = after, Most = (long)most }, cancellationToken);

    /// <summary>Waits of a portal, newest first.</summary>
    /// <param name="portal">The portal.</param>
    /// <param name="open">Only those that are not over.</param>
    /// <param name="item">Only those of a source item, or an ESB's, of this id; <see langword="null"/>: of all.</param>
    /// <param name="before">The sequence of the last one of the page before.</param>
    /// <param name="most">At most so many.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<IReadOnlyList<Wait>> ListAsync(PortalId portal, bool open, long? item, long? before, int most, CancellationToken cancellationToken) =>
        ReadAsync(ListSql, new { PortalId = portal.Value, Open = open ? 1L : 0, ItemId = item, Before = before ?? long.MaxValue, Most = (long)most }, cancellationToken);

    /// <summary>Waits of a source item, newest first.</summary>
    public Task<IReadOnlyList<Wait>> ListOfItemAsync(PortalId portal, int entityTypeId, long itemId, int most, CancellationToken cancellationToken) =>
        ReadAsync(ListItemSql, new { PortalId = portal.Value, EntityTypeId = (long)entityTypeId, ItemId = itemId, Most = (long)most }, cancellationToken);

    /// <summary>Those of some workflows whose calls of this robot are known.</summary>
    public Task<IReadOnlySet<string>> WorkflowsAsync(PortalId portal, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlySet<string> (connection) => ids.Chunk(Slice).SelectMany(some => connection.Query<string>(WorkflowsSql, new { PortalId = portal.Value, Ids = some })).ToHashSet(StringComparer.Ordinal),
        cancellationToken);

    /// <summary>How many of a portal's workflows wait.</summary>
    public Task<long> OpenCountAsync(PortalId portal, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.ExecuteScalar<long>(OpenCountSql, new { PortalId = portal.Value }), cancellationToken);

    public Task<DateTimeOffset?> NextUnconfirmedAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => UnixTime.From(connection.ExecuteScalar<long?>(NextUnconfirmedSql)), cancellationToken);

    public Task<IReadOnlyList<SentAnswer>> UnconfirmedAsync(int most, CancellationToken cancellationToken)
    {
        var values = new { Now = Now(), Most = (long)most };
        return database.ReadAsync(IReadOnlyList<SentAnswer> (connection) => [.. connection.Query<WaitRow>(UnconfirmedSql, values).Select(row => Sent(row.ToWait()))], cancellationToken);
    }

    public Task ConfirmedAsync(IReadOnlyCollection<long> answers, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(ConfirmedSql, new { Sequences = answers }), Durability.Relaxed, cancellationToken);

    public Task LookAgainAsync(IReadOnlyCollection<long> answers, DateTimeOffset at, bool sent, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(LookAgainSql, new { Sequences = answers, At = UnixTime.Of(at), Sent = sent ? 1 : 0 }), Durability.Relaxed, cancellationToken);

    public Task HastenAnswersAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute(HastenAnswersSql, new { Now = Now() }), Durability.Relaxed, cancellationToken);

    /// <summary>Deletes waits that were over before a time.</summary>
    public Task<int> PruneAsync(DateTimeOffset olderThan, CancellationToken cancellationToken) => InSlicesAsync(PruneSql, new { OlderThan = UnixTime.Of(olderThan), Slice }, cancellationToken);

    /// <summary>Deletes all waits of a portal.</summary>
    public Task EraseAsync(PortalId portal, CancellationToken cancellationToken) => InSlicesAsync(EraseSql, new { PortalId = portal.Value, Slice }, cancellationToken);

    /// <summary>Part of erasing an item: how many of its waits are not over.</summary>
    internal static long CountOpen(StoreConnection connection, PortalId portal, int entityTypeId, long itemId) =>
        connection.ExecuteScalar<long>(OpenOfItemSql, new { PortalId = portal.Value, EntityTypeId = (long)entityTypeId, ItemId = itemId });

    /// <summary>Part of erasing an item: what its robots waited for.</summary>
    internal static void EraseItem(StoreConnection connection, PortalId portal, int entityTypeId, long itemId) =>
        connection.Execute(EraseItemSql, new { PortalId = portal.Value, EntityTypeId = (long)entityTypeId, ItemId = itemId });

    private async Task<int> InSlicesAsync(string sql, object values, CancellationToken cancellationToken)
    {
        var total = 0;
        int changed;
        do
        {
            changed = await database.WriteAsync(connection => connection.Execute(sql, values), Durability.Full, cancellationToken);
            total += changed;
        }
        while (changed == Slice);

        return total;
    }

    private Task<IReadOnlyList<Wait>> ReadAsync(string sql, object? values, CancellationToken cancellationToken) =>
        database.ReadAsync(IReadOnlyList<Wait> (connection) => [.. connection.Query<WaitRow>(sql, values).Select(row => row.ToWait())], cancellationToken);

    private SentAnswer Sent(Wait wait) => new()
    {
        Ledger = this,
        Sequence = wait.Sequence,
        Portal = wait.Request.Portal,
        WorkflowId = wait.Request.WorkflowId,
        CalledAt = wait.Request.CalledAt,
        TimesOutAt = wait.Request.TimesOutAt,
        UserId = wait.Request.UserId,
        TimesSent = wait.AnswersSent,
        Say = wait.Outcome is { } outcome ? texts => WaitAnswer.Of(wait, outcome, texts) : null,
    };

    private static List<long> Sequences(IEnumerable<Wait> waits) => [.. waits.Select(wait => wait.Sequence)];

    private long Now() => UnixTime.Of(clock.GetUtcNow());
}

/// <summary>What the last transfer of a source item came to.</summary>
public sealed record LastTransfer
{
    /// <summary><c>created</c>, <c>updated</c>, <c>skipped</c> or <c>failed</c>; <see langword="null"/> if it is under way.</summary>
    public string? Status { get; init; }

    public long? EsbDealId { get; init; }

    public string? EsbDealUrl { get; init; }

    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }
}
