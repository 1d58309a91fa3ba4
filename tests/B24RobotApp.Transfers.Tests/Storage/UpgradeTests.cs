using B24RobotApp.Testing;
using B24RobotApp.Transfers.Storage;
using Dapper;
using Microsoft.Data.Sqlite;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>A database of every schema that there ever was, with rows in all its tables, is brought forward: every row is there afterwards, with what it held.</summary>
public sealed class UpgradeTests : IDisposable
{
    private const int RowsPerTable = 3;

    /// <summary>Columns that a later script fills anew from others.</summary>
    private static readonly HashSet<string> Derived = ["transfers.ends_at"];

    private readonly TestDatabase _database = new();

    public static TheoryData<string> Schemas => [.. Migrations.Known];

    public void Dispose() => _database.Dispose();

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task A_database_of_an_earlier_schema_keeps_its_rows_and_can_be_worked_with(string last)
    {
        Migrations.Apply(_database.File, [.. Migrations.Known.TakeWhile(script => script != last), last]);
        Dictionary<string, List<Dictionary<string, object?>>> before;
        using (var connection = Connect())
        {
            AllTables.Fill(connection, RowsPerTable);
            before = AllTables.Read(connection);
        }

        Assert.All(before, table => Assert.Equal(RowsPerTable, table.Value.Count));
        Assert.Equal(Migrations.Known.SkipWhile(script => script != last).Skip(1), SqliteDatabase.FindPending(_database.Options));
        var stores = _database.Stores(TimeProvider.System);

        using (var connection = Connect())
        {
            var after = AllTables.Read(connection);
            foreach (var (table, rows) in before)
            {
                foreach (var row in rows)
                {
                    Assert.True(
                        after[table].Exists(now => row.All(value => Derived.Contains($"{table}.{value.Key}") || Equals(now[value.Key], value.Value))),
                        $"{table} has lost {string.Join(", ", row)}");
                }
            }

            Assert.Empty(connection.Query("PRAGMA foreign_key_check"));
            Assert.Equal("ok", connection.ExecuteScalar<string>("PRAGMA integrity_check"));
        }

        // It is the database of this version: its transfers are read, and a call is taken in.
        Assert.Equal(RowsPerTable, (await stores.Transfers.CountsAsync(null, TestContext.Current.CancellationToken)).Values.Sum());
        var portal = (await _database.Open().ReadAsync(connection => connection.ExecuteScalar<long>("SELECT MIN(id) FROM portals"), TestContext.Current.CancellationToken));
        Assert.True(await stores.Transfers.TryAddAsync(Given.Transfer(portal: new(portal)), TestContext.Current.CancellationToken));
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={_database.File};Pooling=False;Foreign Keys=True");
        connection.Open();
        return connection;
    }
}
