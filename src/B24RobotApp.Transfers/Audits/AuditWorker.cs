using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Audits;

/// <summary>Makes the audits that are asked for, and one of each portal and connection from time to time; one after the other, with a pause after each page.</summary>
public sealed partial class AuditWorker(
    AuditStore audits, EsbAudit audit, PortalStore portals, ConnectionStore connections, IOptions<TransferOptions> options, IWorkShare share, TimeProvider clock, ILogger<AuditWorker> logger) : LeadingService(share)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan PagePause = TimeSpan.FromSeconds(1);

    protected override Task LeadAsync(CancellationToken stoppingToken) =>
        RepeatedSteps.RunAsync(LookEvery, StepAsync, problem => Log.StoreUnavailable(logger, problem), clock, stoppingToken);

    /// <summary>Makes what is due.</summary>
    public async Task StepAsync(CancellationToken cancellationToken)
    {
        foreach (var portal in (await portals.ListAsync(cancellationToken)).Where(portal => portal.State == PortalState.Connected))
        {
            var last = (await audits.ListAsync(portal.Id, cancellationToken)).ToDictionary(known => known.Connection);
            foreach (var connection in await connections.UsableByAsync(portal, cancellationToken))
            {
                if (IsDue(portal, last.GetValueOrDefault(connection.Code)))
                {
                    await RunAsync(portal, connection, cancellationToken);
                }
            }
        }
    }

    private bool IsDue(Portal portal, LastAudit? last)
    {
        if (last?.WantedAt is not null)
        {
            return true;
        }

        // A portal that was just installed has nothing to compare.
        var every = options.Value.AuditEvery;
        return every > TimeSpan.Zero && (last?.TriedAt ?? portal.InstalledAt) + every <= clock.GetUtcNow();
    }

    private async Task RunAsync(Portal portal, EsbConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var report = await audit.RunAsync(portal, connection, PagePause, cancellationToken);
            await audits.SaveAsync(portal.Id, connection.Code, report, cancellationToken);
            if (report.Counts.Count == 0)
            {
                Log.Clean(logger, portal.Address.Authority, connection.Code, report.Linked, report.OnEsb);
            }
            else
            {
                Log.Found(logger, portal.Address.Authority, connection.Code, string.Join(", ", report.Counts.OrderBy(count => count.Key).Select(count => $"{count.Key} {count.Value}")));
            }
        }
        catch (Bitrix24Exception exception)
        {
            await audits.SaveProblemAsync(portal.Id, connection.Code, $"{exception.PortalHost}: {exception.Method}: {exception.Description} ({exception.Code})", cancellationToken);
            Log.NotMade(logger, portal.Address.Authority, connection.Code, exception.PortalHost, exception.Code);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2221, LogLevel.Information, "Audit of {Portal} and {Connection}: {Linked} items have counterparts, {OnEsb} deals of theirs stand on the ESB, nothing to report")]
        public static partial void Clean(ILogger logger, string portal, string connection, long linked, long onEsb);

        [LoggerMessage(2222, LogLevel.Warning, "Audit of {Portal} and {Connection} found: {Counts}. b24robot audit --last tells which, and what to do")]
        public static partial void Found(ILogger logger, string portal, string connection, string counts);

        [LoggerMessage(2223, LogLevel.Warning, "Audit of {Portal} and {Connection} was not made, since {Host} did not answer ({Code}); the next one is made in its time, or when asked for")]
        public static partial void NotMade(ILogger logger, string portal, string connection, string host, string code);

        [LoggerMessage(2224, LogLevel.Warning, "Audits cannot be made now: {Problem}")]
        public static partial void StoreUnavailable(ILogger logger, string problem);
    }
}
