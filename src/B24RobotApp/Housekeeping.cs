using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;
using Microsoft.Extensions.Options;

namespace B24RobotApp;

/// <summary>Erases what has had its time: old transfers, and what uninstalled portals have left.</summary>
internal sealed partial class Housekeeping(
    TransferStore transfers, WaitStore waits, FollowStore followed, PortalEraser eraser, IOptions<TransferOptions> options, IWorkShare share, TimeProvider clock, ILogger<Housekeeping> logger) : LeadingService(share)
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override async Task LeadAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                await CleanAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; the next start goes on.
        }
    }

    private async Task CleanAsync(CancellationToken stoppingToken)
    {
        try
        {
            var now = clock.GetUtcNow();
            await followed.PruneAsync(now - TimeSpan.FromDays(options.Value.RetentionDays), stoppingToken);
            await waits.PruneAsync(now - TimeSpan.FromDays(options.Value.RetentionDays), stoppingToken);
            var pruned = await transfers.PruneAsync(now - TimeSpan.FromDays(options.Value.RetentionDays), stoppingToken);
            if (pruned > 0)
            {
                Log.Pruned(logger, pruned, options.Value.RetentionDays);
            }

            foreach (var portal in await eraser.EraseDueAsync(now, stoppingToken))
            {
                Log.Erased(logger, portal.Address.Authority);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A full disk, or a defect: nothing that would justify stopping the intake. The next hour tries again.
            Log.Broke(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3801, LogLevel.Information, "{Count} transfers that were finished more than {Days} days ago are erased")]
        public static partial void Pruned(ILogger logger, int count, int days);

        [LoggerMessage(3802, LogLevel.Information, "What {Portal} had left after its uninstallation is erased")]
        public static partial void Erased(ILogger logger, string portal);

        [LoggerMessage(3803, LogLevel.Error, "Erasing old data failed; it is tried again in an hour")]
        public static partial void Broke(ILogger logger, Exception exception);
    }
}
