using System.Collections.Concurrent;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Testing;

/// <summary>A PostgreSQL database, for one server of the app or several.</summary>
public sealed class TestPostgres : TestStorage
{
    private const string EmptySql = """
        DO $$
        DECLARE name text;
        BEGIN
            SET LOCAL session_replication_role = replica;
            FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_versions' LOOP
                EXECUTE format('DELETE FROM %I', name);
            END LOOP;
            FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
                EXECUTE format('ALTER SEQUENCE %I RESTART', name);
            END LOOP;
        END
        $$
        """;

    /// <summary>Bytes; an empty one has some eight million. What was deleted stays in the files.</summary>
    private const long MostKept = 16_000_000;

    /// <summary>Databases of tests that have ended, empty again: to make one takes much longer.</summary>
    private static readonly ConcurrentBag<string> Used = [];

    private readonly PostgresServer _server;
    private readonly TestPostgres? _owner;

    /// <summary>Whether it is as the app makes and leaves it, and small.</summary>
    private bool _isOrdinary;

    public TestPostgres(PostgresServer? server = null, bool isEmpty = false)
    {
        _server = server ?? PostgresServer.Shared;
        _isOrdinary = server is null && !isEmpty;
        Name = _isOrdinary && Used.TryTake(out var used) ? used
            : isEmpty ? _server.MakeDatabase()
            : _server.CopyDatabase("all_tables", template => PostgresDatabase.Migrate(new StorageOptions { ConnectionString = template }));
    }

    private TestPostgres(TestPostgres other) => (_server, _owner, Name, Protection) = (other._server, other, other.Name, other.Protection);

    /// <summary>The database's name on its server.</summary>
    public string Name { get; }

    public string ConnectionString => _server.ConnectionStringTo(Name);

    public override StorageOptions Options => new() { DataDirectory = Folder, ConnectionString = ConnectionString };

    /// <summary>The same database for another server of the app.</summary>
    public TestPostgres Share() => new(this);

    /// <summary>Runs a statement as an administrator.</summary>
    public void Execute(string sql)
    {
        (_owner ?? this)._isOrdinary = false;
        _server.Execute(Name, sql);
    }

    /// <summary>Ends all of the app's connections, as an administrator may.</summary>
    public void EndConnections() => _server.Execute("postgres", $"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{Name}'");

    /// <summary>For connections that begin from now on.</summary>
    public void SetReadOnly(bool isReadOnly) => Alter($"SET default_transaction_read_only = {isReadOnly}");

    /// <summary>So many connections there may be; -1 for as many as there are.</summary>
    public void LimitConnections(int most) => Alter($"CONNECTION LIMIT {most}");

    /// <summary>Looks into all rows.</summary>
    public override bool Holds(string text) => _server.Holds(Name, text);

    public override IDisposable HoldWrites() => _server.Begin(Name, PostgresWriter.LockSql);

    protected override void Delete()
    {
        if (_owner is not null)
        {
            return;
        }

        if (_isOrdinary && _server.SizeOf(Name) < MostKept)
        {
            _server.Execute(Name, EmptySql);
            Used.Add(Name);
        }
        else
        {
            _server.Drop(Name);
        }
    }

    private void Alter(string change)
    {
        (_owner ?? this)._isOrdinary = false;
        _server.Execute("postgres", $"ALTER DATABASE {Name} {change}");
    }
}
