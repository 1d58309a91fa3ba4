using B24RobotApp.Transfers.Audits;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Sendings;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;

namespace B24RobotApp.Transfers.Portals;

/// <summary>Erases what an uninstalled portal has left here, when its time of grace is over. The links stay, or doubles would appear if it came back.</summary>
public sealed class PortalEraser(
    PortalStore portals, TokenStore tokens, TransferStore transfers, ConnectionStore connections, ProfileStore profiles, ValueTableStore tables, SendingStore sendings, RobotStageStore robotStages,
    CatchUpChoices choices, AuditStore audits, WaitStore waits, FollowStore followed)
{
    /// <summary>Erases what is due: tokens, credentials, transfers with their payloads, the portal's own connections, profiles and value tables, what was learnt of its robots.</summary>
    /// <returns>The portals that were erased.</returns>
    public async Task<IReadOnlyList<Portal>> EraseDueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = (await portals.ListAsync(cancellationToken)).Where(portal => portal.EraseAt <= now).ToList();
        foreach (var portal in due)
        {
            await transfers.EraseAsync(portal.Id, cancellationToken);
            await sendings.EraseAsync(portal.Id, cancellationToken);
            await followed.EraseAsync(portal.Id, cancellationToken);
            await waits.EraseAsync(portal.Id, cancellationToken);
            await audits.EraseAsync(portal.Id, cancellationToken);
            await tokens.EraseAsync(portal, cancellationToken);
            await connections.EraseAsync(portal.Id, cancellationToken);
            await profiles.EraseAsync(portal.Id, cancellationToken);
            await tables.EraseAsync(portal.Id, cancellationToken);
            await robotStages.EraseAsync(portal.Id, cancellationToken);
            await choices.EraseAsync(portal.Id, cancellationToken);

            // Last, since it takes the portal off the list: whatever interrupts, the next run finishes.
            await portals.ForgetSecretsAsync(portal.Id, cancellationToken);
        }

        return due;
    }
}
