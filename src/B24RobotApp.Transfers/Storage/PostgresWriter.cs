using System.Data;
using Npgsql;

namespace B24RobotApp.Transfers.Storage;

/// <summary>
/// The writer of one server on a database that several share. One group at a time is written, whoever's it is: each begins by waiting for a lock that its commit gives back. So a statement that was written for one writer is
/// right with many.
/// </summary>
internal sealed class PostgresWriter : GroupWriter
{
    /// <summary>The lock, one for each database; the number is this app's own.</summary>
    internal const string LockSql = "SELECT pg_advisory_xact_lock(240124012401)";

    // What it may lose, it loses together with all that came later and was not forced either. Source: postgresql.org/docs/current/wal-async-commit.html.
    private const string LockRelaxedSql = $"{LockSql}; SET LOCAL synchronous_commit TO off";

    /// <summary>After so long other servers get their turn.</summary>
    private static readonly TimeSpan LongestGroup = TimeSpan.FromMilliseconds(50);

    /// <summary>So many savepoints may lie within each other before they are given back, all at once: to make one costs no round trip, to give it back does.</summary>
    private const int MostSavepoints = 16;

    private readonly Func<PostgresStoreConnection> _open;
    private readonly string _place;
    private readonly bool _tellsOthers;
    private PostgresStoreConnection? _connection;
    private NpgsqlTransaction? _transaction;
    private int _savepoints;

    /// <summary>Makes the writer.</summary>
    /// <param name="open">Opens a connection.</param>
    /// <param name="place">What the database is called in messages.</param>
    /// <param name="tellsOthers">Whether others are told of every group, not just of what they are known to keep in memory.</param>
    public PostgresWriter(Func<PostgresStoreConnection> open, string place, bool tellsOthers)
        : base(LongestGroup)
    {
        (_open, _place, _tellsOthers) = (open, place, tellsOthers);
        Start();
    }

    protected override StoreConnection Begin(Durability durability)
    {
        if (_connection is { Npgsql.State: not ConnectionState.Open })
        {
            RollBack();
        }

        if (_connection is not null)
        {
            try
            {
                return Begin(_connection, durability);
            }
            catch (NpgsqlException exception) when (PostgresFailures.IsOfTheConnection(exception))
            {
                // It was lost while nothing was to be written; the server may be back long since.
                RollBack();
            }
        }

        _connection ??= _open();
        return Begin(_connection, durability);
    }

    protected override void RunAlone(WriteRequest request)
    {
        if (Try(() => request.Run(_connection!)) is { } fault)
        {
            request.Refuse(fault);
        }
    }

    // In one round trip. If one of them fails it takes all with it, and which of them it was is found out by running each alone.
    protected override void RunTogether(IReadOnlyList<StatementRequest> requests)
    {
        if (requests.Count == 1 || Try(() => Send(requests)) is not null)
        {
            base.RunTogether(requests);
        }
    }

    // Where the connection breaks off at this moment, nobody knows whether the group was written; its callers hear that it was not. That is what a caller hears, too, whose answer was lost by a power cut, and they are made for
    // it: a robot's call that its portal delivers again is known by its event token, and a step of a transfer that is not known to be noted is made again.
    protected override void Commit()
    {
        _transaction!.Commit();
        End();
    }

    protected override void RollBack()
    {
        try
        {
            if (_connection?.Npgsql.State == ConnectionState.Open)
            {
                _transaction?.Rollback();
                End();
                return;
            }
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // The server rolls back what it cannot talk about any more. In what state the connection is, is not worth knowing.
        }

        End();
        if (_connection is not null)
        {
            _connection.Dispose();
            _connection = null;
            TellInterrupted();
        }
    }

    protected override Exception Explain(Exception exception) => exception is NpgsqlException failure ? PostgresFailures.Describe(failure, _place)
        : _connection is { Npgsql.State: not ConnectionState.Open } ? new StorageUnavailableException($"The connection to the database {_place} is lost.", exception)
        : exception;

    protected override void Close() => _connection?.Dispose();

    private static string Savepoint(int number) => $"w{number}";

    private void Send(IReadOnlyList<StatementRequest> requests)
    {
        var rows = _connection!.ExecuteTogether(requests.Select(request => (request.Sql, request.Values)));
        for (var i = 0; i < requests.Count; i++)
        {
            requests[i].Made(rows[i]);
        }
    }

    /// <summary>Runs a part of the group. A failed statement spoils a transaction of PostgreSQL's, so that also a single one needs a savepoint; the driver sends it along with the statement.</summary>
    /// <returns>What went wrong by the part's own fault; nothing of it is left then.</returns>
    private Exception? Try(Action part)
    {
        if (_savepoints == MostSavepoints)
        {
            _transaction!.Release(Savepoint(0));
            _savepoints = 0;
        }

        var savepoint = Savepoint(_savepoints++);
        _transaction!.Save(savepoint);
        try
        {
            part();
            return null;
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            // A session keeps what it began with, also when the database takes writes again or another server is the primary; the next group gets a new one.
            _connection!.Npgsql.Close();
            throw;
        }
        catch (Exception exception) when (_connection!.Npgsql.State == ConnectionState.Open && (exception is not NpgsqlException failure || !PostgresFailures.IsOfTheDatabase(failure)))
        {
            // Its own fault: a constraint or a defect. The others know nothing of it.
            _transaction.Rollback(savepoint);
            return exception;
        }
    }

    private PostgresStoreConnection Begin(PostgresStoreConnection connection, Durability durability)
    {
        _transaction = connection.Npgsql.BeginTransaction(IsolationLevel.ReadCommitted);
        connection.Run(durability == Durability.Full ? LockSql : LockRelaxedSql);
        if (_tellsOthers)
        {
            connection.TellOthers();
        }

        return connection;
    }

    private void End()
    {
        _transaction?.Dispose();
        _transaction = null;
        _savepoints = 0;
    }
}
