using System.Collections.Concurrent;
using System.Threading.Channels;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Install;

/// <summary>
/// Reconciles registrations in the background: all portals at start and every few hours, and a portal that asks for it at once; what a portal could not do is tried again at growing intervals.
/// It also gets the ESBs ready that a portal may use.
/// </summary>
internal sealed partial class RegistrationWorker(
    Registration registration, PortalStore portals, ConnectionStore connections, PortalSchemas schemas, LinkImport import,
    IWorkShare share, TimeProvider clock, ILogger<RegistrationWorker> logger) : BackgroundService
{
    /// <summary>Portals looked at side by side, so that one that hangs does not hold up the rest.</summary>
    private const int AtOnce = 8;

    private static readonly TimeSpan Every = TimeSpan.FromHours(3);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(15);

    private readonly Channel<PortalId> _asked = Channel.CreateUnbounded<PortalId>();
    private readonly ConcurrentDictionary<PortalId, (int Failures, DateTimeOffset DueAt)> _again = new();

    /// <summary>Asks for a portal to be reconciled soon.</summary>
    public void Ask(Portal portal) => _asked.Writer.TryWrite(portal.Id);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(AskInRoundsAsync(stoppingToken), ReconcileAskedAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; whatever was not reconciled is at the next start.
        }
    }

    /// <summary>One server asks for all portals, at its start and every few hours.</summary>
    private async Task AskInRoundsAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            using var lead = await share.LeadAsync(stoppingToken);
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lead.Lost);
            try
            {
                foreach (var portal in (await portals.ListAsync(stoppingToken)).Where(portal => portal.State == PortalState.Connected))
                {
                    Ask(portal);
                }

                await Task.Delay(Every, clock, ends.Token);
            }
            catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
            {
                // Another server leads, until this one does again.
            }
            catch (StorageException exception)
            {
                Log.StoreUnavailable(logger, exception.Message);
                await Task.Delay(FirstPause, clock, stoppingToken);
            }
        }
    }

    private async Task ReconcileAskedAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var now = clock.GetUtcNow();
            var due = TakeAsked();
            due.UnionWith(_again.Where(portal => portal.Value.DueAt <= now).Select(portal => portal.Key));
            await Parallel.ForEachAsync(
                due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken }, ReconcileAsync);
            await WaitAsync(stoppingToken);
        }
    }

    private HashSet<PortalId> TakeAsked()
    {
        var asked = new HashSet<PortalId>();
        while (_asked.Reader.TryRead(out var portal))
        {
            asked.Add(portal);
        }

        return asked;
    }

    /// <summary>Waits until a portal is asked for, or one is to be tried again.</summary>
    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        var wait = _again.IsEmpty ? Timeout.InfiniteTimeSpan : _again.Values.Min(portal => portal.DueAt) - clock.GetUtcNow();
        using var due = new CancellationTokenSource(wait > TimeSpan.Zero || _again.IsEmpty ? wait : TimeSpan.Zero, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, stoppingToken);
        try
        {
            await _asked.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // Something is due by time.
        }
    }

    private async ValueTask ReconcileAsync(PortalId id, CancellationToken stoppingToken)
    {
        try
        {
            var failure = await registration.ReconcileAsync(id, stoppingToken);
            if (failure is { Kind: FailureKind.NotExecuted or FailureKind.OutcomeUnknown })
            {
                var failures = _again.GetValueOrDefault(id).Failures + 1;
                _again[id] = (failures, clock.GetUtcNow() + (FirstPause * Math.Pow(2, Math.Min(failures - 1, 9))));
                return;
            }

            // What was refused waits for an administrator who opens the app, or for the next round.
            _again.TryRemove(id, out _);
            if (failure is null && await portals.FindAsync(id, stoppingToken) is { State: PortalState.Connected } portal)
            {
                await PrepareAsync(portal, stoppingToken);
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
                await schemas.OfEsbAsync(connection, CrmEntityTypes.Deal);
                await LoadSourceAsync(portal);
                await import.IsCompleteAsync(portal, connection, cancellationToken);
            }
            catch (Bitrix24Exception exception)
            {
                Log.EsbNotReady(logger, connection.Code, exception.PortalHost, exception.Method, exception.Code, exception.Description);
            }
        }
    }

    private async Task LoadSourceAsync(Portal portal)
    {
        try
        {
            await schemas.OfSourceAsync(portal, CrmEntityTypes.Deal);
        }
        catch (Bitrix24Exception exception)
        {
            Log.SourceNotReady(logger, exception.PortalHost, exception.Method, exception.Code, exception.Description);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3201, LogLevel.Error, "Reconciling portal {PortalId} broke; it is tried again in a few hours")]
        public static partial void Broke(ILogger logger, Exception exception, PortalId portalId);

        [LoggerMessage(3203, LogLevel.Warning, "The fields of {Host} could not be read: {Method} failed with {Code} ({Description}). Its deals wait until they can")]
        public static partial void SourceNotReady(ILogger logger, string host, string method, string code, string description);

        [LoggerMessage(3204, LogLevel.Warning, "Portals cannot be looked after now: {Problem}")]
        public static partial void StoreUnavailable(ILogger logger, string problem);

        [LoggerMessage(3202, LogLevel.Warning, "The ESB of connection {Connection} ({Host}) is not ready: {Method} failed with {Code} ({Description}). Deals wait until it is; b24robot check says what to do")]
        public static partial void EsbNotReady(ILogger logger, string connection, string host, string method, string code, string description);
    }
}
