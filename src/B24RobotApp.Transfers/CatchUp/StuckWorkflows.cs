using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Waits;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>Ends a workflow whose robot's call was lost, on a person's word. The robots behind ours do not run then.</summary>
public sealed partial class StuckWorkflows(CatchUpSearch search, PortalTraces traces, TransferStore transfers, WaitStore waits, SourcePortals sources, ILogger<StuckWorkflows> logger)
{
    /// <summary>Ends one workflow, by its own id alone, after looking at it once more: it is one of those found, it still waits in the same template for the same item, and its call has not come.</summary>
    /// <param name="portal">The portal.</param>
    /// <param name="id">The workflow.</param>
    /// <param name="reason">What its log shall say.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <returns><see langword="false"/> if it is none of those.</returns>
    /// <exception cref="Bitrix24Exception">The portal does not answer, or refuses.</exception>
    public async Task<bool> EndAsync(Portal portal, string id, string reason, CancellationToken cancellationToken)
    {
        var report = await search.FindAsync(portal, cancellationToken);
        if (report.Workflows.FirstOrDefault(workflow => workflow.Id == id) is not { } stuck || await traces.FindWorkflowAsync(portal, id) is not { } instance)
        {
            return false;
        }

        var called = stuck.IsBehindAnswer
            ? (await waits.WorkflowsAsync(portal.Id, [id], cancellationToken)).Count > 0
            : (await transfers.OfItemsAsync(portal.Id, stuck.EntityTypeId, [stuck.ItemId], cancellationToken)).Any(transfer => transfer.Request.WorkflowId == id);
        if (called || (instance.ModifiedAt ?? instance.StartedAt) != stuck.Since)
        {
            // It has gone on since, or is ours to answer.
            return false;
        }

        await sources.CallAsync(portal, null, WorkflowInstances.Terminate(id, reason));
        Log.Ended(logger, id, stuck.ItemId, portal.Address.Authority);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(2721, LogLevel.Information, "Workflow {Workflow} of item {DealId} of {Portal}, which waited for a lost robot call, was ended on an administrator's word")]
        public static partial void Ended(ILogger logger, string workflow, long dealId, string portal);
    }
}
