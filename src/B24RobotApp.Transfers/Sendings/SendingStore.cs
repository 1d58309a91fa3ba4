using System.Text.Json;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Sendings;

/// <summary>The sendings of existing deals. A deal is put into the queue in the same commit in which its sending moves past it, so that neither a crash nor a second start sends it twice or leaves it out.</summary>
public sealed class SendingStore(StoreDatabase database, TimeProvider clock)
{
    private const string Columns = """
        id AS Id, portal_id AS PortalId, connection AS Connection, filter AS Filter, user_id AS UserId, state AS State, total AS Total, position AS Position, taken AS Taken,
        all_taken AS AllTaken, problem AS Problem, started_at AS StartedAt, finished_at AS FinishedAt,
        (SELECT COUNT(*) FROM transfers WHERE sending_id = sendings.id AND state = 'done') AS Arrived,
        (SELECT COUNT(*) FROM transfers WHERE sending_id = sendings.id AND state = 'failed') AS Failed,
        (SELECT COUNT(*) FROM transfers WHERE sending_id = sendings.id AND state IN ('unverified', 'queued', 'behind', 'running', 'parked')) AS Open
        """;

    private const string AddSql = """
        INSERT INTO sendings (portal_id, connection, filter, user_id, state, total, position, taken, all_taken, started_at)
        VALUES (@PortalId, @Connection, @Filter, @UserId, 'running', @Total, 0, 0, 0, @Now)
        RETURNING id
        """;

    private const string ListSql = $"SELECT {Columns} FROM sendings WHERE @PortalId IS NULL OR portal_id = @PortalId ORDER BY id DESC LIMIT 100";

    private const string RunningSql = $"SELECT {Columns} FROM sendings WHERE state = 'running' ORDER BY id";

    private const string FindSql = $"SELECT {Columns} FROM sendings WHERE id = @Id";

    private const string MoveSql = """
        UPDATE sendings
        SET position = @Position, taken = taken + @Count, all_taken = @AllTaken
        WHERE id = @Id AND state = 'running' AND position = @From
        """;

    private const string EndSql = "UPDATE sendings SET state = @State, problem = @Problem, finished_at = @Now WHERE id = @Id AND state = 'running'";

    private const string CancelWaitingSql = $"{TransferStore.CancelledUpdate} AND sending_id = @Id";

    private const string LiveWaitsSql = """
        SELECT EXISTS (
            SELECT 1
            FROM transfers
            WHERE portal_id = @PortalId AND connection = @Connection AND state = 'queued' AND due_at <= @Now AND sending_id IS NULL)
        """;

    private const string EraseSql = "DELETE FROM sendings WHERE portal_id = @PortalId";

    /// <summary>Begins a sending; the server takes it up within seconds.</summary>
    /// <returns>Its id.</returns>
    public Task<long> AddAsync(PortalId portal, string connection, SendingFilter filter, long? userId, long total, CancellationToken cancellationToken)
    {
        var values = new { PortalId = portal.Value, Connection = connection, Filter = JsonSerializer.Serialize(filter), UserId = userId, Total = total, Now = Now() };
        return database.WriteAsync(store => store.ExecuteScalar<long>(AddSql, values), Durability.Full, cancellationToken);
    }

    /// <summary>The latest sendings, newest first.</summary>
    /// <param name="portal">Of this portal; <see langword="null"/>: of all.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<IReadOnlyList<Sending>> ListAsync(PortalId? portal, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<Sending> (store) => [.. store.Query<Row>(ListSql, new { PortalId = portal?.Value }).Select(row => row.ToSending())], cancellationToken);

    /// <summary>Those that have not come to their end, oldest first.</summary>
    public Task<IReadOnlyList<Sending>> RunningAsync(CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<Sending> (store) => [.. store.Query<Row>(RunningSql, null).Select(row => row.ToSending())], cancellationToken);

    public Task<Sending?> FindAsync(long id, CancellationToken cancellationToken) => database.ReadAsync(
        store => store.QuerySingleOrDefault<Row>(FindSql, new { Id = id })?.ToSending(), cancellationToken);

