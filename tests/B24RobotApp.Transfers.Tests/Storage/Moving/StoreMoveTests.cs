using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Storage.Moving;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage.Moving;

/// <summary>Everything moves from a SQLite file to a PostgreSQL database, whatever comes between.</summary>
public sealed class StoreMoveTests : IDisposable
{
    private readonly TestDatabase _file = new();
    private readonly TestPostgres _postgres = new(isEmpty: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private StorageOptions Both => new() { DataDirectory = _file.Folder, BusyTimeout = TimeSpan.FromSeconds(5), ConnectionString = _postgres.ConnectionString };

    public void Dispose()
    {
        _file.Dispose();
        _postgres.Dispose();
    }

    [Fact]
    public async Task All_rows_of_all_tables_arrive_and_the_report_counts_them()
    {
        Fill(rows: MovedTable.PieceLength + 500);

        var report = await MoveAsync();

        AssertSame();
        Assert.Equal(AllTables.Names(Connect()).Except(["servers", "leases"]).Order(StringComparer.Ordinal), report.Tables.Select(table => table.Name).Order(StringComparer.Ordinal));
        Assert.All(report.Tables, table => Assert.Equal(MovedTable.PieceLength + 500, table.Rows));
        Assert.Equal(report.Tables.Count, report.Tables.Select(table => table.Checksum).Distinct().Count());
    }

    [Fact]
    public async Task Servers_of_the_new_database_number_on_and_the_old_one_is_refused()
    {
        Fill(rows: 3);
        await MoveAsync();

        Assert.True(await _postgres.Stores(TimeProvider.System).Transfers.TryAddAsync(Given.Transfer(portal: new(1)), Cancel));

        Assert.Equal(4, await _postgres.Open().ReadAsync(connection => connection.ExecuteScalar<long>("SELECT MAX(sequence) FROM transfers"), Cancel));
        foreach (var failure in new[] { Assert.Throws<StorageException>(() => _file.Open()), Assert.Throws<StorageException>(() => SqliteDatabase.OpenBeside(_file.Options)) })
        {
            Assert.Contains($"was moved to PostgreSQL, 127.0.0.1/{_postgres.Name}", failure.Message, StringComparison.Ordinal);
            Assert.Contains("Storage:Provider=postgres", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_a_server_writes_while_most_is_copied_arrives_too()
    {
        Fill(rows: 10);
        var server = _file.Stores(TimeProvider.System);
        var waited = 0;

        await MoveAsync(waits: async () =>
        {
            waited++;
            Assert.True(await server.Transfers.TryAddAsync(Given.Transfer(portal: new(1)), Cancel));
            await _file.Open().WriteAsync(
                connection =>
                    connection.Execute("UPDATE transfers SET state = 'done', title = 'spät', finished_at = 5 WHERE sequence IN (2, 3)")
                    + connection.Execute("DELETE FROM transfers WHERE sequence = 4")

                    // What was unique is given to another row.
                    + connection.Execute("DELETE FROM connections WHERE owner_portal_id = 5") + connection.Execute("UPDATE connections SET name = 'der andere' WHERE owner_portal_id = 6"),
                Durability.Full,
                Cancel);
            _file.Close();
        });

        Assert.Equal(1, waited);
        AssertSame();
        Assert.Equal(10, await _postgres.Open().ReadAsync(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM transfers"), Cancel));
    }

    [Fact]
    public async Task A_portal_that_was_erased_and_came_anew_meanwhile_is_there_once()
    {
        Fill(rows: 3);
        _file.Open();

        await MoveAsync(waits: () =>
        {
            _file.Close();
            using var connection = Connect();
            connection.Execute("PRAGMA foreign_keys = ON");
            foreach (var table in AllTables.Names(connection).Where(table => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM pragma_table_info(@table) WHERE name IN ('portal_id', 'owner_portal_id')", new { table }) > 0))
            {
                connection.Execute($"DELETE FROM {table} WHERE {(table is "connections" or "profiles" ? "owner_portal_id" : "portal_id")} = 2");
            }

            var columns = string.Join(", ", connection.Query<string>("SELECT name FROM pragma_table_info('portals') WHERE name <> 'id'"));
            connection.Execute($"CREATE TEMP TABLE old AS SELECT * FROM portals WHERE id = 2; DELETE FROM portals WHERE id = 2; INSERT INTO portals (id, {columns}) SELECT 20, {columns} FROM old");
            return Task.CompletedTask;
        });

        AssertSame();
    }

    [Theory]
    [InlineData("comparing", 0.01)]
    [InlineData("comparing", 1)]
    [InlineData("copying", 0.5)]
    [InlineData("copying", 1)]
    public async Task Cut_off_it_goes_on_where_it_was_and_nobody_works_on_half_of_it(string step, double part)
    {
        Fill(rows: 20);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => StoreMove.RunAsync(
            Both,
            progress =>
            {
                if (progress.Step.EndsWith(step, StringComparison.Ordinal) && progress.Done >= part)
                {
                    cut.Cancel();
                }
            },
            () => Task.CompletedTask,
            TimeProvider.System,
            cut.Token));

        foreach (var failure in new[] { Assert.Throws<StorageException>(() => _postgres.Open()), Assert.Throws<StorageException>(() => PostgresDatabase.OpenBeside(_postgres.Options)) })
        {
            Assert.Contains("does not hold everything", failure.Message, StringComparison.Ordinal);
            Assert.Contains("b24robot migrate-store", failure.Message, StringComparison.Ordinal);
        }

        // The file is worked on until the end.
        await _file.Open().WriteAsync(connection => connection.Execute("DELETE FROM links WHERE source_id = 7"), Durability.Full, Cancel);
        _file.Close();
        await MoveAsync();

        AssertSame();
        _postgres.Open();
    }

    [Fact]
    public async Task Cut_off_between_the_two_notes_of_its_end_it_is_ended_later_and_no_server_works_on_either()
    {
        Fill(rows: 3);
        await MoveAsync();
        _postgres.Execute("UPDATE moves SET finished_at = NULL");

        Assert.Throws<StorageException>(() => _file.Open());
        Assert.Throws<StorageException>(() => _postgres.Open());
        await MoveAsync();

        _postgres.Open();
    }

    [Fact]
    public async Task A_database_that_holds_something_or_comes_from_another_file_is_refused_and_left_alone()
    {
        Fill(rows: 3);
        await _postgres.Stores(TimeProvider.System).Portals.SaveInstallationAsync(Given.Installation(), Cancel);
        _postgres.Close();
        var used = await Assert.ThrowsAsync<StorageException>(() => MoveAsync());

        _postgres.Execute("DELETE FROM tokens; DELETE FROM portals; INSERT INTO moves VALUES ('other', '/elsewhere/b24robot.sqlite3', 1, NULL)");
        var half = await Assert.ThrowsAsync<StorageException>(() => MoveAsync());

        _postgres.Execute("UPDATE moves SET finished_at = 2");
        var whole = await Assert.ThrowsAsync<StorageException>(() => MoveAsync());

        Assert.Contains("holds data already (portals)", used.Message, StringComparison.Ordinal);
        Assert.Contains("half filled from another one, /elsewhere/b24robot.sqlite3", half.Message, StringComparison.Ordinal);
        Assert.Contains("has everything of /elsewhere/b24robot.sqlite3 already", whole.Message, StringComparison.Ordinal);
        _file.Open();
    }

    [Fact]
    public async Task A_second_move_at_the_same_time_is_refused()
    {
        Fill(rows: 3);
        _file.Open();
        StorageException? failure = null;

        await MoveAsync(waits: async () =>
        {
            failure = await Assert.ThrowsAsync<StorageException>(() => MoveAsync());
            _file.Close();
        });

        Assert.Contains("Another b24robot migrate-store", failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Letters_of_all_kinds_arrive_and_a_zero_is_shown()
    {
        Fill(rows: 1);
        using (var connection = Connect())
        {
            connection.Execute("UPDATE transfers SET title = 'Сделка 🏗' || char(0) || 'ß\u00A0\u2028\\', properties = '{\"a\": \"\\u0000\"}'");
            connection.Execute("UPDATE connections SET code = '🏗' || code");
        }

        await MoveAsync();

        var (title, properties) = await _postgres.Open().ReadAsync(connection => connection.QuerySingle<(string, string)>("SELECT title, properties FROM transfers"), Cancel);
        Assert.Equal("Сделка 🏗\uFFFDß\u00A0\u2028\\", title);
        Assert.Equal("{\"a\": \"\\u0000\"}", properties);
    }

    [Fact]
    public async Task The_key_ring_of_the_data_directory_comes_along()
    {
        Fill(rows: 1);
        var keys = Directory.CreateDirectory(Path.Combine(_file.Folder, "keys"));
        await File.WriteAllTextAsync(Path.Combine(keys.FullName, "key-1.xml"), "<key id=\"1\" />", Cancel);

        var report = await MoveAsync();

        Assert.Equal(1, report.Keys);
        Assert.Equal(["key-1|<key id=\"1\" />"], await _postgres.Open().ReadAsync(connection => connection.Query<string>("SELECT name || '|' || document FROM data_protection_keys"), Cancel));
    }

    private Task<MoveReport> MoveAsync(Func<Task>? waits = null) =>
        StoreMove.RunAsync(Both, _ => { }, waits ?? (() => throw new InvalidOperationException("No server runs.")), TimeProvider.System, Cancel);

    private void Fill(int rows)
    {
        Migrations.Apply(_file.File);
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        AllTables.Fill(connection, rows);
        transaction.Commit();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={_file.File};Pooling=False;Foreign Keys=False");
        connection.Open();
        return connection;
    }

    /// <summary>Both sides hold the same, but for what is said of servers.</summary>
    private void AssertSame()
    {
        using var there = Connect();
        using var here = new NpgsqlConnection(_postgres.ConnectionString);
        foreach (var (table, rows) in AllTables.Read(there).Where(table => table.Key is not ("servers" or "leases")))
        {
            var moved = here.Query($"SELECT * FROM {table}").Select(row => Describe((IDictionary<string, object?>)row));
            Assert.Equal(rows.Select(Describe).Order(StringComparer.Ordinal), moved.Order(StringComparer.Ordinal));
        }

        Assert.Equal(0, here.ExecuteScalar<long>("SELECT COUNT(*) FROM servers"));

        static string Describe(IDictionary<string, object?> row) =>
            string.Join(" | ", row.Where(value => value.Key != "renewing_by").OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => $"{value.Key}={value.Value}"));
    }
}
