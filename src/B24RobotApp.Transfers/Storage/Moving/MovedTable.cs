using System.Data.Common;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace B24RobotApp.Transfers.Storage.Moving;

/// <summary>A column of both databases: a number of 64 bits or a text.</summary>
internal sealed record MovedColumn(string Name, bool IsNumber, bool IsIdentity);

/// <summary>A table of both databases, read in the order of its primary key and piece by piece.</summary>
/// <param name="name">The table.</param>
/// <param name="columns">Its columns; those of the primary key first, in its order.</param>
/// <param name="keyLength">How many they are.</param>
internal sealed class MovedTable(string name, IReadOnlyList<MovedColumn> columns, int keyLength)
{
    /// <summary>So many rows are a piece.</summary>
    public const int PieceLength = 1000;

    /// <summary>Says which of several servers renews a token, which is nothing that the other database's servers know.</summary>
    private const string OfServers = "renewing_by";

    private readonly string _columns = string.Join(", ", columns.Select(column => $"\"{column.Name}\""));
    private readonly string _key = string.Join(", ", columns.Take(keyLength).Select(column => $"\"{column.Name}\""));

    public string Name => name;

    /// <summary>The first piece after a key; from the beginning if there is none.</summary>
    public TablePiece ReadNext(DbConnection connection, IReadOnlyList<object?>? after) => Read(connection, after, upTo: null, PieceLength);

    /// <summary>The rows after a key up to another one; without limit where there is none.</summary>
    public TablePiece ReadBetween(DbConnection connection, IReadOnlyList<object?>? after, IReadOnlyList<object?>? upTo) => Read(connection, after, upTo, most: null);

    /// <summary>The rows of a table in both databases.</summary>
    public long Count(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM \"{name}\"";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>Puts rows into the new database, in place of those of the same keys.</summary>
    public void Put(NpgsqlConnection connection, IReadOnlyList<object?[]> rows)
    {
        var rest = columns.Skip(keyLength).Select(column => $"\"{column.Name}\" = excluded.\"{column.Name}\"").ToList();
        Execute(
            connection,
            $"INSERT INTO \"{name}\" ({_columns}) SELECT * FROM unnest({Parameters(columns.Count)}) ON CONFLICT ({_key}) DO {(rest.Count == 0 ? "NOTHING" : $"UPDATE SET {string.Join(", ", rest)}")}",
            columns.Count,
            rows);
    }

    /// <summary>Takes rows out of the new database.</summary>
    public void Remove(NpgsqlConnection connection, IReadOnlyList<object?[]> rows) =>
        Execute(connection, $"DELETE FROM \"{name}\" WHERE ({_key}) IN (SELECT * FROM unnest({Parameters(keyLength)}))", keyLength, rows);

    /// <summary>Lets the new database number on where the old one was.</summary>
    public void NumberOn(NpgsqlConnection connection)
    {
        foreach (var column in columns.Where(column => column.IsIdentity))
        {
            using var command = new NpgsqlCommand($"SELECT setval(pg_get_serial_sequence('\"{name}\"', '{column.Name}'), MAX(\"{column.Name}\")) FROM \"{name}\" HAVING COUNT(*) > 0", connection);
            command.ExecuteNonQuery();
        }
    }

    private static string Parameters(int count) => string.Join(", ", Enumerable.Range(0, count).Select(number => $"@c{number}"));

    private TablePiece Read(DbConnection connection, IReadOnlyList<object?>? after, IReadOnlyList<object?>? upTo, int? most)
    {
        using var command = connection.CreateCommand();
        string Bound(string sign, char letter, IReadOnlyList<object?> key)
        {
            for (var i = 0; i < key.Count; i++)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = ($"@{letter}{i}", key[i]);
                command.Parameters.Add(parameter);
            }

            return $"({_key}) {sign} ({string.Join(", ", Enumerable.Range(0, key.Count).Select(number => $"@{letter}{number}"))})";
        }

        List<string> bounds = [];
        if (after is not null)
        {
            bounds.Add(Bound(">", 'a', after));
        }

        if (upTo is not null)
        {
            bounds.Add(Bound("<=", 'u', upTo));
        }

        command.CommandText = string.Create(
            CultureInfo.InvariantCulture, $"SELECT {_columns} FROM \"{name}\"{(bounds.Count > 0 ? $" WHERE {string.Join(" AND ", bounds)}" : "")} ORDER BY {_key}{(most is { } limit ? $" LIMIT {limit}" : "")}");
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>(most ?? PieceLength);
        while (reader.Read())
        {
            var row = new object?[columns.Count];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) || columns[i].Name == OfServers ? null
                    : columns[i].IsNumber ? reader.GetInt64(i)
                    : PostgresParameters.Storable(reader.GetString(i));
            }

            rows.Add(row);
        }

        return new TablePiece(rows, keyLength);
    }

    private void Execute(NpgsqlConnection connection, string sql, int width, IReadOnlyList<object?[]> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        using var command = new NpgsqlCommand(sql, connection);
        for (var i = 0; i < width; i++)
        {
            command.Parameters.Add(columns[i].IsNumber
                ? new NpgsqlParameter($"c{i}", NpgsqlDbType.Array | NpgsqlDbType.Bigint) { Value = rows.Select(row => (long?)row[i]).ToArray() }
                : new NpgsqlParameter($"c{i}", NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = rows.Select(row => (string?)row[i]).ToArray() });
        }

        command.ExecuteNonQuery();
    }
}
