using System.Globalization;
using B24RobotApp.Transfers.Storage.Moving;
using Npgsql;

namespace B24RobotApp.Transfers.Storage;

/// <summary>The database on a PostgreSQL server, which several servers of this app share.</summary>
public sealed class PostgresDatabase : StoreDatabase
{
    /// <summary>How many connections one server takes: those that read, one that writes, one that hears of changes, and two by which servers call out to each other.</summary>
    internal const int MostConnections = PostgresReaders.Most + 4;

    private const int OldestServer = 14;

    private const string SizeSql = "SELECT pg_database_size(current_database())";

    private readonly Lock _outside = new();
    private readonly Access _access;
    private readonly DataDirectory? _directory;
    private readonly NpgsqlDataSource _reading;
    private readonly NpgsqlDataSource _writing;
    private readonly PostgresReaders _readers;
    private readonly PostgresWriter? _writer;
    private readonly PostgresListener? _listener;
    private bool _changed;

    private PostgresDatabase(Access access, DataDirectory? directory, bool writes)
    {
        _access = access;
        _directory = directory;
        _reading = access.Reading();
        _writing = access.Writing();
        _readers = new PostgresReaders(_reading, access.Place);
        var name = Guid.NewGuid().ToString("N");
        _writer = writes ? new PostgresWriter(() => new PostgresStoreConnection(_writing.OpenConnection()) { Writer = name }, access.Place, tellsOthers: directory is null) : null;
        _listener = directory is null ? null : new PostgresListener(_writing, name, NoteChange);
    }

    /// <summary>What the database is called in messages; it says nothing of how to get in.</summary>
    public string Place => _access.Place;

    /// <summary>Connections for what servers say to each other.</summary>
    internal NpgsqlDataSource Talking => _writing;

    private protected override GroupWriter? Writer => _writer;

