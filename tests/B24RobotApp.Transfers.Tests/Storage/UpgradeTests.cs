using System.Globalization;
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
            Fill(connection);
            before = Read(connection);
        }

        Assert.All(before, table => Assert.Equal(RowsPerTable, table.Value.Count));
        Assert.Equal(Migrations.Known.SkipWhile(script => script != last).Skip(1), SqliteDatabase.FindPending(_database.Options));
        var stores = _database.Stores(TimeProvider.System);

        using (var connection = Connect())
        {
            var after = Read(connection);
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

    private static List<string> Tables(SqliteConnection connection) =>
        [.. connection.Query<string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'schema_versions' ORDER BY rowid")];

    /// <summary>Rows that the constraints allow: numbers count up, what refers to another table refers to its row of the same number, and what must be one of some words is the first of them.</summary>
    private static void Fill(SqliteConnection connection)
    {
        foreach (var table in Tables(connection))
        {
            var sql = connection.ExecuteScalar<string>("SELECT sql FROM sqlite_schema WHERE name = @table", new { table })!;
            var columns = connection.Query<(string Name, string Type)>("SELECT name, type FROM pragma_table_info(@table)", new { table }).AsList();
            for (var number = 1; number <= RowsPerTable; number++)
            {
                var values = new DynamicParameters();
                foreach (var (name, type) in columns)
                {
                    values.Add(name, type == "INTEGER" ? number : TextOf(sql, name, number));
                }

                connection.Execute($"INSERT INTO {table} ({string.Join(", ", columns.Select(column => column.Name))}) VALUES ({string.Join(", ", columns.Select(column => "@" + column.Name))})", values);
            }
        }
    }

    private static string TextOf(string sql, string column, int number)
    {
        var words = sql.IndexOf($"CHECK ({column} IN ('", StringComparison.Ordinal);
        if (words >= 0)
        {
            var begin = sql.IndexOf('\'', words) + 1;
            return sql[begin..sql.IndexOf('\'', begin)];
        }

        return column switch
        {
            "properties" => "{}",
            "member_id" => number.ToString("x32", CultureInfo.InvariantCulture),
            "address" => $"https://portal{number}.example.com/",
            _ => string.Create(CultureInfo.InvariantCulture, $"{column} {number}"),
        };
    }

    private static Dictionary<string, List<Dictionary<string, object?>>> Read(SqliteConnection connection) => Tables(connection).ToDictionary(
        table => table,
        table => connection.Query($"SELECT * FROM {table}").Select(row => ((IDictionary<string, object?>)row).ToDictionary()).ToList());
}
