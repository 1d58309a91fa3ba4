using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Waits;

/// <summary>Ends waits that cannot come to their end by themselves: nobody can look any more, or somebody wants it. The robots are told.</summary>
public sealed partial class WaitEnding(WaitStore store, PortalStore portals, ConnectionStore connections, WaitSignal signal, TimeProvider clock, ILogger<WaitEnding> logger)
{
    private const int Portion = 500;

    /// <summary>Ends the waits over connections that are gone, or whose portals do not use the app any more.</summary>
    public async Task EndForsakenAsync(CancellationToken cancellationToken)
    {
        foreach (var (id, code) in await store.WatchedPairsAsync(cancellationToken))
        {
            var portal = await portals.FindAsync(id, cancellationToken);
            if (portal is null or { State: PortalState.Uninstalled })
            {
                await EndAllAsync(code, id, "APP_UNINSTALLED", texts => texts.WaitUninstalled(), cancellationToken);
            }
            else if (!(await connections.UsableByAsync(portal, cancellationToken)).Any(connection => connection.Code == code))
            {
                await EndAllAsync(code, id, "CONNECTION_UNKNOWN", texts => texts.ConnectionUnknown(code), cancellationToken);
            }
        }
    }

    /// <summary>Ends all waits over a connection as failed, of one portal or of all.</summary>
    public async Task EndAllAsync(string connection, PortalId? portal, string code, Func<TransferTexts, string> text, CancellationToken cancellationToken)
    {
        var ended = 0;
        IReadOnlyList<Wait> waits;
        do
        {
            waits = await store.WatchingOfAsync(connection, portal, Portion, cancellationToken);
            var outcomes = new List<(Wait, WaitOutcome)>();
            foreach (var wait in waits)
            {
                outcomes.Add((wait, await FailureAsync(wait, code, text, cancellationToken)));
            }

            ended += await store.ConcludeAsync(outcomes, _ => clock.GetUtcNow(), cancellationToken);
        }
        while (waits.Count == Portion);

        if (ended > 0)
        {
            Log.Ended(logger, ended, connection, code);
            signal.Wake();
        }
    }

    /// <summary>Ends a wait by hand; its robot is told.</summary>
    /// <param name="wait">The wait.</param>
    /// <param name="reason">For the robot and for people; may be empty.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns><see langword="false"/> if it is over already.</returns>
    public async Task<bool> EndAsync(Wait wait, string reason, CancellationToken cancellationToken)
    {
        var outcome = await FailureAsync(wait, "ENDED_BY_HAND", texts => texts.WaitEnded(reason), cancellationToken);
        var ended = await store.ConcludeAsync([(wait, outcome)], _ => clock.GetUtcNow(), cancellationToken) > 0;
        signal.Wake();
        return ended;
    }

    /// <summary>What a wait comes to that cannot go on.</summary>
    internal async Task<WaitOutcome> FailureAsync(Wait wait, string code, Func<TransferTexts, string> text, CancellationToken cancellationToken) => new()
    {
        Status = WaitStatus.Failed,
        EsbId = wait.Item?.Id,
        ErrorCode = code,
        ErrorMessage = text(new TransferTexts((await portals.FindAsync(wait.Request.Portal, cancellationToken))?.Language ?? "en")),
        At = clock.GetUtcNow(),
    };

    private static partial class Log
    {
        [LoggerMessage(2631, LogLevel.Warning, "{Count} workflows waited over connection {Connection} and are told that they failed: {Code}")]
        public static partial void Ended(ILogger logger, int count, string connection, string code);
    }
}
