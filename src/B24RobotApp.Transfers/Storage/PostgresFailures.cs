using System.Net.Sockets;
using Npgsql;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Tells a statement that went wrong from a server or a connection that did. Codes: postgresql.org/docs/current/errcodes-appendix.html.</summary>
internal static class PostgresFailures
{
    private const string IdleInTransactionSessionTimeout = "25P03";

    /// <summary>Whether the transaction is lost, not just the statement.</summary>
    public static bool IsOfTheDatabase(NpgsqlException exception) =>
        exception is not PostgresException failure || failure.SqlState is
            PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.InFailedSqlTransaction or IdleInTransactionSessionTimeout or PostgresErrorCodes.LockNotAvailable
            or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.InvalidCatalogName
            || failure.SqlState.AsSpan(0, 2) is "08" or "28" or "53" or "57" or "58" or "XX";

    /// <summary>Whether only the connection is gone, and another one may be had at once.</summary>
    public static bool IsOfTheConnection(NpgsqlException exception) =>
        exception is not PostgresException failure ? exception.InnerException is not TimeoutException
            : failure.SqlState is IdleInTransactionSessionTimeout
              || failure.SqlState.StartsWith("57P", StringComparison.Ordinal) || failure.SqlState.StartsWith("08", StringComparison.Ordinal);

    /// <summary>The operator's line. It names the server and never how to get in.</summary>
    public static StorageUnavailableException Describe(NpgsqlException exception, string place)
    {
        var message = exception is PostgresException failure ? Describe(failure, place) : $"The PostgreSQL server of {place} cannot be reached: {Cause(exception)}";
        return new StorageUnavailableException(message, exception);
    }

    private static string Describe(PostgresException failure, string place) => failure.SqlState switch
    {
        PostgresErrorCodes.InvalidCatalogName => $"There is no database {place}. Make it, or correct Storage:ConnectionString.",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => $"The PostgreSQL server refuses this app at {place}. Correct user or password in Storage:ConnectionString.",
        PostgresErrorCodes.InsufficientPrivilege => $"The user of Storage:ConnectionString may not do that in {place}: {failure.MessageText}. The database should belong to it.",
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow => $"The PostgreSQL server of {place} is stopping or starting.",
        PostgresErrorCodes.ReadOnlySqlTransaction => $"The database {place} takes no writes: it is a standby, or set to read only. Lead Storage:ConnectionString to the primary.",
        PostgresErrorCodes.TooManyConnections => $"The PostgreSQL server of {place} has no connection left. Raise its max_connections; each server of this app takes up to {PostgresDatabase.MostConnections}.",
        PostgresErrorCodes.DiskFull => $"The disk of the PostgreSQL server of {place} is full.",
        PostgresErrorCodes.OutOfMemory => $"The PostgreSQL server of {place} is out of memory.",
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled => $"Another program holds the database {place}, or its server is too slow.",
        IdleInTransactionSessionTimeout => $"The PostgreSQL server of {place} has ended a write that stood still, so that other servers can go on. This machine stopped for a moment, or is overloaded.",
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => $"The database {place} is damaged. Restore it from a backup.",
        _ => $"The database {place} cannot be used: {failure.MessageText} ({failure.SqlState})",
    };

    private static string Cause(Exception exception) => exception switch
    {
        { InnerException: SocketException socket } => socket.Message,
        { InnerException: TimeoutException } or TimeoutException => "it does not answer in time",
        { InnerException: { } inner } => Cause(inner),
        _ => exception.Message,
    };
}
