using B24RobotApp.Monitoring;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Health;

/// <summary>Whether the process lives, and whether it can accept and work.</summary>
internal static partial class HealthEndpoints
{
    // Changes nothing, but is written and forced to the disk like any change.
    private const string WriteSql = "UPDATE portals SET id = id WHERE id = (SELECT MIN(id) FROM portals)";

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Text("live")).ShortCircuit();
        routes.MapGet("/health/ready", CheckAsync).ShortCircuit();
        routes.MapGet("/health/work", ReportAsync).ShortCircuit();
    }

    /// <summary>What the work comes to, for those who may see it: also what stands still says 200, since the server is well and a restart would mend nothing.</summary>
    internal static async Task<Results<Ok<WorkSummary>, ContentHttpResult>> ReportAsync(HttpContext context, MonitoringAccess access, WorkReader reader, CancellationToken cancellationToken) =>
        access.Refuse(context) is { } refusal ? refusal : TypedResults.Ok(WorkSummary.Of(await reader.ReadAsync(cancellationToken)));

    internal static async Task<ContentHttpResult> CheckAsync(
        StoreDatabase database, IEnumerable<IHostedService> workers, IHostApplicationLifetime lifetime, ILogger<StoreDatabase> logger, CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Calls are still taken, but a balancer has time to send them elsewhere.
            return NotReady("The server is stopping.");
        }

        if (await FindStorageProblemAsync(database, cancellationToken) is { } problem)
        {
            // Anyone may ask; where the database lies, and what is wrong with its disk, is for the host.
            Log.NotReady(logger, problem);
            return NotReady("The database takes no writes. The server's log says why.");
        }

        return workers.OfType<TransferDispatcher>().Single().ExecuteTask is { IsCompleted: false }
            ? TypedResults.Text("ready")
            : NotReady("The dispatcher has ended: nothing is sent any more. Restart the server.");
    }

    /// <summary>Why the database takes no writes; <see langword="null"/> if it does.</summary>
    internal static async Task<string?> FindStorageProblemAsync(StoreDatabase database, CancellationToken cancellationToken)
    {
        try
        {
            await database.WriteAsync(connection => connection.Execute(WriteSql), Durability.Full, cancellationToken);
            return null;
        }
        catch (StorageException exception)
        {
            return exception.Message;
        }
    }

    private static ContentHttpResult NotReady(string reason) =>
        TypedResults.Text(reason, statusCode: StatusCodes.Status503ServiceUnavailable);

    private static partial class Log
    {
        [LoggerMessage(3911, LogLevel.Warning, "Asked for its health the server is not ready: {Reason}")]
        public static partial void NotReady(ILogger logger, string reason);
    }
}
