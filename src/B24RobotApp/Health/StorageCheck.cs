using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Health;

/// <summary>
/// Looks whether the database takes writes. A balancer asks several times a second: the log tells when it takes none any more, why, and when it takes them again.
/// </summary>
internal sealed partial class StorageCheck(StoreDatabase database, ILogger<StorageCheck> logger)
{
    // Changes nothing, but is written and forced to the disk like any change.
    private const string WriteSql = "UPDATE portals SET id = id WHERE id = (SELECT MIN(id) FROM portals)";

    private string? _told;

    /// <summary>Why the database takes no writes; <see langword="null"/> if it does.</summary>
    public async Task<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        string? problem = null;
        try
        {
            await database.WriteAsync(connection => connection.Execute(WriteSql), Durability.Full, cancellationToken);
        }
        catch (StorageException exception)
        {
            problem = exception.Message;
        }

        var told = Interlocked.Exchange(ref _told, problem);
        if (problem is not null && problem != told)
        {
            Log.NotReady(logger, problem);
        }
        else if (problem is null && told is not null)
        {
            Log.ReadyAgain(logger);
        }

        return problem;
    }

    private static partial class Log
    {
        [LoggerMessage(3911, LogLevel.Warning, "The database takes no writes, and the server counts as not ready until it does: {Reason}")]
        public static partial void NotReady(ILogger logger, string reason);

        [LoggerMessage(3912, LogLevel.Information, "The database takes writes again")]
        public static partial void ReadyAgain(ILogger logger);
    }
}
