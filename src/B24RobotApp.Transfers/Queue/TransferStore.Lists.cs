using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Queue;

// What people ask for.
public sealed partial class TransferStore
{
    private const string FindSql = $"SELECT {TransferRow.Columns} FROM transfers WHERE id = @Id";

    private const string FindByEventTokenSql = $"SELECT {TransferRow.Columns} FROM transfers WHERE portal_id = @PortalId AND event_token = @EventToken";

    private const string TextCondition = """
        (@Text IS NULL OR text_contains(title, @Text) OR text_contains(error_message, @Text) OR error_code = @Text OR id = @Text
            OR CAST(item_id AS TEXT) = @Text OR CAST(esb_deal_id AS TEXT) = @Text)
        """;

    // One state of one portal: the index gives them newest first, so a page costs a page, however long the history. The states are merged afterwards.
    private const string ListStateSql = $"""
        SELECT {TransferRow.Columns}
        FROM transfers
        WHERE portal_id = @PortalId AND state = @State AND sequence < @Before AND {TextCondition}
        ORDER BY sequence DESC
        LIMIT @Most
        """;

    private const string ListDealSql = $"""
        SELECT {TransferRow.Columns}
        FROM transfers
        WHERE portal_id = @PortalId AND entity_type_id = 2 AND item_id = @ItemId AND sequence < @Before AND state IN @States AND {TextCondition}
        ORDER BY sequence DESC
        LIMIT @Most
        """;

    // The portals are named so that the index of states serves it.
    private const string CausesSql = """
        SELECT error_code AS Code, connection AS Connection, COALESCE(profile, '') AS Profile, COUNT(*) AS Count,
               MAX(finished_at) AS LastAt, MAX(error_message) AS Example
        FROM transfers
        WHERE portal_id IN (SELECT id FROM portals) AND state = 'failed'
        GROUP BY error_code, connection, profile
        ORDER BY COUNT(*) DESC, error_code, connection
        """;

    private const string CausesOfPortalSql = """
        SELECT error_code AS Code, connection AS Connection, COALESCE(profile, '') AS Profile, COUNT(*) AS Count,
               MAX(finished_at) AS LastAt, MAX(error_message) AS Example
        FROM transfers
        WHERE portal_id = @PortalId AND state = 'failed'
        GROUP BY error_code, connection, profile
        ORDER BY COUNT(*) DESC, error_code, connection
        """;

    // By the index of finished transfers; the days are those of UTC.
    private const string DaysSql = """
        SELECT finished_at / 86400000 AS Day, COUNT(CASE WHEN state = 'done' THEN 1 END) AS Arrived, COUNT(CASE WHEN state = 'failed' THEN 1 END) AS Failed
        FROM transfers
        WHERE finished_at IS NOT NULL AND finished_at >= @Since AND portal_id = @PortalId
        GROUP BY finished_at / 86400000
        ORDER BY Day
        """;

    private const string PortalIdsSql = "SELECT id FROM portals";

    // A range of the index of event tokens.
    private const string LatestOfTokensSql = $"""
        SELECT {TransferRow.Columns}
        FROM transfers
        WHERE portal_id = @PortalId AND event_token >= @From AND event_token < @Before
        ORDER BY sequence DESC
        LIMIT 1
        """;

    private const string TrailSql = "SELECT document FROM trails WHERE sequence = (SELECT sequence FROM transfers WHERE id = @Id)";

    private const string AttemptsSql = """
        SELECT number AS Number, started_at AS StartedAt, ended_at AS EndedAt, step AS Step, failure AS Failure,
               attempts.error_code AS ErrorCode, attempts.error_message AS ErrorMessage
        FROM attempts
        JOIN transfers ON transfers.sequence = attempts.sequence
        WHERE transfers.id = @Id
        ORDER BY number
        """;

    private const string CountsSql = "SELECT state AS State, COUNT(*) AS Count FROM transfers GROUP BY state";

    // By the index of states, without what is over.
    private const string WaitingCountsSql = """
        SELECT state AS State, COUNT(*) AS Count
        FROM transfers
        WHERE portal_id IN (SELECT id FROM portals) AND state IN ('unverified', 'queued', 'behind', 'running', 'parked')
        GROUP BY state
        """;

