using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>What is kept in memory while the database is away.</summary>
public sealed class StoreCacheTests : IDisposable
{
    private const string CountSql = "SELECT COUNT(*) FROM allowed_portals";

    private readonly TestPostgres _database = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task What_was_known_last_is_told_while_the_database_is_away_and_the_truth_as_soon_as_it_is_back()
    {
        var cache = new StoreCache<string>(_database.Open(), connection => $"{connection.ExecuteScalar<long>(CountSql)}");
        Assert.Equal("0", await cache.GetAsync(Cancel));
        await cache.WriteAsync(Allow("first.example.com"), Cancel);
        Assert.Equal("1", await cache.GetAsync(Cancel));
        await cache.WriteAsync(Allow("second.example.com"), Cancel);

        _database.LimitConnections(0);
        _database.EndConnections();
        var away = await cache.GetAsync(Cancel);
        _database.LimitConnections(-1);

        Assert.Equal(("1", "2"), (away, await cache.GetAsync(Cancel)));
    }

    [Fact]
    public async Task What_was_never_known_is_not_made_up()
    {
        var cache = new StoreCache<string>(_database.Open(), connection => $"{connection.ExecuteScalar<long>(CountSql)}");
        _database.LimitConnections(0);
        _database.EndConnections();

        await Assert.ThrowsAsync<StorageUnavailableException>(() => cache.GetAsync(Cancel).AsTask());
    }

    private static Func<StoreConnection, int> Allow(string host) => connection => connection.Execute("INSERT INTO allowed_portals (entry, added_at) VALUES (@Host, 1)", new { Host = host });
}
