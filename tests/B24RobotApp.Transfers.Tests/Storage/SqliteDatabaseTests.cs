using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;
using Dapper;
using Microsoft.Data.Sqlite;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

public sealed class SqliteDatabaseTests : IDisposable
{
    private const string InsertSql = "INSERT INTO complete_links (member_id, connection, completed_at) VALUES (@Name, 'main', 0)";

    private readonly TestDatabase _database = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task Writes_that_wait_together_share_commits()
    {
        var database = _database.Open();
        using var held = HeldWriter.Of(database);

        var others = Enumerable.Range(0, 200).Select(i => InsertAsync(database, $"w{i}", Durability.Full)).ToList();
        held.LetGo();
        await Task.WhenAll([held.Write, .. others]);

        Assert.Equal(201, database.Writes);
        Assert.Equal(2, database.Commits);
        Assert.Equal(200, await CountAsync(database));
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
        var oneStatement = database.WriteStatementAsync(InsertSql, [("@Name", "before")], Durability.Full, Cancel);
        var after = InsertAsync(database, "after", Durability.Full);
        held.LetGo();

        await Task.WhenAll(held.Write, before, after);
        Assert.Equal(19, (await Assert.ThrowsAsync<SqliteException>(() => halfDone)).SqliteErrorCode);
        Assert.Equal("A defect.", (await Assert.ThrowsAsync<InvalidOperationException>(() => broken)).Message);
        Assert.Equal(19, (await Assert.ThrowsAsync<SqliteException>(() => oneStatement)).SqliteErrorCode);
        Assert.Equal(["after", "before"], await NamesAsync(database));
        Assert.Equal(2, database.Commits);
    }

    [Fact]
    public async Task A_full_write_is_forced_to_the_disk_and_a_relaxed_one_is_not()
    {
        var database = _database.Open();
        static long Level(StoreConnection connection) => connection.ExecuteScalar<long>("PRAGMA synchronous");

        Assert.Equal(2, await database.WriteAsync(Level, Durability.Full, Cancel));
        Assert.Equal(1, await database.WriteAsync(Level, Durability.Relaxed, Cancel));
        Assert.Equal(2, await database.WriteAsync(Level, Durability.Full, Cancel));
    }

    [Fact]
    public async Task A_full_write_makes_its_whole_group_durable()
    {
        var database = _database.Open();
        static long Level(StoreConnection connection) => connection.ExecuteScalar<long>("PRAGMA synchronous");
        using var held = HeldWriter.Of(database);
        var relaxed = database.WriteAsync(Level, Durability.Relaxed, Cancel);
        var full = database.WriteAsync(Level, Durability.Full, Cancel);
        held.LetGo();
        await held.Write;

        Assert.Equal(2, await relaxed);
        Assert.Equal(2, await full);
    }

    [Fact]
    public async Task Relaxed_and_full_writes_keep_their_order_and_are_seen_at_once()
    {
        var database = _database.Open();

        for (var i = 0; i < 20; i++)
        {
            await InsertAsync(database, $"{i:00}", i % 3 == 0 ? Durability.Full : Durability.Relaxed);

            Assert.Equal(i + 1, await CountAsync(database));
        }

        var order = await database.ReadAsync(
            connection => connection.Query<string>("SELECT member_id FROM complete_links"), Cancel);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i:00}"), order.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_was_written_is_there_after_a_restart()
    {
        await InsertAsync(_database.Open(), "full", Durability.Full);
        await InsertAsync(_database.Open(), "relaxed", Durability.Relaxed);

        Assert.Equal(["full", "relaxed"], await NamesAsync(_database.Reopen()));
    }

    [Fact]
    public async Task A_copy_of_the_files_as_a_crash_leaves_them_holds_every_write_that_returned()
    {
        await InsertAsync(_database.Open(), "full", Durability.Full);
        await InsertAsync(_database.Open(), "relaxed", Durability.Relaxed);
        using var copy = new TestDatabase();
        foreach (var file in Directory.EnumerateFiles(_database.Folder, "b24robot.sqlite3*").Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(copy.Folder, Path.GetFileName(file)));
        }

