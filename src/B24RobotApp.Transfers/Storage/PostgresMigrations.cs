using DbUp;
using DbUp.Postgresql;
using Npgsql;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Brings a PostgreSQL database up to date: the numbered scripts of <c>migrations/postgres</c>, forward only, each in a transaction.</summary>
internal static class PostgresMigrations
{
    // Of servers that are started together one applies them, and the others find it done.
    private const string LockSql = "SET lock_timeout TO 0; SELECT pg_advisory_lock(240124012402)";

    private static readonly MigrationScripts Scripts = new("migrations/postgres/");

    /// <inheritdoc cref="MigrationScripts.Known"/>
    public static IReadOnlyList<string> Known => Scripts.Known;

    /// <summary>Applies what is missing.</summary>
    /// <returns>The names of the scripts that were applied.</returns>
    /// <exception cref="StorageException">A newer version of the app has been here, or a script failed; the database is as it was before that script.</exception>
    public static IReadOnlyList<string> Apply(NpgsqlDataSource source, string place)
    {
        using var holder = source.OpenConnection();
        using (var locking = new NpgsqlCommand(LockSql, holder) { CommandTimeout = 0 })
        {
            locking.ExecuteNonQuery();
        }

        var engine = DeployChanges.To.PostgresqlDatabase(new PostgresqlConnectionManager(source))
            .JournalToPostgresqlTable(null, MigrationScripts.Journal)
            .WithScriptsEmbeddedInAssembly(MigrationScripts.Assembly, Scripts.IsScript)
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build();

        if (MigrationScripts.Unknown(engine.GetExecutedScripts().Select(Scripts.NameOf), Known) is { } unknown)
        {
            throw MigrationScripts.Newer(place, unknown);
        }

        var result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            var script = result.ErrorScript is null ? "" : $" at {Path.GetFileName(result.ErrorScript.Name)}";
            throw new StorageException($"The database {place} could not be brought up to date{script}: {result.Error.Message}", result.Error);
        }

        return [.. result.Scripts.Select(script => Scripts.NameOf(script.Name))];
    }

    /// <summary>The scripts that are not applied yet.</summary>
    /// <exception cref="StorageException">A newer version of the app has been here.</exception>
    public static IReadOnlyList<string> Pending(StoreConnection connection, string place)
    {
        var applied = AppliedTo(connection);
        return MigrationScripts.Unknown(applied, Known) is { } unknown ? throw MigrationScripts.Newer(place, unknown) : [.. Known.Except(applied, StringComparer.Ordinal)];
    }

    private static IReadOnlyList<string> AppliedTo(StoreConnection connection) => connection.ExecuteScalar<bool>($"SELECT to_regclass('{MigrationScripts.Journal}') IS NULL")
        ? []
        : [.. connection.Query<string>($"SELECT scriptname FROM {MigrationScripts.Journal} ORDER BY schemaversionsid").Select(Scripts.NameOf)];
}
