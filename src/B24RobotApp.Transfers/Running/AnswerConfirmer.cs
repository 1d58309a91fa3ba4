using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Running;

/// <summary>Looks after answers as they become due. Which they are stands in the store, so a crash forgets none.</summary>
internal sealed partial class AnswerConfirmer(
    AnswerConfirmation confirmation, IOptions<TransferOptions> options, IWorkShare share, TimeProvider clock, ILogger<AnswerConfirmer> logger) : LeadingService(share)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    private readonly ClockSetback _setback = new(clock);

    protected override async Task LeadAsync(CancellationToken stoppingToken)
    {
        var longest = options.Value.ConfirmAnswersAfter > ShortestPause ? options.Value.ConfirmAnswersAfter : ShortestPause;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var pause = longest;
                try
                {
                    if (_setback.HasHappened())
                    {
                        await confirmation.HastenAsync(stoppingToken);
                    }

                    // Answers that are due together are asked for together, so a look comes not more often than every second.
                    var more = await confirmation.SweepAsync(stoppingToken);
                    var next = more ? clock.GetUtcNow() : await confirmation.NextAsync(stoppingToken);
                    pause = next - clock.GetUtcNow() is { } wait && wait < longest ? wait : longest;
                }
                catch (StorageException exception)
                {
                    Log.StoreUnavailable(logger, exception.Message);
                }

                await Task.Delay(pause > ShortestPause ? pause : ShortestPause, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the store knows what is left.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2314, LogLevel.Warning, "Answers to robots cannot be looked after now: {Problem}")]
        public static partial void StoreUnavailable(ILogger logger, string problem);
    }
}
