using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>The database: one writer whose commits are shared, readers that do not wait for it, and one process that owns it all.</summary>
public sealed class SqliteDatabase : IDisposable
{
    private readonly DataDirectory? _directory;
    private readonly SqliteWriter? _writer;
    private readonly SqliteReaders _readers;
    private readonly TimeSpan _busyTimeout;
    private long? _outsideVersion;

    private SqliteDatabase(DataDirectory directory, StorageOptions options)
    {
        _busyTimeout = options.BusyTimeout;
        _directory = directory;
        File = directory.DatabaseFile;
        _writer = new SqliteWriter(StoreConnection.OpenForWriting(directory.DatabaseFile, options.BusyTimeout), options.BusyTimeout);
        _readers = new SqliteReaders(directory.DatabaseFile, options.BusyTimeout);
    }

    private SqliteDatabase(string file, StorageOptions options, bool writes)
    {
        File = file;
        _busyTimeout = options.BusyTimeout;
        _writer = writes ? new SqliteWriter(StoreConnection.OpenForWriting(file, options.BusyTimeout), options.BusyTimeout) : null;
        _readers = new SqliteReaders(file, options.BusyTimeout);
    }

    /// <summary>Another process has written: what is held in memory may be old.</summary>
    internal event Action? ChangedOutside;

    /// <summary>Transactions committed since the start.</summary>
    public long Commits => _writer?.Commits ?? 0;

    /// <summary>Writes that were part of them; several share a commit under load.</summary>
    public long Writes => _writer?.Writes ?? 0;

    /// <summary>The file that it is in. Its log lies beside it and has <c>-wal</c> behind its name.</summary>
    public string File { get; }

    /// <summary>Takes possession of the data directory and brings the database up to date.</summary>
    /// <exception cref="StorageException">Another process owns the directory, or a newer version of the app has written the database, or it is damaged.</exception>
    public static SqliteDatabase Open(StorageOptions options)
    {
        var directory = DataDirectory.Own(options.DataDirectory);
        try
        {
            if (Directory.Exists(directory.Restoring))
            {
                throw new StorageException($"A restore into the data directory {directory.FullPath} was cut off. Run it again (b24robot restore FILE --force).");
            }

            Migrations.Apply(directory.DatabaseFile);
            return new SqliteDatabase(directory, options);
        }
        catch (SqliteException exception)
        {
            directory.Dispose();
            throw SqliteFailures.Describe(exception, directory.DatabaseFile);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Brings the database of a data directory that no server uses up to date.</summary>
    /// <returns>The names of the scripts that were applied.</returns>
    /// <exception cref="StorageException">There is no database, a server owns it, a newer version of the app has written it, or a script failed.</exception>
    public static IReadOnlyList<string> Migrate(StorageOptions options)
    {
        var file = Existing(options);
        using var directory = DataDirectory.Own(options.DataDirectory);
        return Described(file, () => Migrations.Apply(file));
    }

    /// <summary>The scripts that the next start would apply; a server may run.</summary>
    /// <exception cref="StorageException">There is no database, or a newer version of the app has written it.</exception>
    public static IReadOnlyList<string> FindPending(StorageOptions options)
    {
        var file = Existing(options);
        return Described<IReadOnlyList<string>>(file, () =>
        {
            using var connection = StoreConnection.OpenForReading(file, options.BusyTimeout);
            var applied = Migrations.AppliedTo(connection);
            return Migrations.Unknown(applied) is { } unknown ? throw Migrations.Newer(file, unknown) : [.. Migrations.Known.Except(applied, StringComparer.Ordinal)];
        });
    }

    /// <summary>Opens the database while a server may own it.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="writes">Whether something may be written; a server takes it up within a second. Without it every write fails.</param>
    /// <exception cref="StorageException">There is no database yet, or one of another version of the app.</exception>
    public static SqliteDatabase OpenBeside(StorageOptions options, bool writes = false) => FindPending(options).Count == 0
        ? new(Existing(options), options, writes)
        : throw new StorageException("The database is of an earlier version of the app. b24robot migrate brings it forward; so does the start of the server.");

    /// <summary>
    /// Writes, and returns when the promise of <paramref name="durability"/> is kept. The function runs on the writer's thread between the writes of others, in a
    /// savepoint of its own: what it throws undoes its own changes and reaches this caller alone. It must be short and wait for nothing.
    /// </summary>
    /// <param name="write">The write.</param>
    /// <param name="durability">What it must survive.</param>
    /// <param name="cancellationToken">Ends the waiting for the writer. A cancelled write was not made; one that has begun is finished.</param>
    /// <exception cref="StorageUnavailableException">Nothing was written, by this or any write of the group.</exception>
    public Task<T> WriteAsync<T>(Func<StoreConnection, T> write, Durability durability, CancellationToken cancellationToken) =>
        Writer.WriteAsync(write, oneStatement: false, durability, cancellationToken);

    /// <summary>The same for a function that runs one statement and no more, at a lower price: a statement that fails is undone without a savepoint.</summary>
    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task<T> WriteOneAsync<T>(Func<StoreConnection, T> statement, Durability durability, CancellationToken cancellationToken) =>
        Writer.WriteAsync(statement, oneStatement: true, durability, cancellationToken);

    /// <summary>Reads from one snapshot, which holds everything that has been written by calls that returned.</summary>
    /// <exception cref="StorageUnavailableException">The database cannot be read.</exception>
    public Task<T> ReadAsync<T>(Func<StoreConnection, T> read, CancellationToken cancellationToken) => _readers.ReadAsync(read, cancellationToken);

    /// <summary>Looks whether another process has written since the last look, and lets everyone know who holds something in memory.</summary>
    internal async Task<bool> LookOutsideAsync(CancellationToken cancellationToken)
    {
        // Asked on the writer's connection it changes by writes of others alone. Source: sqlite.org/pragma.html#pragma_data_version.
        var version = await WriteOneAsync(connection => (long)connection.ScalarPrepared("SELECT data_version FROM pragma_data_version")!, Durability.Relaxed, cancellationToken);
        var changed = _outsideVersion is { } known && known != version;
        _outsideVersion = version;
        if (changed)
        {
            ChangedOutside?.Invoke();
        }

        return changed;
    }

    /// <summary>Takes what was erased out of the log too, as far as no reader needs it.</summary>
    internal Task ShortenLogAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var connection = StoreConnection.OpenForWriting(File, _busyTimeout);
            connection.Pragma("wal_checkpoint(TRUNCATE)");
        },
        cancellationToken);

    /// <summary>Finishes the writes that wait and closes the database.</summary>
    public void Dispose()
    {
        _readers.Dispose();
        _writer?.Dispose();
        _directory?.Dispose();
    }

    /// <summary>The database file of a data directory.</summary>
    internal static string Existing(StorageOptions options)
    {
        var file = DataDirectory.DatabaseFileIn(options.DataDirectory);
        return System.IO.File.Exists(file) ? file : throw new StorageException($"There is no database in the data directory {Path.GetDirectoryName(file)} yet; the server makes it at its first start.");
    }

    private static T Described<T>(string file, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException exception)
        {
            throw SqliteFailures.Describe(exception, file);
        }
    }

    private SqliteWriter Writer => _writer ?? throw new StorageException("The database was opened for reading only.");
}
