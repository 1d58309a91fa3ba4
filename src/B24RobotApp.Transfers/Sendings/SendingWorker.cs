using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Sendings;

/// <summary>
/// Puts the deals of sendings into the queue, a page of 50 at a time, and none while a robot's deal waits: what comes from robots goes first.
/// </summary>
public sealed partial class SendingWorker(
    SendingStore sendings, ExistingDeals deals, PortalStore portals, TransferSignal signal, IOptions<TransferOptions> options, IWorkShare share, TimeProvider clock,
    ILogger<SendingWorker> logger) : LeadingService(share)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>After a failure of the source portal that passes.</summary>
    private static readonly TimeSpan LongPause = TimeSpan.FromSeconds(30);

    /// <summary>Since when sendings rest, in the clock's timestamps: a clock that is put back does not prolong it.</summary>
    private readonly Dictionary<long, long> _restsSince = [];

    protected override Task LeadAsync(CancellationToken stoppingToken) =>
        RepeatedSteps.RunAsync(Pause, StepAsync, problem => Log.StoreUnavailable(logger, problem), clock, stoppingToken);

    /// <summary>Takes each sending one step further.</summary>
    public async Task StepAsync(CancellationToken cancellationToken)
    {
        foreach (var sending in await sendings.RunningAsync(cancellationToken))
        {
            await StepAsync(sending, cancellationToken);
        }
    }

    private async Task StepAsync(Sending sending, CancellationToken cancellationToken)
    {
        if (sending.Open > 0)
        {
            return;
        }

        if (sending.AllTaken)
        {
            await sendings.EndAsync(sending.Id, SendingState.Done, null, cancellationToken);
            Log.Done(logger, sending.Id, sending.Arrived, sending.Failed);
            return;
        }

        var lane = new Lane(sending.Portal, sending.Connection);
        if (Rests(sending) || await sendings.LiveWaitsAsync(lane, cancellationToken)
            || await portals.FindAsync(sending.Portal, cancellationToken) is not { State: PortalState.Connected } portal)
        {
            return;
        }

        try
        {
            var ids = await deals.NextAsync(portal, sending.Filter, sending.Position);
            var now = clock.GetUtcNow();
            var transfers = ids.Select(id => NewTransfer.WithoutRobot(sending.Portal, id, sending.Connection, sending.UserId, $"sending {sending.Id} {id}", now, options.Value.GiveUpAfter) with
            {
                RobotCode = "sending",
                Sending = sending.Id,
            }).ToList();
            if (await sendings.TakeAsync(sending, transfers, ids.Count < BatchLimits.PageSize, cancellationToken))
            {
                signal.Wake(lane);
            }
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            await sendings.EndAsync(sending.Id, SendingState.Failed, $"{exception.Code}: {exception.Description}", cancellationToken);
            Log.Failed(logger, sending.Id, exception.PortalHost, exception.Code, exception.Description);
        }
        catch (Bitrix24Exception exception)
        {
            _restsSince[sending.Id] = clock.GetTimestamp();
            Log.PutOff(logger, sending.Id, exception.PortalHost, exception.Code);
        }
    }

    private bool Rests(Sending sending) => _restsSince.TryGetValue(sending.Id, out var since) && clock.GetElapsedTime(since) < LongPause;

    private static partial class Log
    {
        [LoggerMessage(2211, LogLevel.Information, "Sending {SendingId} of existing deals is done: {Arrived} arrived, {Failed} failed")]
        public static partial void Done(ILogger logger, long sendingId, long arrived, long failed);

        [LoggerMessage(2212, LogLevel.Warning, "Sending {SendingId} of existing deals ended: {Portal} does not give its deals ({Code}: {Description})")]
        public static partial void Failed(ILogger logger, long sendingId, string portal, string code, string description);

        [LoggerMessage(2213, LogLevel.Information, "Sending {SendingId} of existing deals waits: {Portal} {Code}")]
        public static partial void PutOff(ILogger logger, long sendingId, string portal, string code);

        [LoggerMessage(2214, LogLevel.Warning, "Existing deals cannot be sent now: {Problem}")]
        public static partial void StoreUnavailable(ILogger logger, string problem);
    }
}
