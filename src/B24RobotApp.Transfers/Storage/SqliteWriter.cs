using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>The writer of a database file: there is no other, since one process owns it.</summary>
internal sealed class SqliteWriter : GroupWriter
{
    /// <summary>Readers that never let go at the same time keep SQLite from starting its log anew; from this length on it is insisted upon.</summary>
    public const long LongLog = 64 * 1024 * 1024;

    private static readonly TimeSpan WaitForReaders = TimeSpan.FromMilliseconds(100);

    private readonly SqliteStoreConnection _connection;
    private readonly TimeSpan _busyTimeout;
    private readonly long _longLog;
    private Durability? _durability;
    private StorageUnavailableException? _broken;
    private long _logLimit;

    public SqliteWriter(SqliteStoreConnection connection, TimeSpan busyTimeout, long longLog = LongLog)
        : base(longestGroup: TimeSpan.MaxValue)
    {
        _connection = connection;
        _busyTimeout = busyTimeout;
        _longLog = longLog;
        _logLimit = longLog;
        Start();
    }

    protected override StoreConnection Begin(Durability durability)
    {
        if (_broken is not null)
        {
            throw _broken;
        }

        Promise(durability);
        _connection.Run("BEGIN IMMEDIATE");
        return _connection;
    }

    protected override void RunAlone(WriteRequest request)
    {
        // SQLite undoes a statement that fails by itself. A savepoint would cost as much as a third of an insert.
        var savepoint = request is not StatementRequest;
        if (savepoint)
        {
            _connection.Run("SAVEPOINT one");
        }

        try
        {
            request.Run(_connection);
        }
        catch (Exception exception) when (exception is not SqliteException failure || !SqliteFailures.IsOfTheDatabase(failure))
        {
            // Its own fault: a constraint or a defect. The others know nothing of it.
            if (savepoint)
            {
                _connection.Run("ROLLBACK TO one");
            }

            request.Refuse(exception);
        }

        if (savepoint)
        {
            _connection.Run("RELEASE one");
        }
    }

    protected override void Commit() => _connection.Run("COMMIT");

    protected override void RollBack()
    {
        try
        {
            if (_connection.IsInTransaction)
            {
                _connection.Run("ROLLBACK");
            }
        }
        catch (SqliteException)
        {
            // The disk is what failed, and the callers hear of it. SQLite rolls back by itself when the connection is used or opened again.
        }
    }

    protected override Exception Explain(Exception exception)
    {
        if (exception is not SqliteException failure)
        {
            return exception;
        }

        var explained = SqliteFailures.Describe(failure, _connection.File);
        if (SqliteFailures.IsOfForcingToDisk(failure))
        {
            _broken = explained;
        }

        return explained;
    }

    /// <summary>Shortens the log if it has grown long.</summary>
    protected override void Rest()
    {
        var log = new FileInfo(_connection.File + "-wal");
        if (!log.Exists || log.Length < _logLimit)
        {
            return;
        }

        try
        {
            // Waits for readers, but not for long: intake waits meanwhile. If they stay, the next try comes when the log has grown as much again.
            _connection.Pragma($"busy_timeout = {(long)WaitForReaders.TotalMilliseconds}");
            try
            {
                _connection.Pragma("wal_checkpoint(TRUNCATE)");
            }
            finally
            {
                _connection.Pragma($"busy_timeout = {(long)_busyTimeout.TotalMilliseconds}");
            }

            log.Refresh();
            _logLimit = log.Length + _longLog;
        }
        catch (SqliteException)
        {
            // What was answered is in the log and stays there; the next commit meets the same disk and says so to its callers.
        }
    }

    protected override void Close() => _connection.Dispose();

    // The level holds for the whole transaction and cannot be changed within. One that forces forces all that went before it.
    private void Promise(Durability durability)
    {
        if (durability != _durability)
        {
            _connection.Pragma(durability == Durability.Full ? "synchronous = FULL" : "synchronous = NORMAL");
            _durability = durability;
        }
    }
}
