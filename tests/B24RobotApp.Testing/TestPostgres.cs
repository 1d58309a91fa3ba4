using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Testing;

/// <summary>A PostgreSQL database, for one server of the app or several.</summary>
public sealed class TestPostgres : TestStorage
{
    private readonly PostgresServer _server;
    private readonly bool _isOwner;

    public TestPostgres(PostgresServer? server = null, bool isEmpty = false)
    {
        _server = server ?? PostgresServer.Shared;
        _isOwner = true;
        Name = isEmpty ? _server.MakeDatabase() : _server.CopyDatabase("all_tables", template => PostgresDatabase.Migrate(new StorageOptions { ConnectionString = template }));
    }

    private TestPostgres(TestPostgres other) => (_server, Name, Protection) = (other._server, other.Name, other.Protection);

    /// <summary>The database's name on its server.</summary>
    public string Name { get; }

    public string ConnectionString => _server.ConnectionStringTo(Name);

    public override StorageOptions Options => new() { DataDirectory = Folder, ConnectionString = ConnectionString };

    /// <summary>The same database for another server of the app.</summary>
    public TestPostgres Share() => new(this);

    /// <summary>Runs a statement as an administrator.</summary>
    public void Execute(string sql) => _server.Execute(Name, sql);

    /// <summary>Ends all of the app's connections, as an administrator may.</summary>
    public void EndConnections() => _server.Execute("postgres", $"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{Name}'");

    /// <summary>For connections that begin from now on.</summary>
    public void SetReadOnly(bool isReadOnly) => _server.Execute("postgres", $"ALTER DATABASE {Name} SET default_transaction_read_only = {isReadOnly}");

    /// <summary>So many connections there may be; -1 for as many as there are.</summary>
    public void LimitConnections(int most) => _server.Execute("postgres", $"ALTER DATABASE {Name} CONNECTION LIMIT {most}");

    /// <summary>Looks into all rows.</summary>
    public override bool Holds(string text) => _server.Holds(Name, text);

    public override IDisposable HoldWrites() => _server.Begin(Name, PostgresWriter.LockSql);

    protected override void Delete()
    {
        if (_isOwner)
        {
            _server.Drop(Name);
        }
    }
}
