using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;
using PostgresServer = B24RobotApp.Sandbox.Demo.PostgresServer;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>How the app gets in, what it says where it does not, and that it says no more than that.</summary>
public sealed class PostgresAccessTests : IDisposable
{
    private const string Secret = "s3cr3t-Pa55";

    private readonly TestPostgres _database = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _database.Dispose();

    [Theory]
    [InlineData("Password", "wrong", "refuses this app")]
    [InlineData("Database", "no_such_database", "There is no database")]
    [InlineData("Port", "1", "cannot be reached")]
    [InlineData("Host", "no-such-host.invalid", "cannot be reached")]
    public void Whoever_cannot_get_in_reads_why_in_one_line_without_the_password(string key, string value, string said)
    {
        var settings = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { [key] = value };
        var password = settings.Password!;

        var failure = Assert.Throws<StorageUnavailableException>(() => PostgresDatabase.Open(Options(settings.ToString())));

        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.DoesNotContain(password, failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Host=db")]
    [InlineData("Database=b24robot")]
    [InlineData($"Host=db;Database=b24robot;Password=half;{Secret}")]
    [InlineData($"Host=db;Database=b24robot;Port={Secret}")]
    [InlineData($"{Secret}=1;Host=db;Database=b24robot")]
    public void A_connection_string_that_cannot_be_read_is_not_repeated(string text)
    {
        var problem = PostgresDatabase.FindProblem(text);

        Assert.Contains("Storage:ConnectionString", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, Assert.Throws<StorageException>(() => PostgresDatabase.OpenBeside(Options(text))).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_that_is_not_in_UTF_8_is_refused()
    {
        var settings = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Database = PostgresServer.Shared.MakeDatabase("SQL_ASCII") };
        try
        {
            Assert.Contains("ENCODING 'UTF8'", Assert.Throws<StorageException>(() => PostgresDatabase.Open(Options(settings.ToString()))).Message, StringComparison.Ordinal);
        }
        finally
        {
            PostgresServer.Shared.Drop(settings.Database);
        }
    }

    [Fact]
    public async Task What_one_server_encrypts_another_opens_and_the_keys_are_in_the_database()
    {
        using var folder = new TestDatabase();
        using (var first = Build(_database.Options))
        {
            await first.GetRequiredService<PortalStore>().SaveInstallationAsync(Given.Installation(), Cancel);
            using var second = Build(Options(_database.ConnectionString, folder.Folder));
            Assert.Equal(Given.Tokens(), await second.GetRequiredService<TokenStore>().FindAsync(Given.Owner(), Cancel));
        }

        Assert.True(_database.Holds("masterKey"));
        Assert.False(Directory.Exists(Path.Combine(_database.Folder, "keys")));
    }

    private static ServiceProvider Build(StorageOptions options) => new ServiceCollection()
        .AddLogging()
        .AddStorage(storage => (storage.DataDirectory, storage.ConnectionString) = (options.DataDirectory, options.ConnectionString))
        .BuildServiceProvider();

    private StorageOptions Options(string connectionString, string? folder = null) => new() { DataDirectory = folder ?? _database.Folder, ConnectionString = connectionString };
}