    /// <summary>What is wrong with a connection string, without repeating it; <see langword="null"/> if it can be tried.</summary>
    public static string? FindProblem(string connectionString)
    {
        try
        {
            Access.Read(new StorageOptions { ConnectionString = connectionString });
            return null;
        }
        catch (StorageException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Takes possession of the data directory and brings the database up to date; other servers may use it.</summary>
    /// <exception cref="StorageException">It cannot be reached or used, or a newer version of the app has written it.</exception>
    public static PostgresDatabase Open(StorageOptions options)
    {
        var access = Access.Read(options);
        var directory = DataDirectory.Own(options.DataDirectory);
        try
        {
            Migrate(access);
            CheckArrived(access);
            return new PostgresDatabase(access, directory, writes: true);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Opens the database as a command does, beside the servers.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="writes">Whether something may be written; the servers take it up within a second. Without it every write fails.</param>
    /// <exception cref="StorageException">There is no database yet, or one of another version of the app.</exception>
    public static PostgresDatabase OpenBeside(StorageOptions options, bool writes = false)
    {
        if (FindPending(options).Count > 0)
        {
            throw new StorageException("The database is not of this version of the app. b24robot migrate brings it forward; so does the start of the server.");
        }

        var access = Access.Read(options);
        CheckArrived(access);
        return new(access, directory: null, writes);
    }

    /// <summary>Brings the database up to date. Servers of an earlier version may run; what the scripts do to them stands in the notes of the version.</summary>
    /// <returns>The names of the scripts that were applied.</returns>
    /// <exception cref="StorageException">It cannot be used, a newer version of the app has written it, or a script failed.</exception>
    public static IReadOnlyList<string> Migrate(StorageOptions options) => Migrate(Access.Read(options));

    /// <summary>The scripts that the next start would apply.</summary>
    /// <exception cref="StorageException">It cannot be used, or a newer version of the app has written it.</exception>
    public static IReadOnlyList<string> FindPending(StorageOptions options)
    {
        var access = Access.Read(options);
        using var source = access.ForLongWork();
        return Described(access.Place, () =>
        {
            using var connection = new PostgresStoreConnection(source.OpenConnection());
            return PostgresMigrations.Pending(connection, access.Place);
        });
    }

    internal override string Description => $"PostgreSQL, {Place}";

    /// <inheritdoc/>
    public override Task<T> ReadAsync<T>(Func<StoreConnection, T> read, CancellationToken cancellationToken) => _readers.ReadAsync(read, cancellationToken);

    /// <summary>Whether another server or a command has written something that is kept in memory; whoever keeps it was told when that was heard.</summary>
    internal override Task<bool> LookOutsideAsync(CancellationToken cancellationToken)
    {
        lock (_outside)
        {
            var changed = _changed;
            _changed = false;
            return Task.FromResult(changed);
        }
    }

    /// <summary>PostgreSQL keeps its log itself, and takes out of its files what was erased (autovacuum).</summary>
    internal override Task ShortenLogAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal override Task<StoreSize> MeasureAsync(CancellationToken cancellationToken) =>
        ReadAsync(connection => new StoreSize(connection.ExecuteScalar<long>(SizeSql), Log: 0), cancellationToken);

    /// <summary>Connections for work that may take its time, and what the database is called in messages.</summary>
    /// <exception cref="StorageException">What is set does not say where it is.</exception>
    internal static (NpgsqlDataSource Source, string Place) ForLongWork(StorageOptions options)
    {
        var access = Access.Read(options);
        return (access.ForLongWork(), access.Place);
    }

    /// <summary>Works on a connection of its own.</summary>
    internal T Directly<T>(Func<NpgsqlConnection, T> work) => Described(Place, () =>
    {
        using var connection = _writing.OpenConnection();
        return work(connection);
    });

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _listener?.Dispose();
            _writer?.Dispose();
            _readers.Dispose();
            _reading.Dispose();
            _writing.Dispose();
            _directory?.Dispose();
        }
    }

    private static IReadOnlyList<string> Migrate(Access access)
    {
        using var source = access.ForLongWork();
        return Described(access.Place, () =>
        {
            CheckServer(source, access.Place);
            return PostgresMigrations.Apply(source, access.Place);
        });
    }

    private static void CheckArrived(Access access)
    {
        using var source = access.ForLongWork();
        Described(access.Place, () =>
        {
            using var connection = new PostgresStoreConnection(source.OpenConnection());
            MoveMark.CheckArrived(connection, access.Place);
            return true;
        });
    }

    private static void CheckServer(NpgsqlDataSource source, string place)
    {
        using var connection = new PostgresStoreConnection(source.OpenConnection());
        if (connection.ExecuteScalar<string>("SHOW server_encoding") is var encoding and not "UTF8")
        {
            throw new StorageException($"The database {place} holds texts as {encoding}. Make one with ENCODING 'UTF8'.");
        }

        if (connection.Npgsql.PostgreSqlVersion.Major < OldestServer)
        {
            throw new StorageException($"The PostgreSQL server of {place} is older than version {OldestServer}.");
        }
    }

    private static T Described<T>(string place, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (NpgsqlException exception)
        {
            throw PostgresFailures.Describe(exception, place);
        }
    }

    // In one step, as it is looked for: between telling and noting a look could take the one and not the other.
    private void NoteChange()
    {
        lock (_outside)
        {
            _changed = true;
            TellChangedOutside();
        }
    }

    /// <summary>How the database is reached.</summary>
    private sealed class Access
    {
        /// <summary>A server that was stopped in the middle of a write, or whose machine was, holds up the others no longer than this.</summary>
        private static readonly TimeSpan LongestStandstill = TimeSpan.FromSeconds(2);

        private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(30);

        private readonly string _settings;
        private readonly TimeSpan _busyTimeout;

        private Access(NpgsqlConnectionStringBuilder settings, TimeSpan busyTimeout)
        {
            _settings = settings.ToString();
            _busyTimeout = busyTimeout;
            Place = $"{settings.Host}/{settings.Database}";
        }

        public string Place { get; }

        public static Access Read(StorageOptions options)
        {
            NpgsqlConnectionStringBuilder settings;
            try
            {
                settings = new NpgsqlConnectionStringBuilder(options.ConnectionString);
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
            {
                // What the driver says of it repeats what stands there; that may be a piece of the password.
                throw new StorageException("Storage:ConnectionString cannot be read. It looks like Host=db.example.com;Database=b24robot;Username=b24robot;Password=...; a value that holds a semicolon stands in quotes.");
            }

            return string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database)
                ? throw new StorageException("Storage:ConnectionString must name Host and Database.")
                : new Access(settings, options.BusyTimeout);
        }

        public NpgsqlDataSource Reading() => Build(LongestRead, settings =>
        {
            settings.MaxPoolSize = PostgresReaders.Most;
            settings.Options += " -c default_transaction_read_only=on";

            // Nothing that a read does outlives it.
            settings.NoResetOnClose = true;
        });

        /// <summary>For the writer and the listener, who keep their connections.</summary>
        public NpgsqlDataSource Writing() => Build(_busyTimeout + TimeSpan.FromSeconds(5), settings => settings.Pooling = false);

        /// <summary>For scripts and moves, which may take their time.</summary>
        public NpgsqlDataSource ForLongWork() => Build(TimeSpan.Zero, settings => settings.Pooling = false);

        private NpgsqlDataSource Build(TimeSpan longestStatement, Action<NpgsqlConnectionStringBuilder> adjust)
        {
            var settings = new NpgsqlConnectionStringBuilder(_settings)
            {
                ApplicationName = "b24robot",
                Enlist = false,
                IncludeErrorDetail = false,
                PersistSecurityInfo = false,
                MaxAutoPrepare = 200,
                AutoPrepareMinUsages = 2,
                KeepAlive = 10,
                TcpKeepAlive = true,
                TcpKeepAliveTime = 10,
                TcpKeepAliveInterval = 5,
            };
            settings.Timeout = settings.Timeout is > 0 and < 10 ? settings.Timeout : 10;

            // The server ends a statement first, and says why.
            settings.CommandTimeout = longestStatement == TimeSpan.Zero ? 0 : (int)longestStatement.TotalSeconds + 5;

            // Every statement has its index. A table that was small when it was last counted would else be read as a whole, thousands of times, until it is counted again.
            settings.Options += " -c enable_seqscan=off -c jit=off";
            settings.Options += string.Create(
                CultureInfo.InvariantCulture,
                $" -c lock_timeout={(long)_busyTimeout.TotalMilliseconds} -c statement_timeout={(long)longestStatement.TotalMilliseconds} -c idle_in_transaction_session_timeout={(long)LongestStandstill.TotalMilliseconds}");
            adjust(settings);
            return NpgsqlDataSource.Create(settings);
        }
    }
}
