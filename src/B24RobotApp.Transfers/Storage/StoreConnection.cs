using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>A connection that keeps the statements it has prepared. Used by one thread at a time.</summary>
public sealed class StoreConnection : SqliteConnection
{
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    private StoreConnection(string connectionString) : base(connectionString)
    {
    }

    /// <summary>Opens the writer's connection.</summary>
    public static StoreConnection OpenForWriting(string file, TimeSpan busyTimeout)
    {
        var connection = Open(file, SqliteOpenMode.ReadWriteCreate, busyTimeout);
        connection.Pragma("journal_mode = WAL");
        connection.Pragma("foreign_keys = ON");

        // What is erased is overwritten, so that a copy of the file does not tell it.
        connection.Pragma("secure_delete = ON");
        connection.Pragma("cache_size = -16000");

        // A savepoint keeps the pages it touches; in a file that would cost more than the insert itself.
        connection.Pragma("temp_store = MEMORY");

        // Pages go back to the database file every 8 MB. The log keeps some length: overwriting it costs less than growing it anew.
        connection.Pragma("wal_autocheckpoint = 2000");
        connection.Pragma("journal_size_limit = 16777216");
        return connection;
    }

    /// <summary>Opens a connection that reads only.</summary>
    public static StoreConnection OpenForReading(string file, TimeSpan busyTimeout)
    {
        var connection = Open(file, SqliteOpenMode.ReadOnly, busyTimeout);

        // SQLite's own LIKE knows upper and lower case of Latin letters only.
        connection.CreateFunction<string?, string, bool>(
            "text_contains", (text, part) => text is not null && text.Contains(part, StringComparison.OrdinalIgnoreCase), isDeterministic: true);
        return connection;
    }

    /// <summary>Sets a pragma. Many take effect when they are prepared, not when they run, so these are not kept.</summary>
    public void Pragma(string pragma)
    {
        using var command = CreateCommand();
        command.CommandText = $"PRAGMA {pragma}";
        command.ExecuteNonQuery();
    }

    /// <summary>A statement without values.</summary>
    public void Run(string sql) => Prepared(sql).ExecuteNonQuery();

    /// <summary>For statements that run thousands of times a second: several times faster than preparing them each time.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="values">Its parameters, always in the same order.</param>
    /// <returns>The number of rows changed.</returns>
    public int ExecutePrepared(string sql, params ReadOnlySpan<(string Name, object? Value)> values) => Bound(sql, values).ExecuteNonQuery();

    /// <summary>The same for a question with one answer; <see langword="null"/> if there is none.</summary>
    /// <inheritdoc cref="ExecutePrepared"/>
    public object? ScalarPrepared(string sql, params ReadOnlySpan<(string Name, object? Value)> values) => Bound(sql, values).ExecuteScalar();

    /// <summary>Whether a transaction is open: SQLite ends it by itself after some failures.</summary>
    public bool IsInTransaction => SQLitePCL.raw.sqlite3_get_autocommit(Handle) == 0;

    private SqliteCommand Bound(string sql, ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = Prepared(sql);
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i].Value ?? DBNull.Value;
            if (i < command.Parameters.Count)
            {
                command.Parameters[i].Value = value;
            }
            else
            {
                command.Parameters.AddWithValue(values[i].Name, value);
            }
        }

        return command;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var command in _prepared.Values)
            {
                command.Dispose();
            }

            _prepared.Clear();
        }

        base.Dispose(disposing);
    }

    private static StoreConnection Open(string file, SqliteOpenMode mode, TimeSpan busyTimeout)
    {
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = mode,
            Pooling = false,

            // SQLite itself waits for a lock (busy_timeout); the driver's own waiting in steps of 150 ms comes on top and is kept to its least.
            DefaultTimeout = 1,
        };
        var connection = new StoreConnection(settings.ToString());
        try
        {
            connection.Open();
            connection.Pragma($"busy_timeout = {(long)busyTimeout.TotalMilliseconds}");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private SqliteCommand Prepared(string sql)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = CreateCommand();
            command.CommandText = sql;
            _prepared.Add(sql, command);
        }

        return command;
    }
}
