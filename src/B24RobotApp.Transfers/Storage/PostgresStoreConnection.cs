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