    /// <summary>Puts a page of deals into the queue and moves the sending past them, both or neither.</summary>
    /// <param name="sending">The sending as it was read.</param>
    /// <param name="transfers">The deals' transfers, in the order of their ids.</param>
    /// <param name="allTaken">Whether they were the last.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns><see langword="false"/> if it was cancelled meanwhile; nothing is put into the queue then.</returns>
    public Task<bool> TakeAsync(Sending sending, IReadOnlyList<NewTransfer> transfers, bool allTaken, CancellationToken cancellationToken)
    {
        var values = new
        {
            sending.Id,
            From = sending.Position,
            Position = transfers.Count > 0 ? transfers[^1].ItemId : sending.Position,
            Count = (long)transfers.Count,
            AllTaken = allTaken,
        };
        return database.WriteAsync(
            store =>
            {
                if (store.Execute(MoveSql, values) == 0)
                {
                    return false;
                }

                foreach (var transfer in transfers)
                {
                    TransferStore.Add(store, transfer, clock.GetUtcNow());
                }

                return true;
            },
            Durability.Full,
            cancellationToken);
    }

    /// <summary>Ends a sending.</summary>
    /// <returns><see langword="false"/> if it does not run.</returns>
    public Task<bool> EndAsync(long id, SendingState state, string? problem, CancellationToken cancellationToken)
    {
        var values = new { Id = id, State = state.ToString().ToLowerInvariant(), Problem = problem, Now = Now() };
        return database.WriteAsync(store => store.Execute(EndSql, values) == 1, Durability.Full, cancellationToken);
    }

    /// <summary>Stops a sending. What is under way comes to its end; what still waits is cancelled.</summary>
    /// <returns><see langword="false"/> if it does not run.</returns>
    public Task<bool> CancelAsync(long id, string message, CancellationToken cancellationToken)
    {
        var end = new { Id = id, State = "cancelled", Problem = (string?)null, Now = Now() };
        var waiting = new { Id = id, Message = message, Now = Now() };
        return database.WriteAsync(
            store =>
            {
                if (store.Execute(EndSql, end) == 0)
                {
                    return false;
                }

                store.Execute(CancelWaitingSql, waiting);
                return true;
            },
            Durability.Full,
            cancellationToken);
    }

    /// <summary>Whether a robot's deal waits for a place in the lane: it goes first.</summary>
    public Task<bool> LiveWaitsAsync(Lane lane, CancellationToken cancellationToken)
    {
        var values = new { PortalId = lane.Portal.Value, lane.Connection, Now = Now() };
        return database.ReadAsync(store => store.ExecuteScalar<long>(LiveWaitsSql, values) != 0, cancellationToken);
    }

    /// <summary>Deletes a portal's sendings.</summary>
    public Task EraseAsync(PortalId portal, CancellationToken cancellationToken) =>
        database.WriteAsync(store => store.Execute(EraseSql, new { PortalId = portal.Value }), Durability.Full, cancellationToken);

    private long Now() => UnixTime.Of(clock.GetUtcNow());

    private sealed record Row
    {
        public long Id { get; init; }

        public long PortalId { get; init; }

        public string Connection { get; init; } = "";

        public string Filter { get; init; } = "";

        public long? UserId { get; init; }

        public string State { get; init; } = "";

        public long Total { get; init; }

        public long Position { get; init; }

        public long Taken { get; init; }

        public long Arrived { get; init; }

        public long Failed { get; init; }

        public long Open { get; init; }

        public long AllTaken { get; init; }

        public string? Problem { get; init; }

        public long StartedAt { get; init; }

        public long? FinishedAt { get; init; }

        public Sending ToSending() => new()
        {
            Id = Id,
            Portal = new PortalId(PortalId),
            Connection = Connection,
            Filter = JsonSerializer.Deserialize<SendingFilter>(Filter) ?? new SendingFilter(),
            UserId = UserId,
            State = Enum.Parse<SendingState>(State, ignoreCase: true),
            Total = Total,
            Position = Position,
            Taken = Taken,
            Arrived = Arrived,
            Failed = Failed,
            Open = Open,
            AllTaken = AllTaken != 0,
            Problem = Problem,
            StartedAt = UnixTime.From(StartedAt),
            FinishedAt = UnixTime.From(FinishedAt),
        };
    }
}
