using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>The tables of a database of whatever schema, and rows for all of them.</summary>
internal static class AllTables
{
    /// <summary>The tables, but for what is noted of scripts and moves.</summary>
    public static List<string> Names(SqliteConnection connection) =>
        [.. connection.Query<string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('schema_versions', 'moves') ORDER BY rowid")];

    /// <summary>Rows that the constraints allow: numbers count up, what refers to another table refers to its row of the same number, and what must be one of some words is the first of them.</summary>
    public static void Fill(SqliteConnection connection, int rows)
    {
        foreach (var table in Names(connection))
        {
            var sql = connection.ExecuteScalar<string>("SELECT sql FROM sqlite_schema WHERE name = @table", new { table })!;
            var columns = connection.Query<(string Name, string Type)>("SELECT name, type FROM pragma_table_info(@table)", new { table }).AsList();
            for (var number = 1; number <= rows; number++)
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

    /// <summary>All rows, by table.</summary>
    public static Dictionary<string, List<Dictionary<string, object?>>> Read(SqliteConnection connection) => Names(connection).ToDictionary(
        table => table,
        table => connection.Query($"SELECT * FROM {table}").Select(row => ((IDictionary<string, object?>)row).ToDictionary()).ToList());
}
