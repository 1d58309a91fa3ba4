using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Queue;

/// <summary>
/// Pauses a portal's connection and lets it go on. While it is paused calls are accepted and transfers wait, on disk, without an attempt being made; what is under way comes to the end of its attempt.
/// </summary>
/// <remarks>
/// The time of a transfer does not run out while its connection is paused: a person stopped it, so a person's deals are not given up for that. Going on is like sending again by hand: whatever waits
/// has the full time (<see cref="TransferOptions.GiveUpAfter"/>) from then. What a robot's own settings say stays: one that is not to be sent late is answered at its time-out, paused or not, since
/// its workflow goes on without it.
/// </remarks>
public sealed partial class ConnectionPauses(
    ConnectionStore connections, TransferStore transfers, TransferSignal signal, IOptions<TransferOptions> options, TimeProvider clock, ILogger<ConnectionPauses> logger)
{
    /// <summary>From now on the connection's transfers wait, restarts included.</summary>
    public async Task PauseAsync(string connection, CancellationToken cancellationToken)
    {
        await connections.PauseAsync(connection, clock.GetUtcNow(), cancellationToken);
        Log.Paused(logger, connection);
    }

    /// <summary>The transfers go on at once. Broken off and done again, it does the same: nothing counts twice.</summary>
    /// <param name="portal">The connection's owner, whose transfers alone it carries.</param>
    /// <param name="connection">The connection's code.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task ResumeAsync(PortalId portal, string connection, CancellationToken cancellationToken)
    {
        var lane = new Lane(portal, connection);

        // First the time, or the first ones could be given up before they got it.
        await transfers.ProlongAsync(lane, clock.GetUtcNow() + options.Value.GiveUpAfter, cancellationToken);
        await connections.ResumeAsync(connection, cancellationToken);
        await transfers.HastenAsync(lane, cancellationToken);
        signal.Wake(lane);
        Log.Resumed(logger, connection);
    }

    private static partial class Log
    {
        [LoggerMessage(2231, LogLevel.Information, "Connection {Connection} is paused by an administrator; its transfers wait")]
        public static partial void Paused(ILogger logger, string connection);

        [LoggerMessage(2232, LogLevel.Information, "Connection {Connection} goes on; its transfers leave now")]
        public static partial void Resumed(ILogger logger, string connection);
    }
}
