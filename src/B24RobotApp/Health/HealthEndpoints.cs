using B24RobotApp.Monitoring;
using B24RobotApp.Transfers.Queue;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Health;

/// <summary>Whether the process lives, and whether it can accept and work.</summary>
internal static class HealthEndpoints
{
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
        StorageCheck storage, IEnumerable<IHostedService> workers, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Calls are still taken, but a balancer has time to send them elsewhere.
            return NotReady("The server is stopping.");
        }

        if (await storage.FindProblemAsync(cancellationToken) is not null)
        {
            // Anyone may ask; where the database lies, and what is wrong with its disk, is for the host.
            return NotReady("The database takes no writes. The server's log says why.");
        }

        return workers.OfType<TransferDispatcher>().Single().ExecuteTask is { IsCompleted: false }
            ? TypedResults.Text("ready")
            : NotReady("The dispatcher has ended: nothing is sent any more. Restart the server.");
    }

    private static ContentHttpResult NotReady(string reason) =>
        TypedResults.Text(reason, statusCode: StatusCodes.Status503ServiceUnavailable);
}
