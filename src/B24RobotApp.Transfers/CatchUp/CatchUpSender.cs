using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>Sends what was missed: a transfer without anybody who waits, which a call that was only late joins.</summary>
public sealed partial class CatchUpSender(TransferStore store, TransferSignal signal, IOptions<TransferOptions> options, TimeProvider clock, ILogger<CatchUpSender> logger)
{
    /// <summary>A call is stamped by another machine of the portal than the history.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    /// <summary>Makes a transfer of each candidate whose call has not come meanwhile.</summary>
    /// <returns>How many there are.</returns>
    public async Task<int> SendAsync(Portal portal, IEnumerable<CatchUpCandidate> candidates, CancellationToken cancellationToken)
    {
        var sent = 0;
        foreach (var candidate in candidates)
        {
            if (await TrySendAsync(portal, candidate, cancellationToken))
            {
                signal.Wake(new Lane(portal.Id, candidate.Robot.Connection));
                sent++;
            }
        }

        if (sent > 0)
        {
            Log.Sent(logger, sent, portal.Address.Authority);
        }

        return sent;
    }

    private Task<bool> TrySendAsync(Portal portal, CatchUpCandidate candidate, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var robot = candidate.Robot;
        var transfer = new NewTransfer
        {
            Id = TransferId.New(now),
            Portal = portal.Id,
            RobotCode = robot.RobotCode,

            // In place of the token that nobody tells; it makes a candidate one transfer however often it is sent.
            EventToken = candidate.Key,
            WorkflowId = "",
            EntityTypeId = robot.EntityTypeId,
            ItemId = candidate.ItemId,
            UserId = robot.UserId,
            Connection = robot.Connection,
            Properties = robot.CommonProperties,
            Waits = false,
            CalledAt = candidate.EnteredAt,
            ReceivedAt = now,
            GiveUpAt = now + options.Value.GiveUpAfter,
            Verified = true,
        };
        var usual = candidate.EnteredAt + robot.Delay;
        var leftAt = candidate.LeftAt + ItemsInQuestion.Second;
        return store.TryCatchUpAsync(transfer, leftAt, leftAt ?? (usual > now ? usual : now) + ClockTolerance, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(2711, LogLevel.Information, "{Count} items of {Portal} are sent though no robot call came for them: they reached its stage while the app did not listen")]
        public static partial void Sent(ILogger logger, int count, string portal);
    }
}
