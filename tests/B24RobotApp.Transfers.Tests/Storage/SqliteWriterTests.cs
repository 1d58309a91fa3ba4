using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

public sealed class SqliteWriterTests : IDisposable
{
    private const int Megabyte = 1024 * 1024;

    private readonly TestDatabase _database = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task The_log_is_begun_anew_though_readers_never_let_go_all_at_once()
    {
        _database.Open();
        _database.Close();
        var busy = TimeSpan.FromSeconds(1);
        using var readers = new SqliteReaders(_database.File, busy);
        using var writer = new SqliteWriter(SqliteStoreConnection.OpenForWriting(_database.File, busy), busy, longLog: 4 * Megabyte);
        using var stop = new CancellationTokenSource();
        var reading = Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadOnAndOnAsync(readers, stop.Token), Cancel)).ToList();

        for (var i = 0; i < 60; i++)
        {
            var name = $"{i}{new string('x', Megabyte)}";
            await writer.WriteAsync(
                new StatementRequest("INSERT INTO complete_links (member_id, connection, completed_at) VALUES (@name, '', 0)", [("@name", name)], Durability.Relaxed, Cancel), Cancel);
        }

        await stop.CancelAsync();
        await Task.WhenAll(reading);
        Assert.InRange(new FileInfo(_database.File + "-wal").Length, 0, 20 * Megabyte);
    }

    private static async Task ReadOnAndOnAsync(SqliteReaders readers, CancellationToken stop)
    {
        const string Slow = """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 20000)
            SELECT COUNT(*) FROM numbers WHERE n NOT IN (SELECT completed_at FROM complete_links LIMIT 1)
            """;
        while (!stop.IsCancellationRequested)
        {
            await readers.ReadAsync(connection => connection.ExecuteScalar<long>(Slow), CancellationToken.None);
        }
    }
}
