using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>Notes that the app listens, looks for what commands have added to the queue, and after each start looks once at every portal for the calls that came while it did not.</summary>
internal sealed partial class CatchUpWorker(
    ListeningLog listening, PortalStore portals, TransferStore transfers, TransferSignal signal, CatchUpSearch search, CatchUpSender sender, CatchUpChoices choices, IOptions<TransferOptions> options,
    IWorkShare share, TimeProvider clock, ILogger<CatchUpWorker> logger)
    : LeadingService(share)
{
    /// <summary>After which portals that did not answer, or were not connected, are looked at again.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);

    protected override async Task LeadAsync(CancellationToken stoppingToken)
    {
        try
        {
            await PersistAsync(() => listening.BeginAsync(stoppingToken));
            await Task.WhenAll(KeepListeningAsync(stoppingToken), LookAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: from now on nobody listens.
            await PersistAsync(() => listening.ContinueAsync(CancellationToken.None));
        }
    }

    private async Task KeepListeningAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ListeningLog.Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await PersistAsync(() => listening.ContinueAsync(stoppingToken));
            await PersistAsync(async () =>
            {
                // What a command has added beside the server.
                foreach (var lane in await transfers.CaughtUpLanesAsync(stoppingToken))
                {
                    signal.Wake(lane);
                }
            });
        }
    }

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        // The portals' queue may still bring calls that were only late.
        await Task.Delay(options.Value.CatchUpAfter, clock, stoppingToken);
        var left = new HashSet<PortalId>();
        await PersistAsync(async () => left = [.. (await portals.ListAsync(stoppingToken)).Where(portal => portal.State != PortalState.Uninstalled).Select(portal => portal.Id)]);
        while (left.Count > 0)
        {
            foreach (var id in left.ToList())
            {
                await PersistAsync(async () =>
                {
                    if (await portals.FindAsync(id, stoppingToken) is not { State: not PortalState.Uninstalled } portal || (portal.State == PortalState.Connected && await TryLookAtAsync(portal, stoppingToken)))
                    {
                        left.Remove(id);
                    }
                });
            }

            if (left.Count > 0)
            {
                await Task.Delay(Again, clock, stoppingToken);
            }
        }
    }

    private async Task<bool> TryLookAtAsync(Portal portal, CancellationToken stoppingToken)
    {
        try
        {
            var report = await search.FindAsync(portal, stoppingToken);
            var sent = await choices.ModeAsync(portal.Id, stoppingToken) == CatchUpMode.Send
                ? await sender.SendAsync(portal, report.Candidates.Where(candidate => candidate.Verdict == CatchUpVerdict.Likely), stoppingToken)
                : 0;
            var toDecide = report.Candidates.Count(candidate => candidate.Verdict != CatchUpVerdict.Unlikely) - sent;
            if (toDecide > 0 || report.Workflows.Count > 0)
            {
                Log.ToDecide(logger, portal.Address.Authority, toDecide, report.Workflows.Count);
            }
            else
            {
                Log.Looked(logger, portal.Address.Authority, report.Gaps.Count, report.Stages.Count, sent);
            }

            return true;
        }
        catch (Bitrix24Exception exception)
        {
            Log.NotNow(logger, portal.Address.Authority, exception.Code, Again);
            return false;
        }
    }

    /// <summary>A disk that is full for a moment must not end this for good.</summary>
    private async Task PersistAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (StorageException exception)
        {
            Log.StoreUnavailable(logger, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2701, LogLevel.Warning, "Robot calls of {Portal} may have been lost while the app did not listen: {Items} items came to a robot's stage and were not sent, {Workflows} workflows wait without a call. b24robot catch-up shows and sends them")]
        public static partial void ToDecide(ILogger logger, string portal, int items, int workflows);

        [LoggerMessage(2702, LogLevel.Information, "{Portal}: no robot call is known to be missing ({Gaps} gaps, {Stages} stages looked at, {Sent} sent)")]
        public static partial void Looked(ILogger logger, string portal, int gaps, int stages, int sent);

        [LoggerMessage(2703, LogLevel.Information, "{Portal} could not be asked for missing robot calls: {Code}; again in {Pause}")]
        public static partial void NotNow(ILogger logger, string portal, string code, TimeSpan pause);

        [LoggerMessage(2704, LogLevel.Warning, "When the app listened cannot be noted, or looked up, now: {Problem}")]
        public static partial void StoreUnavailable(ILogger logger, string problem);
    }
}
