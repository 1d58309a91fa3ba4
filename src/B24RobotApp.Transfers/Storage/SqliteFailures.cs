using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Tells a statement that went wrong from a disk or a database that did. Codes: sqlite.org/rescode.html.</summary>
internal static class SqliteFailures
{
    private const int Busy = 5;
    private const int OutOfMemory = 7;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int Protocol = 15;
    private const int NotADatabase = 26;
    private const int InputOutputSync = 1034;
    private const int InputOutputDirectorySync = 1290;

    /// <summary>Whether the transaction is lost, not just the statement.</summary>
    public static bool IsOfTheDatabase(SqliteException exception) => exception.SqliteErrorCode
        is Busy or OutOfMemory or ReadOnly or InputOutput or Corrupt or Full or CannotOpen or Protocol or NotADatabase;

    /// <summary>
    /// Whether forcing to the disk failed. The system may then have dropped what was written earlier and not forced yet while it still shows it, and a later
    /// success would promise what is not there. Only a new start reads the log again and checks it.
    /// </summary>
    public static bool IsOfForcingToDisk(SqliteException exception) =>
        exception.SqliteExtendedErrorCode is InputOutputSync or InputOutputDirectorySync;

    /// <summary>The operator's line.</summary>
    public static StorageUnavailableException Describe(SqliteException exception, string file)
    {
        var message = exception.SqliteErrorCode switch
        {
            Full => $"The disk that holds {file} is full.",
            Busy => $"Another program holds the database {file}.",
            Corrupt or NotADatabase => $"The database {file} is damaged. Restore it from a backup.",
            _ => $"The database {file} cannot be used: {exception.Message}",
        };
        return new StorageUnavailableException(message, exception);
    }
}
