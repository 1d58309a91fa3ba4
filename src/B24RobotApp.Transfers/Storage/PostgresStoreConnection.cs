using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Npgsql;

namespace B24RobotApp.Transfers.Storage;

/// <summary>A connection to a PostgreSQL database.</summary>
internal sealed partial class PostgresStoreConnection(NpgsqlConnection connection) : StoreConnection(connection)
{
    /// <summary>Where everyone hears that something was written which others keep in memory.</summary>
    public const string Channel = "b24robot_changed";

    private const string NotifySql = $"SELECT pg_notify('{Channel}', @Writer)";

    private static readonly ConcurrentDictionary<string, string> Texts = new(StringComparer.Ordinal);

    public NpgsqlConnection Npgsql => connection;

    /// <summary>Who is said to have written.</summary>
    public string Writer { get; init; } = "";

    /// <summary>Statements in their order and in one round trip.</summary>
    /// <returns>The number of rows that each has changed.</returns>
    public IReadOnlyList<int> ExecuteTogether(IEnumerable<(string Sql, IReadOnlyList<(string Name, object? Value)> Values)> statements)
    {
        using var batch = connection.CreateBatch();
        foreach (var (sql, values) in statements)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = Text(sql);
            foreach (var (name, value) in values)
            {
                command.Parameters.Add(new NpgsqlParameter(name, Value(value)));
            }

            batch.BatchCommands.Add(command);
        }

        batch.ExecuteNonQuery();
        return [.. batch.BatchCommands.Cast<NpgsqlBatchCommand>().Select(command => command.RecordsAffected)];
    }

    public override void TellOthers() => ScalarPrepared(NotifySql, ("Writer", Writer));

    /// <summary>A list is one parameter, so that a statement has one text however long its lists are. The statements are constants; each is made over once.</summary>
    protected override string Text(string sql) => Texts.GetOrAdd(sql, text => List().Replace(text, "= ANY (@$1)"));

    protected override object? Parameters(object? values) => values switch
    {
        null => null,

        // A statement that runs once for each.
        IEnumerable<object> many => many.Select(each => new PostgresParameters(each)).ToList(),
        _ => new PostgresParameters(values),
    };

    protected override object Value(object? value) => PostgresParameters.Storable(value);

    [GeneratedRegex(@"\bIN @(\w+)")]
    private static partial Regex List();
}
