using System.Reflection;
using DbUp;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Brings a database up to date: the numbered scripts of <c>migrations/sqlite</c>, forward only, each in a transaction.</summary>
internal static class Migrations
{
    private const string Folder = "migrations/sqlite/";

    /// <summary>Applies what is missing.</summary>
    /// <exception cref="StorageException">A newer version of the app has been here, or a script failed; the database is as it was before that script.</exception>
    public static void Apply(string file)
    {
        var connectionString = new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString();
        var engine = DeployChanges.To.SqliteDatabase(connectionString)
            .JournalToSqliteTable("schema_versions")
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.StartsWith(Folder, StringComparison.Ordinal))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build();

        var unknown = engine.GetExecutedScripts().Except(engine.GetDiscoveredScripts().Select(script => script.Name), StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            throw new StorageException(
                $"The database {file} was written by a newer version of the app ({Path.GetFileName(unknown[^1])} is not known here). Start that version, or restore a backup made before the upgrade.");
        }

        var result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            var script = result.ErrorScript is null ? "" : $" at {Path.GetFileName(result.ErrorScript.Name)}";
            throw new StorageException($"The database {file} could not be brought up to date{script}: {result.Error.Message}", result.Error);
        }
    }
}