    private const string CountsOfPortalSql = "SELECT state AS State, COUNT(*) AS Count FROM transfers WHERE portal_id = @PortalId GROUP BY state";

    // A step into the index for each state; what came first has the smallest sequence.
    private const string OldestWaitingSql = """
        SELECT received_at
        FROM transfers
        WHERE sequence = (
            SELECT MIN(first)
            FROM (
                SELECT MIN(sequence) AS first FROM transfers WHERE portal_id = @PortalId AND state = 'unverified'
                UNION ALL
                SELECT MIN(sequence) FROM transfers WHERE portal_id = @PortalId AND state = 'queued'
                UNION ALL
                SELECT MIN(sequence) FROM transfers WHERE portal_id = @PortalId AND state = 'behind'
                UNION ALL
                SELECT MIN(sequence) FROM transfers WHERE portal_id = @PortalId AND state = 'running'
                UNION ALL
                SELECT MIN(sequence) FROM transfers WHERE portal_id = @PortalId AND state = 'parked') AS firsts)
        """;

    /// <summary>When the oldest transfer of a portal came that has not ended; <see langword="null"/> if all have.</summary>
    public Task<DateTimeOffset?> OldestWaitingAsync(PortalId portal, CancellationToken cancellationToken) => database.ReadAsync(
        connection => UnixTime.From(connection.ExecuteScalar<long?>(OldestWaitingSql, new { PortalId = portal.Value })), cancellationToken);

    public Task<Transfer?> FindAsync(TransferId id, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.QuerySingleOrDefault<TransferRow>(FindSql, new { Id = id.Value })?.ToTransfer(), cancellationToken);

    /// <summary>Why transfers have failed for good, the most frequent cause first.</summary>
    public Task<IReadOnlyList<FailureCause>> CausesAsync(CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<FailureCause> (connection) => [.. connection.Query<CauseRow>(CausesSql, null).Select(row => row.ToCause())], cancellationToken);

    /// <summary>Why a portal's transfers have failed for good, the most frequent cause first.</summary>
    public Task<IReadOnlyList<FailureCause>> CausesAsync(PortalId portal, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<FailureCause> (connection) => [.. connection.Query<CauseRow>(CausesOfPortalSql, new { PortalId = portal.Value }).Select(row => row.ToCause())], cancellationToken);

