using B24RobotApp.Install;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp;

/// <summary>
/// Commands, and where they share a database other servers, write while the server runs, each in one transaction as the server's own writes are. All that the server has to learn of it is that something was written: then it
/// forgets what it holds in memory and looks at what is due. The database itself tells that (SQLite by its <c>data_version</c>, PostgreSQL by a notification), so there is no other channel that would have to be guarded.
/// </summary>
internal sealed partial class OutsideChanges(
    StoreDatabase database, TransferStore transfers, TransferSignal signal, PortalStore portals, ConnectionStore connections, ProfileStore profiles, RegistrationWorker registration, IWorkShare share, TimeProvider clock,
    ILogger<OutsideChanges> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan AnywayEvery = TimeSpan.FromSeconds(5);

    private List<string>? _robotLists;
    private long _lookedAt = clock.GetTimestamp();

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        RepeatedSteps.RunAsync(Every, LookAsync, problem => Log.StoreUnavailable(logger, problem), clock, stoppingToken);

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        // As they were a look ago: what is held in memory may have been forgotten by now.
        var held = await RobotListsAsync(stoppingToken);
        var before = _robotLists ?? held;
        _robotLists = held;
        var changed = await database.LookOutsideAsync(stoppingToken);

        // What other servers take in for this one's portals they say; a saying may be lost.
        var isTime = share.Portals is not null && clock.GetElapsedTime(_lookedAt) >= AnywayEvery;
        if (changed || isTime)
        {
            _lookedAt = clock.GetTimestamp();
            foreach (var backlog in await transfers.BacklogAsync(stoppingToken))
            {
                if (share.Portals?.Contains(backlog.Lane.Portal) != false)
                {
                    signal.Wake(backlog.Lane);
                }
            }
        }

        if (!changed)
        {
            return;
        }

        _robotLists = await RobotListsAsync(stoppingToken);
        if (!_robotLists.SequenceEqual(before))
        {
            // The robot's lists of connections and profiles follow.
            foreach (var portal in (await portals.ListAsync(stoppingToken)).Where(portal => portal.State == PortalState.Connected))
            {
                registration.Ask(portal);
            }
        }

        Log.Changed(logger);
    }

    /// <summary>What robots let their people choose from; from memory, unless something was written.</summary>
    private async Task<List<string>> RobotListsAsync(CancellationToken stoppingToken) =>
    [
        .. (await connections.ListAsync(stoppingToken)).Select(connection => $"{connection.Code} {connection.Name}"),
        .. (await profiles.ListAsync(stoppingToken)).Select(profile => $"{profile.Code}@{profile.Version}"),
    ];

    private static partial class Log
    {
        [LoggerMessage(3811, LogLevel.Information, "A command has changed something in the database; it is taken up")]
        public static partial void Changed(ILogger logger);

        [LoggerMessage(3812, LogLevel.Warning, "The database cannot be looked at: {Problem}")]
        public static partial void StoreUnavailable(ILogger logger, string problem);
    }
}
