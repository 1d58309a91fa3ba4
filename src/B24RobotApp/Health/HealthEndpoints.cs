using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Health;

/// <summary>Whether the process lives, and whether it can accept and work.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Text("live"));
        routes.MapGet("/health/ready", CheckAsync);
    }

    internal static async Task<Results<ContentHttpResult, StatusCodeHttpResult>> CheckAsync(
        PortalStore portals, IEnumerable<Microsoft.Extensions.Hosting.IHostedService> workers, CancellationToken cancellationToken)
    {
        // A store that cannot be read can accept nothing; a dispatcher that has ended works nothing off.
        await portals.ListAsync(cancellationToken);
        return workers.OfType<TransferDispatcher>().Single().ExecuteTask is { IsCompleted: false }
            ? TypedResults.Text("ready")
            : TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
    }
}
