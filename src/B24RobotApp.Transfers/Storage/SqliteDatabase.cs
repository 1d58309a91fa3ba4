using B24RobotApp.Transfers.Storage.Moving;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>The database as a file in the data directory, and one process that owns it.</summary>
public sealed class SqliteDatabase : StoreDatabase
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
        _writer = new SqliteWriter(SqliteStoreConnection.OpenForWriting(directory.DatabaseFile, options.BusyTimeout), options.BusyTimeout);
        _readers = new SqliteReaders(directory.DatabaseFile, options.BusyTimeout);
    }

    private SqliteDatabase(string file, StorageOptions options, bool writes)
    {
        File = file;
        _busyTimeout = options.BusyTimeout;
        _writer = writes ? new SqliteWriter(SqliteStoreConnection.OpenForWriting(file, options.BusyTimeout), options.BusyTimeout) : null;
        _readers = new SqliteReaders(file, options.BusyTimeout);
    }

    /// <summary>The file that it is in. Its log lies beside it and has <c>-wal</c> behind its name.</summary>
    public string File { get; }

    internal override string Description => $"SQLite, {File}";

    private protected override GroupWriter? Writer => _writer;

    /// <summary>Takes possession of the data directory and brings the database up to date.</summary>
    /// <exception cref="StorageException">Another process owns the directory, or a newer version of the app has written the database, or it was moved elsewhere, or it is damaged.</exception>
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
            CheckNotLeft(directory.DatabaseFile, options);
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
            using var connection = SqliteStoreConnection.OpenForReading(file, options.BusyTimeout);
            var applied = Migrations.AppliedTo(connection);
            return Migrations.Unknown(applied) is { } unknown ? throw MigrationScripts.Newer(file, unknown) : [.. Migrations.Known.Except(applied, StringComparer.Ordinal)];
        });
    }

    /// <summary>Opens the database while a server may own it.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="writes">Whether something may be written; a server takes it up within a second. Without it every write fails.</param>
    /// <exception cref="StorageException">There is no database yet, or one of another version of the app, or it was moved elsewhere.</exception>
    public static SqliteDatabase OpenBeside(StorageOptions options, bool writes = false)
    {
        CheckIsOfThisVersion(options);
        var file = Existing(options);
        Described(file, () => CheckNotLeft(file, options));
        return new(file, options, writes);
    }

    /// <summary>For commands, which bring nothing forward while a server may run.</summary>
    /// <exception cref="StorageException">There is no database yet, or one of another version of the app.</exception>
    internal static void CheckIsOfThisVersion(StorageOptions options)
    {
        if (FindPending(options).Count > 0)
        {
            throw new StorageException("The database is of an earlier version of the app. b24robot migrate brings it forward; so does the start of the server.");
        }
    }

    public override Task<T> ReadAsync<T>(Func<StoreConnection, T> read, CancellationToken cancellationToken) => _readers.ReadAsync(read, cancellationToken);

    internal override async Task<bool> LookOutsideAsync(CancellationToken cancellationToken)
    {
        // Asked on the writer's connection it changes by writes of others alone. Source: sqlite.org/pragma.html#pragma_data_version.
        var version = await WriteAsync(connection => (long)connection.ScalarPrepared("SELECT data_version FROM pragma_data_version")!, Durability.Relaxed, cancellationToken);
        var changed = _outsideVersion is { } known && known != version;
        _outsideVersion = version;
        if (changed)
        {
            TellChangedOutside();
        }

        return changed;
    }

    /// <summary>Takes what was erased out of the log too, as far as no reader needs it.</summary>
    internal override Task ShortenLogAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var connection = SqliteStoreConnection.OpenForWriting(File, _busyTimeout);
            connection.Pragma("wal_checkpoint(TRUNCATE)");
        },
        cancellationToken);

    internal override Task<StoreSize> MeasureAsync(CancellationToken cancellationToken) => Task.FromResult(new StoreSize(LengthOf(File), LengthOf(File + "-wal")));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _readers.Dispose();
            _writer?.Dispose();
            _directory?.Dispose();
        }
    }

    /// <summary>The database file of a data directory.</summary>
    internal static string Existing(StorageOptions options)
    {
        var file = DataDirectory.DatabaseFileIn(options.DataDirectory);
        return System.IO.File.Exists(file) ? file : throw new StorageException($"There is no database in the data directory {Path.GetDirectoryName(file)} yet; the server makes it at its first start.");
    }

    private static bool CheckNotLeft(string file, StorageOptions options)
    {
        using var connection = SqliteStoreConnection.OpenForReading(file, options.BusyTimeout);
        MoveMark.CheckNotLeft(connection, file);
        return true;
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

    private static long LengthOf(string file) => new FileInfo(file) is { Exists: true } info ? info.Length : 0;
}
