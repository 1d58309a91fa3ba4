using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;
using Npgsql;
using Xunit;
using PostgresServer = B24RobotApp.Sandbox.Demo.PostgresServer;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>One database, two servers.</summary>
public sealed class PostgresDatabaseTests : IDisposable
{
    private const string InsertSql = "INSERT INTO complete_links (member_id, connection, completed_at) VALUES (@Name, 'main', 0)";

    private readonly TestPostgres _database = new();
    private readonly TestPostgres _second;

    public PostgresDatabaseTests() => _second = _database.Share();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _second.Dispose();
        _database.Dispose();
    }

    [Fact]
    public async Task Writes_that_wait_together_share_commits()
    {
        var database = _database.Open();
        using var held = HeldWriter.Of(database);
        var others = Enumerable.Range(0, 40).Select(i => InsertAsync(database, $"w{i}", Durability.Full)).ToList();
        held.LetGo();
        await Task.WhenAll([held.Write, .. others]);

        Assert.Equal(41, database.Writes);
        Assert.InRange(database.Commits, 2, 10);
        Assert.Equal(40, (await NamesAsync(database)).Count);
    }

    [Fact]
    public async Task A_write_that_fails_takes_no_other_of_its_group_along_and_leaves_nothing_behind()
    {
        var database = _database.Open();
        using var held = HeldWriter.Of(database);
        var before = InsertAsync(database, "before", Durability.Full);
        var halfDone = database.WriteAsync(
            connection =>
            {
                connection.Execute(InsertSql, new { Name = "half" });
                return connection.Execute(InsertSql, new { Name = "before" });
            },
            Durability.Full,
            Cancel);
        var broken = database.WriteAsync<int>(
            connection =>
            {
                connection.Execute(InsertSql, new { Name = "broken" });
                throw new InvalidOperationException("A defect.");
            },
            Durability.Full,
            Cancel);
        var oneStatement = StatementAsync(database, InsertSql, "before");
        var many = Enumerable.Range(0, 40).Select(i => InsertAsync(database, $"later {i:00}", Durability.Full)).ToList();
        held.LetGo();

        await Task.WhenAll([held.Write, before, .. many]);
        Assert.Equal(PostgresErrorCodes.UniqueViolation, (await Assert.ThrowsAsync<PostgresException>(() => halfDone)).SqlState);
        Assert.Equal("A defect.", (await Assert.ThrowsAsync<InvalidOperationException>(() => broken)).Message);
        Assert.Equal(PostgresErrorCodes.UniqueViolation, (await Assert.ThrowsAsync<PostgresException>(() => oneStatement)).SqlState);
        Assert.Equal(["before", .. Enumerable.Range(0, 40).Select(i => $"later {i:00}")], await NamesAsync(database));
    }

    [Fact]
    public async Task Single_statements_that_are_sent_together_say_each_what_it_changed_in_the_order_in_which_they_were_asked_for()
    {
        const string InsertOnceSql = $"{InsertSql} ON CONFLICT DO NOTHING";
        var database = _database.Open();
        using var held = HeldWriter.Of(database);
        var first = Enumerable.Range(0, 100).Select(i => StatementAsync(database, InsertOnceSql, $"{i % 70:00}")).ToList();
        var between = database.WriteAsync(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM complete_links"), Durability.Full, Cancel);
        var last = StatementAsync(database, InsertSql, "last");
        held.LetGo();

        Assert.Equal(Enumerable.Range(0, 100).Select(i => i < 70 ? 1 : 0), await Task.WhenAll(first));
        Assert.Equal(70, await between);
        Assert.Equal(1, await last);
    }

    [Fact]
    public async Task A_single_statement_that_fails_takes_none_along_of_those_that_were_sent_with_it()
    {
        var database = _database.Open();
        using var held = HeldWriter.Of(database);
        var before = StatementAsync(database, InsertSql, "before");
        var twice = StatementAsync(database, InsertSql, "before");
        var after = StatementAsync(database, InsertSql, "after");
        held.LetGo();

        Assert.Equal((1, 1), (await before, await after));
        Assert.Equal(PostgresErrorCodes.UniqueViolation, (await Assert.ThrowsAsync<PostgresException>(() => twice)).SqlState);
        Assert.Equal(["after", "before"], await NamesAsync(database));
    }

    [Fact]
    public async Task A_full_write_is_forced_to_the_disk_and_a_relaxed_one_is_not()
    {
        var database = _database.Open();
        static string? Level(StoreConnection connection) => connection.ExecuteScalar<string>("SHOW synchronous_commit");

        Assert.Equal("on", await database.WriteAsync(Level, Durability.Full, Cancel));
        Assert.Equal("off", await database.WriteAsync(Level, Durability.Relaxed, Cancel));
        Assert.Equal("on", await database.WriteAsync(Level, Durability.Full, Cancel));
    }

    [Fact]
    public async Task Two_servers_write_one_after_the_other()
    {
        var first = _database.Open();
        var second = _second.Open();
        await InsertAsync(first, "count", Durability.Full);

        await Task.WhenAll(Enumerable.Range(0, 100).SelectMany(_ => new[] { CountUpAsync(first), CountUpAsync(second) }));

        // Read, then written: with two writers at once counts would be lost.
        Assert.Equal(200, await first.ReadAsync(connection => connection.ExecuteScalar<long>("SELECT completed_at FROM complete_links"), Cancel));
    }

    [Fact]
    public async Task A_server_with_much_to_write_lets_another_write_in_between()
    {
        var first = _database.Open();
        var second = _second.Open();
        await InsertAsync(second, "ready", Durability.Full);
        using var held = HeldWriter.Of(first);
        var many = Enumerable.Range(0, 20).Select(_ => first.WriteAsync(connection => connection.ExecuteScalar<string>("SELECT pg_sleep(0.03)::text"), Durability.Relaxed, Cancel)).ToList();
        var inBetween = InsertAsync(second, "in between", Durability.Full);
        held.LetGo();
        await inBetween;

        Assert.Contains(many, write => !write.IsCompleted);
        await Task.WhenAll(many);
    }

    [Fact]
    public async Task A_server_that_stands_still_in_a_write_is_put_off_and_the_others_go_on()
    {
        var first = _database.Open();
        var second = _second.Open();
        using var held = HeldWriter.Of(first);

        await InsertAsync(second, "went on", Durability.Full);
        held.LetGo();

        var failure = await Assert.ThrowsAsync<StorageUnavailableException>(() => held.Write);
        Assert.Contains("stood still", failure.Message, StringComparison.Ordinal);
        await InsertAsync(first, "back", Durability.Full);
        Assert.Equal(["back", "went on"], await NamesAsync(first));
    }

    [Fact]
    public async Task A_read_sees_one_moment_and_everything_that_was_written_before_it()
    {
        var database = _database.Open();
        await InsertAsync(_second.Open(), "before", Durability.Relaxed);

        var counts = await database.ReadAsync(
            connection =>
            {
                var before = connection.ExecuteScalar<long>("SELECT COUNT(*) FROM complete_links");
                InsertAsync(_second.Open(), "meanwhile", Durability.Full).GetAwaiter().GetResult();
                return (before, connection.ExecuteScalar<long>("SELECT COUNT(*) FROM complete_links"));
            },
            Cancel);

        Assert.Equal((1, 1), counts);
        Assert.Equal(2, (await NamesAsync(database)).Count);
    }

    [Fact]
    public async Task Reading_changes_nothing() =>
        Assert.Contains("takes no writes", (await Assert.ThrowsAsync<StorageUnavailableException>(() => _database.Open().ReadAsync(connection => connection.Execute(InsertSql, new { Name = "no" }), Cancel))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_text_with_a_character_that_PostgreSQL_cannot_hold_is_kept_without_it()
    {
        await InsertAsync(_database.Open(), "a\0b", Durability.Full);

        Assert.Equal(["a\uFFFDb"], await NamesAsync(_database.Open()));
    }

    [Fact]
    public async Task Texts_are_ordered_by_their_bytes_and_searched_in_any_case()
    {
        var database = _database.Open();
        foreach (var name in new[] { "ж", "a", "B", "_", "Ж" })
        {
            await InsertAsync(database, name, Durability.Relaxed);
        }

        Assert.Equal(["B", "_", "a", "Ж", "ж"], await NamesAsync(database));
        Assert.True(await database.ReadAsync(connection => connection.ExecuteScalar<bool>("SELECT text_contains(@Title, 'СДЕЛКА')", new { Title = "Большая сделка" }), Cancel));
    }

    [Fact]
    public async Task A_connection_that_was_ended_while_nothing_was_written_is_replaced()
    {
        var database = _database.Open();
        await InsertAsync(database, "before", Durability.Full);
        await NamesAsync(database);

        _database.EndConnections();

        await InsertAsync(database, "after", Durability.Full);
        Assert.Equal(["after", "before"], await NamesAsync(database));
    }

    [Fact]
    public async Task A_connection_that_is_ended_in_the_middle_of_a_group_fails_all_of_it_and_nothing_is_written()
    {
        var database = _database.Open();
        using var held = HeldWriter.Of(database);
        var ended = database.WriteAsync(
            connection =>
            {
                _database.EndConnections();
                return connection.Execute(InsertSql, new { Name = "ended" });
            },
            Durability.Full,
            Cancel);
        var inGroup = InsertAsync(database, "in the group", Durability.Full);
        held.LetGo();
        await held.Write;

        await Assert.ThrowsAsync<StorageUnavailableException>(() => inGroup);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => ended);
        await InsertAsync(database, "after", Durability.Full);
        Assert.Equal(["after"], await NamesAsync(database));
    }

    [Fact]
    public async Task A_database_that_is_set_to_read_only_is_named_so_and_written_when_it_may_be_again()
    {
        var database = _database.Open();
        _database.SetReadOnly(true);
        _database.EndConnections();

        var failure = await Assert.ThrowsAsync<StorageUnavailableException>(() => InsertAsync(database, "no", Durability.Full));
        Assert.Contains("read only", failure.Message, StringComparison.Ordinal);

        // Nobody ends the session that found it so.
        _database.SetReadOnly(false);
        await InsertAsync(database, "yes", Durability.Full);
        Assert.Equal(["yes"], await NamesAsync(database));
    }

    [Fact]
    public async Task A_server_without_a_free_connection_is_named_so()
    {
        var database = _database.Open();
        _database.LimitConnections(0);
        _database.EndConnections();

        var write = await Assert.ThrowsAsync<StorageUnavailableException>(() => InsertAsync(database, "no", Durability.Full));
        var read = await Assert.ThrowsAsync<StorageUnavailableException>(() => NamesAsync(database));

        Assert.Contains("no connection left", write.Message, StringComparison.Ordinal);
        Assert.Contains("no connection left", read.Message, StringComparison.Ordinal);
        _database.LimitConnections(-1);
        await InsertAsync(database, "yes", Durability.Full);
    }

    [Fact]
    public async Task While_the_server_is_down_reads_and_writes_say_so_and_go_on_when_it_is_back()
    {
        using var server = PostgresServer.StartOwn();
        using var own = new TestPostgres(server);
        var database = own.Open();
        await InsertAsync(database, "before", Durability.Full);
        await NamesAsync(database);

        server.Stop();
        var write = await Assert.ThrowsAsync<StorageUnavailableException>(() => InsertAsync(database, "down", Durability.Full));
        var read = await Assert.ThrowsAsync<StorageUnavailableException>(() => NamesAsync(database));
        server.Start();

        Assert.Contains("cannot be reached", write.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", read.Message, StringComparison.Ordinal);
        await InsertAsync(database, "after", Durability.Full);
        Assert.Equal(["after", "before"], await NamesAsync(database));
    }

    [Fact]
    public async Task What_one_server_writes_the_others_forget_and_read_anew()
    {
        var first = _database.Stores(TimeProvider.System);
        var second = _second.Stores(TimeProvider.System);
        Assert.Empty(await second.Portals.ListAsync(Cancel));

        await first.Portals.SaveInstallationAsync(Given.Installation(), Cancel);

        await Eventually.Async(async () => (await second.Portals.ListAsync(Cancel)).Count == 1, TimeSpan.FromSeconds(10), Cancel);
        Assert.True(await _second.Open().LookOutsideAsync(Cancel));
    }

    [Fact]
    public async Task What_was_written_while_a_server_could_not_hear_it_is_read_when_it_hears_again()
    {
        var first = _database.Stores(TimeProvider.System);
        var second = _second.Stores(TimeProvider.System);
        Assert.Empty(await second.Portals.ListAsync(Cancel));

        _database.LimitConnections(2);
        _database.EndConnections();
        await first.Portals.SaveInstallationAsync(Given.Installation(), Cancel);
        _database.LimitConnections(-1);

        await Eventually.Async(async () => (await second.Portals.ListAsync(Cancel)).Count == 1, TimeSpan.FromSeconds(10), Cancel);
    }

    [Fact]
    public async Task A_server_hears_of_everything_that_a_command_writes_and_not_of_what_it_writes_itself()
    {
        var server = _database.Open();
        await Eventually.Async(() => server.LookOutsideAsync(Cancel), TimeSpan.FromSeconds(10), Cancel); // It has begun to listen.
        await _database.Stores(TimeProvider.System).Portals.SaveInstallationAsync(Given.Installation(), Cancel);
        await InsertAsync(server, "its own", Durability.Full);

        using (var command = PostgresDatabase.OpenBeside(_database.Options, writes: true))
        {
            await InsertAsync(command, "by a command", Durability.Full);
        }

        var heard = 0;
        await Eventually.Async(async () => (heard += await server.LookOutsideAsync(Cancel) ? 1 : 0) > 0, TimeSpan.FromSeconds(10), Cancel);
        Assert.False(await server.LookOutsideAsync(Cancel));
    }

    [Fact]
    public async Task A_command_that_only_looks_writes_nothing()
    {
        _database.Open();
        using var command = PostgresDatabase.OpenBeside(_database.Options);

        Assert.Contains("reading only", (await Assert.ThrowsAsync<StorageException>(() => InsertAsync(command, "no", Durability.Full))).Message, StringComparison.Ordinal);
        Assert.Empty(await NamesAsync(command));
    }

    [Fact]
    public async Task While_the_fence_is_down_only_unfenced_writes_are_made()
    {
        var database = _database.Open();
        database.Fence = connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM complete_links WHERE member_id = 'fence'") == 0 ? null : new StorageException("No.");
        await InsertAsync(database, "before", Durability.Full);
        await InsertAsync(_second.Open(), "fence", Durability.Full);

        Assert.Equal("No.", (await Assert.ThrowsAsync<StorageException>(() => InsertAsync(database, "after", Durability.Full))).Message);
        Assert.Equal(1, await database.WriteUnfencedAsync(connection => connection.Execute(InsertSql, new { Name = "unfenced" }), Durability.Full, Cancel));
        Assert.Equal(["before", "fence", "unfenced"], await NamesAsync(database));
    }

    private static Task<int> StatementAsync(StoreDatabase database, string sql, string name) => database.WriteStatementAsync(sql, [("@Name", name)], Durability.Full, Cancel);

    private static Task<int> InsertAsync(StoreDatabase database, string name, Durability durability) =>
        database.WriteAsync(connection => connection.Execute(InsertSql, new { Name = name }), durability, Cancel);

    private static Task<int> CountUpAsync(StoreDatabase database) => database.WriteAsync(
        connection =>
        {
            var count = connection.ExecuteScalar<long>("SELECT completed_at FROM complete_links WHERE member_id = 'count'");
            return connection.Execute("UPDATE complete_links SET completed_at = @Next WHERE member_id = 'count'", new { Next = count + 1 });
        },
        Durability.Relaxed,
        Cancel);

    private static Task<List<string>> NamesAsync(StoreDatabase database) =>
        database.ReadAsync(connection => connection.Query<string>("SELECT member_id FROM complete_links ORDER BY member_id"), Cancel);
}
