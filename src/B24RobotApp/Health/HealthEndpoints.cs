using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Dapper;
using Microsoft.AspNetCore.Http.HttpResults;

namespace B24RobotApp.Health;

/// <summary>Whether the process lives, and whether it can accept and work.</summary>
internal static class HealthEndpoints
{
    // Changes nothing, but is written and forced to the disk like any change.
    private const string WriteSql = "UPDATE portals SET id = id WHERE id = (SELECT MIN(id) FROM portals)";

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Text("live")).ShortCircuit();
        routes.MapGet("/health/ready", CheckAsync).ShortCircuit();
    }

    internal static async Task<ContentHttpResult> CheckAsync(
        SqliteDatabase database, IEnumerable<IHostedService> workers, CancellationToken cancellationToken)
    {
        try
        {
            await database.WriteAsync(connection => connection.Execute(WriteSql), Durability.Full, cancellationToken);
        }
        catch (StorageException exception)
        {
            return NotReady(exception.Message);
        }

        return workers.OfType<TransferDispatcher>().Single().ExecuteTask is { IsCompleted: false }
            ? TypedResults.Text("ready")
            : NotReady("The dispatcher has ended: nothing is sent any more. Restart the server.");
    }

    private static ContentHttpResult NotReady(string reason) =>
        TypedResults.Text(reason, statusCode: StatusCodes.Status503ServiceUnavailable);
}
