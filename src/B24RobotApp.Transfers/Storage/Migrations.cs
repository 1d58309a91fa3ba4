using DbUp;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Brings a database up to date: the numbered scripts of <c>migrations/sqlite</c>, forward only, each in a transaction.</summary>
internal static class Migrations
{
    private const string Journal = MigrationScripts.Journal;

    private static readonly MigrationScripts Scripts = new("migrations/sqlite/");

    /// <inheritdoc cref="MigrationScripts.Known"/>
    public static IReadOnlyList<string> Known => Scripts.Known;

    /// <summary>Applies what is missing.</summary>
    /// <returns>The names of the scripts that were applied.</returns>
    /// <exception cref="StorageException">A newer version of the app has been here, or a script failed; the database is as it was before that script.</exception>
    public static IReadOnlyList<string> Apply(string file) => Apply(file, Known);

    /// <summary>The same with some of the scripts, as an earlier version of the app knew them.</summary>
    internal static IReadOnlyList<string> Apply(string file, IReadOnlyCollection<string> scripts)
    {
        var connectionString = new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString();
        var engine = DeployChanges.To.SqliteDatabase(connectionString)
            .JournalToSqliteTable(Journal)
            .WithScriptsEmbeddedInAssembly(MigrationScripts.Assembly, name => Scripts.IsScript(name) && scripts.Contains(Scripts.NameOf(name)))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build();

        if (MigrationScripts.Unknown(engine.GetExecutedScripts().Select(Scripts.NameOf), scripts) is { } unknown)
        {
            throw MigrationScripts.Newer(file, unknown);
        }

        var result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            var script = result.ErrorScript is null ? "" : $" at {Path.GetFileName(result.ErrorScript.Name)}";
            throw new StorageException($"The database {file} could not be brought up to date{script}: {result.Error.Message}", result.Error);
        }

        return [.. result.Scripts.Select(script => Scripts.NameOf(script.Name))];
    }

    /// <summary>The scripts that were applied to a database, by whatever version of the app; nothing if it is not one of the app's.</summary>
    public static IReadOnlyList<string> AppliedTo(SqliteStoreConnection connection) =>
        connection.ExecuteScalar<long>("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = @Journal", new { Journal }) == 0
            ? []
            : [.. connection.Query<string>($"SELECT ScriptName FROM {Journal} ORDER BY SchemaVersionId").Select(Scripts.NameOf)];

    /// <inheritdoc cref="MigrationScripts.Unknown"/>
    public static string? Unknown(IEnumerable<string> applied) => MigrationScripts.Unknown(applied, Known);
}
