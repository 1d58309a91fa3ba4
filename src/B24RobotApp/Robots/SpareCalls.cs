using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Robots;

/// <summary>Brings the calls that were written beside the database into it, in the order in which they came, as soon as it takes them.</summary>
internal sealed partial class SpareCalls(
    SpareInbox spare, IEnumerable<IRobotInbox> inboxes, PortalStore portals, UnverifiedCalls unverified, TimeProvider clock, ILogger<SpareCalls> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, IRobotInbox> _inboxes = inboxes.ToDictionary(inbox => inbox.RobotCode, StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                if (spare.Count > 0)
                {
                    await BringAsync(stoppingToken);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the file keeps what is left for the next start.
        }
    }

    private async Task BringAsync(CancellationToken stoppingToken)
    {
        var brought = 0;
        var after = 0L;
        try
        {
            while (await spare.OldestAsync(after) is { Count: > 0 } calls)
            {
                foreach (var call in calls)
                {
                    stoppingToken.ThrowIfCancellationRequested();
                    after = call.Number;
                    if (await TryAcceptAsync(call))
                    {
                        await spare.RemoveAsync(call);
                        brought++;
                    }
                }
            }
        }
        catch (StorageException exception)
        {
            Log.NotYet(logger, spare.Count, exception.Message);
        }

        if (brought > 0)
        {
            Log.Brought(logger, brought);
        }
    }

    /// <returns>Whether nothing is left to do with the call.</returns>
    private async Task<bool> TryAcceptAsync(SpareCall spared)
    {
        try
        {
            if (FormReader.Read(spared.Form) is not { } form || !RobotCall.TryParse(form, spared.ReceivedAt, out var call, out _)
                || await portals.FindAsync(call.Auth.MemberId, CancellationToken.None) is not { State: not PortalState.Uninstalled } portal)
            {
                // It was a call of a portal when it came, so the app was uninstalled since.
                return true;
            }

            var verified = await portals.IsApplicationTokenAsync(portal.Id, call.Auth.ApplicationToken, CancellationToken.None);
            var inbox = _inboxes[spared.Robot];
            var id = await inbox.AcceptAsync(portal, call, verified, CancellationToken.None);
            if (!verified && id is not null)
            {
                unverified.Verify(inbox, id, portal, call.Auth);
            }

            return true;
        }
        catch (Exception exception) when (exception is not StorageException)
        {
            // A defect: the others are brought in, and this one is tried again.
            Log.Broke(logger, exception, spared.Number);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3411, LogLevel.Information, "{Count} robots' calls that came while the database was away are in it now")]
        public static partial void Brought(ILogger logger, int count);

        [LoggerMessage(3412, LogLevel.Warning, "{Count} robots' calls wait beside the database until it takes them: {Problem}")]
        public static partial void NotYet(ILogger logger, long count, string problem);

        [LoggerMessage(3413, LogLevel.Error, "A robot's call that waits beside the database (number {Number}) could not be taken in; it is tried again")]
        public static partial void Broke(ILogger logger, Exception exception, long number);
    }
}
