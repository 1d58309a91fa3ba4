using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>
/// The one writer. Whatever waits shares a transaction and, if one of it asks for that, a forced write to the disk; while the disk is busy with one group, the
/// next gathers. Nothing waits for company.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    /// <summary>So many writes may wait; further callers wait for room.</summary>
    public const int MostWaiting = 1024;

    /// <summary>So many share a commit at most, which bounds how long the first of them waits for the last.</summary>
    private const int MostTogether = 512;

    /// <summary>Readers that never let go at the same time keep SQLite from starting its log anew; from this length on it is insisted upon.</summary>
    private const long LongLog = 64 * 1024 * 1024;

    private static readonly TimeSpan WaitForReaders = TimeSpan.FromMilliseconds(100);

    private readonly Channel<WriteRequest> _waiting = Channel.CreateBounded<WriteRequest>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, AllowSynchronousContinuations = false });

    private readonly StoreConnection _connection;
    private readonly TimeSpan _busyTimeout;
    private readonly Thread _thread;
    private Durability? _durability;
    private StorageUnavailableException? _broken;
    private long _logLimit = LongLog;
    private long _commits;
    private long _writes;

    public SqliteWriter(StoreConnection connection, TimeSpan busyTimeout)
    {
        _connection = connection;
        _busyTimeout = busyTimeout;

        // A thread of its own: waiting for the disk must not take one from the pool that answers requests.
        _thread = new Thread(Work) { IsBackground = true, Name = "Store writer" };
        _thread.Start();
    }

    /// <summary>Transactions committed.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Writes that were part of them.</summary>
    public long Writes => Interlocked.Read(ref _writes);

    public async Task<T> WriteAsync<T>(
        Func<StoreConnection, T> write, bool oneStatement, Durability durability, CancellationToken cancellationToken)
    {
        var request = new WriteRequest<T>(write, oneStatement, durability, cancellationToken);
        try
        {
            await _waiting.Writer.WriteAsync(request, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(SqliteDatabase));
        }

        return await request.Answered;
    }

    /// <summary>Finishes what waits, then closes the connection.</summary>
    public void Dispose()
    {
        _waiting.Writer.TryComplete();
        _thread.Join();
    }

    private void Work()
    {
        var group = new List<WriteRequest>(MostTogether);
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (group.Count < MostTogether && _waiting.Reader.TryRead(out var request))
            {
                if (request.IsCancelled)
                {
                    request.Cancel();
                }
                else
                {
                    group.Add(request);
                }
            }

            if (group.Count > 0)
            {
                Commit(group);
                group.Clear();
                ShortenLog();
            }
        }

        _connection.Dispose();
    }

    private void Commit(List<WriteRequest> group)
    {
        try
        {
            if (_broken is not null)
            {
                throw _broken;
            }

            Promise(group.Exists(request => request.Durability == Durability.Full) ? Durability.Full : Durability.Relaxed);
            _connection.Run("BEGIN IMMEDIATE");
            foreach (var request in group)
            {
                RunAlone(request);
            }

            _connection.Run("COMMIT");
        }
        catch (Exception exception)
        {
            // Also a defect must not end the loop: everyone who waits, now or later, would wait for ever.
            var failure = Explain(exception);
            RollBack();
            group.ForEach(request => request.Fail(failure));
            return;
        }

        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _writes, group.Count);
        group.ForEach(request => request.Answer());
    }

    // The level holds for the whole transaction and cannot be changed within. One that forces forces all that went before it.
    private void Promise(Durability durability)
    {
        if (durability != _durability)
        {
            _connection.Pragma(durability == Durability.Full ? "synchronous = FULL" : "synchronous = NORMAL");
            _durability = durability;
        }
    }

    private void RunAlone(WriteRequest request)
    {
        var savepoint = !request.IsOneStatement;
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

    private Exception Explain(Exception exception)
    {
        if (exception is not SqliteException failure)
        {
            return exception;
        }

        var explained = SqliteFailures.Describe(failure, _connection.DataSource);
        if (SqliteFailures.IsOfForcingToDisk(failure))
        {
            _broken = explained;
        }

        return explained;
    }

    private void RollBack()
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

    private void ShortenLog()
    {
        var log = new FileInfo(_connection.DataSource + "-wal");
        if (!log.Exists || log.Length < _logLimit)
        {
            return;
        }

        try
        {
            // Waits for readers, but not for long: intake waits meanwhile. If they stay, the next try comes when the log has grown as much again.
            _connection.Pragma($"busy_timeout = {(long)WaitForReaders.TotalMilliseconds}");
            _connection.Pragma("wal_checkpoint(TRUNCATE)");
            _connection.Pragma($"busy_timeout = {(long)_busyTimeout.TotalMilliseconds}");
            log.Refresh();
            _logLimit = log.Length + LongLog;
        }
        catch (SqliteException)
        {
            // What was answered is in the log and stays there; the next commit meets the same disk and says so to its callers.
        }
    }
}
