using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;
using Dapper;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

public sealed class MigrationsTests : IDisposable
{
    private readonly TestDatabase _database = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_left_alone()
    {
        await _database.Open().WriteAsync(
            connection => connection.Execute("INSERT INTO schema_versions (ScriptName, Applied) VALUES ('migrations/sqlite/9999_of_the_future.sql', '2030-01-01')"),
            Durability.Full,
            Cancel);
        _database.Close();

        var failure = Assert.Throws<StorageException>(() => SqliteDatabase.Open(_database.Options));

        Assert.Contains("newer version", failure.Message, StringComparison.Ordinal);
        Assert.Contains("9999_of_the_future.sql", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task A_second_start_applies_nothing_and_loses_nothing()
    {
        var stores = _database.Stores(TimeProvider.System);
        await stores.Portals.SaveInstallationAsync(Given.Installation(), Cancel);

        _database.Reopen();

        Assert.Single(await _database.Stores(TimeProvider.System).Portals.ListAsync(Cancel));
    }

    [Fact]
    public void A_script_that_fails_is_named_and_leaves_the_database_as_it_was()
    {
        // A table in the way of the first script, as a file that was begun by something else would have.
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_database.File};Pooling=False"))
        {
            connection.Open();
            connection.Execute("CREATE TABLE links (id INTEGER)");
        }

        var failure = Assert.Throws<StorageException>(() => SqliteDatabase.Open(_database.Options));

        Assert.Contains("0001_initial.sql", failure.Message, StringComparison.Ordinal);
        using var after = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_database.File};Pooling=False");
        after.Open();
        Assert.Equal(0, after.ExecuteScalar<long>("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'portals'"));
    }

    [Fact]
    public void Every_script_opens_with_a_comment_that_says_what_it_is_for()
    {
        var assembly = typeof(SqliteDatabase).Assembly;
        var scripts = assembly.GetManifestResourceNames().Where(name => name.StartsWith("migrations/sqlite/", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(scripts);
        Assert.All(scripts, script =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(script)!); // The name came from the assembly.
            Assert.StartsWith("-- ", reader.ReadLine(), StringComparison.Ordinal);
            Assert.Matches("^migrations/sqlite/[0-9]{4}_[a-z_]+\\.sql$", script);
        });
    }
}
