using System.Threading.Channels;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Bitrix24.Errors;

namespace B24RobotApp.Install;

/// <summary>Reconciles registrations in the background: all portals at start and every few hours, and a portal that asks for it at once. It also gets the ESBs ready that a portal may use.</summary>
internal sealed partial class RegistrationWorker(
    Registration registration, PortalStore portals, ConnectionStore connections, EsbDirectory directory, LinkImport import, PortalEraser eraser,
    TimeProvider clock, ILogger<RegistrationWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(3);

    private readonly Channel<PortalId> _asked = Channel.CreateUnbounded<PortalId>();

    /// <summary>Asks for a portal to be reconciled soon.</summary>
    public void Ask(Portal portal) => _asked.Writer.TryWrite(portal.Id);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        var tick = Task.FromResult(true);
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                if (tick.IsCompleted)
                {
                    await ReconcileAllAsync(stoppingToken);
                    tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
                }

                await Task.WhenAny(tick, _asked.Reader.WaitToReadAsync(stoppingToken).AsTask());
                while (_asked.Reader.TryRead(out var asked))
                {
                    await ReconcileAsync(asked, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; whatever was not reconciled is at the next start.
        }
    }

    private async Task ReconcileAllAsync(CancellationToken cancellationToken)
    {
        foreach (var portal in await portals.ListAsync(cancellationToken))
        {
            await ReconcileAsync(portal.Id, cancellationToken);
        }

        await eraser.EraseDueAsync(clock.GetUtcNow(), cancellationToken);
    }

    private async Task ReconcileAsync(PortalId id, CancellationToken cancellationToken)
    {
        try
        {
            if (await portals.FindAsync(id, cancellationToken) is { State: PortalState.Connected } portal)
            {
                await registration.ReconcileAsync(portal, cancellationToken);
                await PrepareAsync(portal, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // One portal's trouble must not keep the others from being looked after.
            Log.Broke(logger, exception, id);
        }
    }

    /// <summary>Loads what the first transfer would otherwise have to ask for.</summary>
    private async Task PrepareAsync(Portal portal, CancellationToken cancellationToken)
    {
        foreach (var connection in await connections.UsableByAsync(portal, cancellationToken))
        {
            try
            {
                await directory.FactsAsync(connection);
                await import.IsCompleteAsync(portal, connection, cancellationToken);
            }
            catch (Bitrix24Exception exception)
            {
                Log.EsbNotReady(logger, connection.Code, exception.PortalHost, exception.Method, exception.Code, exception.Description);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3201, LogLevel.Error, "Reconciling portal {PortalId} broke; it is tried again in a few hours")]
        public static partial void Broke(ILogger logger, Exception exception, PortalId portalId);

        [LoggerMessage(3202, LogLevel.Warning, "The ESB of connection {Connection} ({Host}) is not ready: {Method} failed with {Code} ({Description}). Deals wait until it is; b24robot check says what to do")]
        public static partial void EsbNotReady(ILogger logger, string connection, string host, string method, string code, string description);
    }
}
