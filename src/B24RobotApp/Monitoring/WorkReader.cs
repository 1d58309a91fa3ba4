using B24RobotApp.Api;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Health;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Monitoring;

/// <summary>Looks how the work stands.</summary>
internal sealed class WorkReader(
    StoreDatabase database, StorageCheck check, IOptions<StorageOptions> storage, TransferStore transfers, PortalStore portals, ConnectionStore connections, PortalHealth health, Circuits circuits, PortalClients clients, TimeProvider clock)
{
    public async Task<WorkReport> ReadAsync(CancellationToken cancellationToken)
    {
        var problem = await check.FindProblemAsync(cancellationToken);
        var size = await MeasureAsync(cancellationToken);
        var report = new WorkReport
        {
            At = clock.GetUtcNow(),
            StorageProblem = problem,
            DatabaseBytes = size?.Database ?? 0,
            LogBytes = size?.Log ?? 0,
            FreeDiskBytes = new DriveInfo(Path.GetFullPath(storage.Value.DataDirectory)).AvailableFreeSpace,
            Commits = database.Commits,
            Writes = database.Writes,
        };
        return report.StorageProblem is null ? await ReadWorkAsync(report, cancellationToken) : report;
    }

    private async Task<WorkReport> ReadWorkAsync(WorkReport report, CancellationToken cancellationToken)
    {
        var installed = (await portals.ListAsync(cancellationToken)).Where(portal => portal.State != PortalState.Uninstalled).ToDictionary(portal => portal.Id);
        var known = await connections.ListAsync(cancellationToken);
        var paused = known.Where(connection => connection.PausedAt is not null).Select(connection => connection.Code).ToHashSet(StringComparer.Ordinal);
        var access = new List<(Portal, PortalHealthEndpoints.AccessState)>();
        foreach (var portal in installed.Values)
        {
            access.Add((portal, await health.AccessToAsync(portal, cancellationToken)));
        }

        var outages = circuits.EsbOutages;
        return report with
        {
            Waiting = await transfers.WaitingCountsAsync(cancellationToken),
            Overdue =
            [
                .. (await transfers.BacklogAsync(cancellationToken))
                    .Where(backlog => backlog.EarliestDueAt <= report.At && !paused.Contains(backlog.Lane.Connection) && installed.ContainsKey(backlog.Lane.Portal))
                    .Select(backlog => (installed[backlog.Lane.Portal], backlog.Lane.Connection, backlog.EarliestDueAt)),
            ],
            Portals = access,
            Esbs = [.. known.Select(connection => (connection, outages.GetValueOrDefault(connection.Code)))],
            SourceOutages = circuits.SourceOutages,
            Webhooks = circuits.Webhooks,
            OperatingUse = clients.OperatingUse,
        };
    }

    private async Task<StoreSize?> MeasureAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await database.MeasureAsync(cancellationToken);
        }
        catch (StorageException)
        {
            // That it cannot be used is said already.
            return null;
        }
    }
}