        Assert.Equal(["full", "relaxed"], await NamesAsync(copy.Open()));
    }

    [Fact]
    public async Task A_full_disk_fails_all_writes_with_a_clear_word_and_writing_goes_on_when_there_is_room_again()
    {
        var database = _database.Open();
        await InsertAsync(database, "before", Durability.Full);
        await SetMostPagesAsync(database, extra: 2);
        using var held = HeldWriter.Of(database);
        var small = InsertAsync(database, "small", Durability.Full);
        var large = InsertAsync(database, new string('x', 100_000), Durability.Full);
        held.LetGo();
        var failure = await Assert.ThrowsAsync<StorageUnavailableException>(() => large);

        Assert.Contains("full", failure.Message, StringComparison.Ordinal);
        Assert.Contains(_database.File, failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => small);
        await held.Write;
        await SetMostPagesAsync(database, extra: 1000);
        await InsertAsync(database, "after", Durability.Full);
        Assert.Equal(["after", "before"], await NamesAsync(database));
    }

    [Fact]
    public async Task After_a_failed_force_to_the_disk_nothing_more_is_promised()
    {
        var database = _database.Open();

        await Assert.ThrowsAsync<StorageUnavailableException>(
            () => database.WriteAsync<int>(_ => throw new SqliteException("disk I/O error", 10, 1034), Durability.Full, Cancel));

        await Assert.ThrowsAsync<StorageUnavailableException>(() => InsertAsync(database, "later", Durability.Full));
        Assert.Empty(await NamesAsync(database));
        await InsertAsync(_database.Reopen(), "restarted", Durability.Full);
    }

    [Fact]
    public async Task Another_program_that_holds_the_database_is_waited_for_and_then_named()
    {
        var database = _database.Open();
        using (var stranger = new SqliteConnection($"Data Source={_database.File};Pooling=False"))
        {
            stranger.Open();
            stranger.Execute("BEGIN IMMEDIATE");

            var failure = await Assert.ThrowsAsync<StorageUnavailableException>(() => InsertAsync(database, "locked out", Durability.Full));

            Assert.Contains("Another program", failure.Message, StringComparison.Ordinal);
            stranger.Execute("ROLLBACK");
        }

        await InsertAsync(database, "free", Durability.Full);
        Assert.Equal(["free"], await NamesAsync(database));
    }

    [Fact]
    public void A_second_process_on_the_same_data_directory_is_refused()
    {
        _database.Open();

        var failure = Assert.Throws<StorageException>(() => SqliteDatabase.Open(_database.Options));

        Assert.Contains("in use by another process", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task The_data_directory_is_free_again_after_closing_and_after_a_failed_start()
    {
        _database.Open();
        _database.Close();
        await File.WriteAllTextAsync(_database.File, "This is not a database, and it is longer than the header of one. ...........................................", Cancel);

        var failure = Assert.Throws<StorageUnavailableException>(() => SqliteDatabase.Open(_database.Options));

        Assert.Contains("damaged", failure.Message, StringComparison.Ordinal);
        File.Delete(_database.File);
        _database.Open();
    }

    [Fact]
    public void A_data_directory_must_be_named()
    {
        var failure = Assert.Throws<StorageException>(() => SqliteDatabase.Open(new StorageOptions()));

        Assert.Contains("App:DataDirectory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_data_directory_is_made_and_closed_to_other_users()
    {
        var folder = Path.Combine(_database.Folder, "made", "here");

        using (SqliteDatabase.Open(new StorageOptions { DataDirectory = folder }))
        {
            Assert.True(File.Exists(Path.Combine(folder, "b24robot.sqlite3")));
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        }
    }

    [Fact]
    public async Task A_write_whose_caller_gave_up_before_it_began_is_not_made()
    {
        var database = _database.Open();
        using var held = HeldWriter.Of(database);
        using var caller = new CancellationTokenSource();
        var given = database.WriteAsync(connection => connection.Execute(InsertSql, new { Name = "gone" }), Durability.Full, caller.Token);

        await caller.CancelAsync();
        held.LetGo();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        await held.Write;
        Assert.Empty(await NamesAsync(database));
    }

    [Fact]
    public async Task A_full_queue_makes_callers_wait_and_refuses_none()
    {
        var database = _database.Open();
        using var held = HeldWriter.Of(database);

        var many = Enumerable.Range(0, 3000).Select(i => InsertAsync(database, $"m{i}", Durability.Full)).ToList();
        Assert.DoesNotContain(many, write => write.IsCompleted);
        held.LetGo();
        await Task.WhenAll([held.Write, .. many]);

        Assert.Equal(3000, await CountAsync(database));
    }

    [Fact]
    public async Task Closing_finishes_the_writes_that_wait()
    {
        var database = _database.Open();
        using var held = HeldWriter.Of(database);
        var waiting = Enumerable.Range(0, 50).Select(i => InsertAsync(database, $"c{i}", Durability.Relaxed)).ToList();

        var closing = Task.Run(_database.Close, Cancel);
        held.LetGo();
        await Task.WhenAll([held.Write, closing, .. waiting]);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => InsertAsync(database, "late", Durability.Full));
        Assert.Equal(50, await CountAsync(_database.Open()));
    }

    [Fact]
    public async Task A_reader_sees_one_state_however_often_it_asks()
    {
        var database = _database.Open();
        using var asked = new ManualResetEventSlim();
        using var written = new ManualResetEventSlim();
        var reading = Task.Run(
            () => database.ReadAsync(
                connection =>
                {
                    var before = connection.ExecuteScalar<long>("SELECT COUNT(*) FROM complete_links");
                    asked.Set();
                    written.Wait(TimeSpan.FromSeconds(30), Cancel);
                    return (before, connection.ExecuteScalar<long>("SELECT COUNT(*) FROM complete_links"));
                },
                Cancel),
            Cancel);
        asked.Wait(TimeSpan.FromSeconds(30), Cancel);

        // Readers do not hold up the writer either.
        await InsertAsync(database, "meanwhile", Durability.Full);
        written.Set();

        Assert.Equal((0, 0), await reading);
        Assert.Equal(1, await CountAsync(database));
    }

    [Fact]
    public async Task Reading_cannot_write()
    {
        var database = _database.Open();

        await Assert.ThrowsAsync<StorageUnavailableException>(
            () => database.ReadAsync(connection => connection.Execute(InsertSql, new { Name = "no" }), Cancel));
    }

    [Fact]
    public async Task While_the_fence_is_down_only_unfenced_writes_are_made()
    {
        var database = _database.Open();
        database.Fence = connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM complete_links WHERE member_id = 'fence'") == 0 ? null : new StorageException("No.");
        await InsertAsync(database, "before", Durability.Full);

        using (var held = HeldWriter.Of(database))
        {
            var lowering = database.WriteUnfencedAsync(connection => connection.Execute(InsertSql, new { Name = "fence" }), Durability.Full, Cancel);
            var sameGroup = InsertAsync(database, "same group", Durability.Full);
            held.LetGo();
            await held.Write;
            await lowering;
            await sameGroup;
        }

        var fenced = InsertAsync(database, "after", Durability.Full);
        var unfenced = database.WriteUnfencedAsync(connection => connection.Execute(InsertSql, new { Name = "unfenced" }), Durability.Full, Cancel);

        Assert.Equal("No.", (await Assert.ThrowsAsync<StorageException>(() => fenced)).Message);
        Assert.Equal(1, await unfenced);
        Assert.Equal(["before", "fence", "same group", "unfenced"], await NamesAsync(database));
    }

    private static Task<int> InsertAsync(StoreDatabase database, string name, Durability durability) =>
        database.WriteAsync(connection => connection.Execute(InsertSql, new { Name = name }), durability, Cancel);

    private static Task<long> CountAsync(StoreDatabase database) =>
        database.ReadAsync(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM complete_links"), Cancel);

    private static Task<List<string>> NamesAsync(StoreDatabase database) =>
        database.ReadAsync(connection => connection.Query<string>("SELECT member_id FROM complete_links ORDER BY member_id"), Cancel);

    private static Task<int> SetMostPagesAsync(StoreDatabase database, int extra) => database.WriteAsync(
        connection =>
        {
            ((SqliteStoreConnection)connection).Pragma($"max_page_count = {connection.ExecuteScalar<long>("PRAGMA page_count") + extra}");
            return 0;
        },
        Durability.Relaxed,
        Cancel);
}
