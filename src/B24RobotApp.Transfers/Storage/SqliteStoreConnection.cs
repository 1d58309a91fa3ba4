using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>A connection to a database file.</summary>
public sealed class SqliteStoreConnection : StoreConnection
{
    private readonly SqliteConnection _connection;

    private SqliteStoreConnection(SqliteConnection connection) : base(connection) => _connection = connection;

    /// <summary>The file.</summary>
    public string File => _connection.DataSource;

    /// <summary>Whether a transaction is open: SQLite ends it by itself after some failures.</summary>
    public bool IsInTransaction => SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    /// <summary>Opens the writer's connection.</summary>
    public static SqliteStoreConnection OpenForWriting(string file, TimeSpan busyTimeout)
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
    public static SqliteStoreConnection OpenForReading(string file, TimeSpan busyTimeout)
    {
        var connection = Open(file, SqliteOpenMode.ReadOnly, busyTimeout);

        // SQLite's own LIKE knows upper and lower case of Latin letters only.
        connection._connection.CreateFunction<string?, string, bool>(
            "text_contains", (text, part) => text is not null && text.Contains(part, StringComparison.OrdinalIgnoreCase), isDeterministic: true);
        return connection;
    }

    /// <summary>Sets a pragma. Many take effect when they are prepared, not when they run, so these are not kept.</summary>
    public void Pragma(string pragma)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = $"PRAGMA {pragma}";
        command.ExecuteNonQuery();
    }

    /// <summary>Ends the statement that is running, from another thread.</summary>
    public void Interrupt() => SQLitePCL.raw.sqlite3_interrupt(_connection.Handle);

    private static SqliteStoreConnection Open(string file, SqliteOpenMode mode, TimeSpan busyTimeout)
    {
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = mode,
            Pooling = false,

            // SQLite itself waits for a lock (busy_timeout); the driver's own waiting in steps of 150 ms comes on top and is kept to its least.
            DefaultTimeout = 1,
        };
        var connection = new SqliteStoreConnection(new SqliteConnection(settings.ToString()));
        try
        {
            connection._connection.Open();
            connection.Pragma($"busy_timeout = {(long)busyTimeout.TotalMilliseconds}");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