    /// <summary>How many of a portal's transfers ended on each day since a time, days without any left out.</summary>
    public Task<IReadOnlyList<TransferDay>> DaysAsync(PortalId portal, DateTimeOffset since, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<TransferDay> (connection) =>
        [
            .. connection.Query<DayRow>(DaysSql, new { PortalId = portal.Value, Since = UnixTime.Of(since) })
                .Select(row => new TransferDay(DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(row.Day)), row.Arrived, row.Failed)),
        ],
        cancellationToken);

    public Task<Transfer?> FindByEventTokenAsync(PortalId portal, string eventToken, CancellationToken cancellationToken)
    {
        var values = new { PortalId = portal.Value, EventToken = eventToken };
        return database.ReadAsync(
            connection => connection.QuerySingleOrDefault<TransferRow>(FindByEventTokenSql, values)?.ToTransfer(), cancellationToken);
    }

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<Transfer>> ListAsync(TransferQuery query, CancellationToken cancellationToken)
    {
        var states = (query.States.Count > 0 ? query.States : Enum.GetValues<TransferState>()).SelectMany(TransferStates.Of).ToList();
        return database.ReadAsync(
            IReadOnlyList<Transfer> (connection) =>
            {
                var portals = query.Portal is { } portal ? [portal.Value] : connection.Query<long>(PortalIdsSql);
                var rows = portals.SelectMany(id => query.ItemId is null ? OfStates(connection, id, states, query) : OfDeal(connection, id, states, query));
                return [.. rows.OrderByDescending(row => row.Sequence).Take(query.Most).Select(row => row.ToTransfer())];
            },
            cancellationToken);
    }

    /// <summary>The latest of a portal's transfers whose event token begins with something; <see langword="null"/> if there is none.</summary>
    public Task<Transfer?> LatestOfTokensAsync(PortalId portal, string prefix, CancellationToken cancellationToken)
    {
        // SQLite compares texts by their bytes: what follows all that begins so.
        var values = new { PortalId = portal.Value, From = prefix, Before = prefix[..^1] + (char)(prefix[^1] + 1) };
        return database.ReadAsync(connection => connection.QuerySingleOrDefault<TransferRow>(LatestOfTokensSql, values)?.ToTransfer(), cancellationToken);
    }

    /// <summary>What a transfer has sent; <see langword="null"/> if nothing was to be sent yet.</summary>
    public Task<TransferTrail?> TrailAsync(TransferId id, CancellationToken cancellationToken) => database.ReadAsync(
        connection => TransferTrail.Parse(connection.QuerySingleOrDefault<string>(TrailSql, new { Id = id.Value })), cancellationToken);

    /// <summary>The attempts at a transfer, in their order.</summary>
    public Task<IReadOnlyList<TransferAttempt>> AttemptsAsync(TransferId id, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<TransferAttempt> (connection) =>
            [.. connection.Query<AttemptRow>(AttemptsSql, new { Id = id.Value }).Select(row => row.ToAttempt())],
        cancellationToken);

    /// <summary>How many transfers are in each state that occurs.</summary>
    public Task<IReadOnlyDictionary<TransferState, long>> CountsAsync(PortalId? portal, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyDictionary<TransferState, long> (connection) => connection
            .Query<(string State, long Count)>(portal is null ? CountsSql : CountsOfPortalSql, new { PortalId = portal?.Value })
            .GroupBy(row => TransferStates.Parse(row.State))
            .ToDictionary(group => group.Key, group => group.Sum(row => row.Count)),
        cancellationToken);

    /// <summary>How many transfers of all portals have not come to their end, by where they stand; however long the history is.</summary>
    public Task<IReadOnlyDictionary<TransferState, long>> WaitingCountsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyDictionary<TransferState, long> (connection) => connection
            .Query<(string State, long Count)>(WaitingCountsSql)
            .GroupBy(row => TransferStates.Parse(row.State))
            .ToDictionary(group => group.Key, group => group.Sum(row => row.Count)),
        cancellationToken);

    private static IEnumerable<TransferRow> OfStates(StoreConnection connection, long portalId, List<string> states, TransferQuery query) =>
        states.SelectMany(state => connection.Query<TransferRow>(
            ListStateSql, new { PortalId = portalId, State = state, Before = query.Before ?? long.MaxValue, query.Text, Most = (long)query.Most }));

    private static List<TransferRow> OfDeal(StoreConnection connection, long portalId, List<string> states, TransferQuery query) =>
        connection.Query<TransferRow>(
            ListDealSql,
            new { PortalId = portalId, query.ItemId, States = states, Before = query.Before ?? long.MaxValue, query.Text, Most = (long)query.Most });

    private sealed record AttemptRow
    {
        public long Number { get; init; }

        public long StartedAt { get; init; }

        public long EndedAt { get; init; }

        public string Step { get; init; } = "";

        public string? Failure { get; init; }

        public string? ErrorCode { get; init; }

        public string? ErrorMessage { get; init; }

        public TransferAttempt ToAttempt() => new()
        {
            Number = (int)Number,
            StartedAt = UnixTime.From(StartedAt),
            EndedAt = UnixTime.From(EndedAt),
            Step = Step,
            Failure = Failure,
            ErrorCode = ErrorCode,
            ErrorMessage = ErrorMessage,
        };
    }

    private sealed record DayRow
    {
        public long Day { get; init; }

        public long Arrived { get; init; }

        public long Failed { get; init; }
    }

    private sealed record CauseRow
    {
        public string? Code { get; init; }

        public string Connection { get; init; } = "";

        public string Profile { get; init; } = "";

        public long Count { get; init; }

        public long? LastAt { get; init; }

        public string? Example { get; init; }

        public FailureCause ToCause() =>
            new(Code ?? "", Connection, Profile, (int)Count, LastAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, Example ?? "");
    }
}
