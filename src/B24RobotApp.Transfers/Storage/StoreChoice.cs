namespace B24RobotApp.Transfers.Storage;

/// <summary>Opens whichever database is set: a file in the data directory, or one on a PostgreSQL server.</summary>
public static class StoreChoice
{
    /// <summary>For a server.</summary>
    /// <exception cref="StorageException">It cannot be used.</exception>
    public static StoreDatabase Open(StorageOptions options) => options.IsPostgres ? PostgresDatabase.Open(options) : SqliteDatabase.Open(options);

    /// <summary>For a command, while servers may run.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="writes">Whether something may be written.</param>
    /// <exception cref="StorageException">There is none yet, or one of another version of the app.</exception>
    public static StoreDatabase OpenBeside(StorageOptions options, bool writes) => options.IsPostgres ? PostgresDatabase.OpenBeside(options, writes) : SqliteDatabase.OpenBeside(options, writes);

    /// <summary>Brings it up to date.</summary>
    /// <returns>The names of the scripts that were applied.</returns>
    /// <exception cref="StorageException">It cannot be used, or a newer version of the app has written it.</exception>
    public static IReadOnlyList<string> Migrate(StorageOptions options) => options.IsPostgres ? PostgresDatabase.Migrate(options) : SqliteDatabase.Migrate(options);

    /// <summary>The scripts that the next start would apply.</summary>
    /// <exception cref="StorageException">It cannot be used, or a newer version of the app has written it.</exception>
    public static IReadOnlyList<string> FindPending(StorageOptions options) => options.IsPostgres ? PostgresDatabase.FindPending(options) : SqliteDatabase.FindPending(options);
}
