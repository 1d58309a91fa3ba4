using B24RobotApp.Alerts;
using B24RobotApp.Transfers.Sharing;

namespace B24RobotApp.Monitoring;

/// <summary>Looks every few seconds how the work stands, for measurements and alerts. Every server measures; the one that leads raises the alerts.</summary>
internal sealed partial class WorkWatch(WorkReader reader, AlertBook alerts, IWorkShare share, TimeProvider clock, ILogger<WorkWatch> logger) : BackgroundService
{
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        var leading = share.LeadAsync(stoppingToken);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (leading.IsCompletedSuccessfully && (await leading) is { Lost.IsCancellationRequested: true } lost)
                {
                    // Another server says from now on what there is to say.
                    lost.Dispose();
                    alerts.Forget();
                    leading = share.LeadAsync(stoppingToken);
                }

                await LookAsync(leading.IsCompletedSuccessfully, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task LookAsync(bool leads, CancellationToken stoppingToken)
    {
        try
        {
            var report = await reader.ReadAsync(stoppingToken);
            WorkMetrics.Seen(report);
            if (leads)
            {
                await alerts.JudgeAsync(report, stoppingToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A defect, or a disk that takes no more reads: nothing that would justify stopping the intake.
            Log.Broke(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3921, LogLevel.Error, "It could not be seen how the work stands")]
        public static partial void Broke(ILogger logger, Exception exception);
    }
}
