using System.Reflection;
using DbUp;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Brings a database up to date: the numbered scripts of <c>migrations/sqlite</c>, forward only, each in a transaction.</summary>
internal static class Migrations
{
    private const string Folder = "migrations/sqlite/";

    private const string Journal = "schema_versions";

    /// <summary>The scripts that this version of the app knows, in their order.</summary>
    public static IReadOnlyList<string> Known { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(IsScript).Select(NameOf).Order(StringComparer.Ordinal)];

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
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => IsScript(name) && scripts.Contains(NameOf(name)))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build();

        if (Unknown(engine.GetExecutedScripts().Select(NameOf), scripts) is { } unknown)
        {
            throw Newer(file, unknown);
        }

        var result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            var script = result.ErrorScript is null ? "" : $" at {Path.GetFileName(result.ErrorScript.Name)}";
            throw new StorageException($"The database {file} could not be brought up to date{script}: {result.Error.Message}", result.Error);
        }

        return [.. result.Scripts.Select(script => NameOf(script.Name))];
    }

    /// <summary>The scripts that were applied to a database, by whatever version of the app; nothing if it is not one of the app's.</summary>
    public static IReadOnlyList<string> AppliedTo(SqliteStoreConnection connection) =>
        connection.ExecuteScalar<long>("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = @Journal", new { Journal }) == 0
            ? []
            : [.. connection.Query<string>($"SELECT ScriptName FROM {Journal} ORDER BY SchemaVersionId").Select(NameOf)];

    /// <summary>The last of the applied scripts that this version does not know; <see langword="null"/> if it knows all.</summary>
    public static string? Unknown(IEnumerable<string> applied) => Unknown(applied, Known);

    /// <summary>The line for the operator.</summary>
    public static StorageException Newer(string file, string unknown) => new(
        $"The database {file} was written by a newer version of the app ({unknown} is not known here). Start that version, or restore a backup made before the upgrade.");

    private static string? Unknown(IEnumerable<string> applied, IEnumerable<string> known) => applied.Except(known, StringComparer.Ordinal).LastOrDefault();

    private static string NameOf(string resource) => IsScript(resource) ? resource[Folder.Length..] : resource;

    private static bool IsScript(string resource) => resource.StartsWith(Folder, StringComparison.Ordinal);
}
