using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Waits;

/// <summary>
/// Lets go of waits to which nobody listens any more: the designer's time-out is over, the source deal was deleted, or its workflow went on (a deal that is moved to another stage ends what waited on the one before).
/// A portal tells of its workflows only if its plan has the workflow designer; elsewhere deleted deals are found, and a wait without a time-out ends after a year.
/// </summary>
public sealed partial class WaitUpkeep(
    WaitStore store, WaitEnding ending, PortalStore portals, SourcePortals sources, LivingWorkflows workflows, TimeProvider clock, ILogger<WaitUpkeep> logger)
{
    private const int Portion = 500;

    /// <summary>A wait that is younger is not asked about.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(10);

    /// <summary>Bitrix24 lets robots wait longer, but not those whom nobody remembers.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>Ends those whose time-out is over. Their robots went on by themselves.</summary>
    public async Task EndTimedOutAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Wait> waits;
        do
        {
            waits = await store.TimedOutAsync(Portion, cancellationToken);
            var outcomes = new List<(Wait, WaitOutcome)>();
            foreach (var wait in waits)
            {
                outcomes.Add((wait, await ending.FailureAsync(wait, "TIMED_OUT", texts => texts.WaitTimedOut(), cancellationToken) with { Status = WaitStatus.TimedOut }));
            }

            await store.EndSilentlyAsync(outcomes, cancellationToken);
        }
        while (waits.Count == Portion);
    }

    /// <summary>Ends those whose workflows do not wait any more. Costs little: pages of workflows, or 50 deals with a sub-call.</summary>
    public async Task EndLeftAsync(CancellationToken cancellationToken)
    {
        foreach (var portal in (await portals.ListAsync(cancellationToken)).Where(portal => portal.State == PortalState.Connected))
        {
            try
            {
                await EndLeftAsync(portal, cancellationToken);
            }
            catch (Bitrix24Exception exception)
            {
                Log.NotAsked(logger, portal.Address.Authority, exception.Code);
            }
        }
    }

    private async Task EndLeftAsync(Portal portal, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var after = 0L;
        IReadOnlyList<Wait> waits;
        do
        {
            waits = await store.OpenOfAsync(portal.Id, now - Settled, after, Portion, cancellationToken);
            if (waits.Count == 0)
            {
                return;
            }

            after = waits[^1].Sequence;
            var left = await FindLeftAsync(portal, waits);
            left.UnionWith(await FindDeletedAsync(portal, [.. waits.Except(left)]));
            var outcomes = new List<(Wait, WaitOutcome)>();
            foreach (var wait in waits.Where(wait => left.Contains(wait) || (wait.Request.TimesOutAt is null && now - wait.Request.CalledAt > Longest)))
            {
                outcomes.Add((wait, await ending.FailureAsync(wait, "WORKFLOW_ENDED", texts => texts.WaitLeft(), cancellationToken) with { Status = WaitStatus.Left }));
            }

            await store.EndSilentlyAsync(outcomes, cancellationToken);
        }
        while (waits.Count == Portion);
    }

    private async Task<HashSet<Wait>> FindLeftAsync(Portal portal, IReadOnlyList<Wait> waits) =>
        await workflows.FindAsync(portal, waits.Select(wait => wait.Request.WorkflowId).Where(id => id.Length > 0), waits.Min(wait => wait.Request.CalledAt)) is { } living
            ? [.. waits.Where(wait => wait.Request.WorkflowId.Length > 0 && !living.Contains(wait.Request.WorkflowId))]
            : [];

    private async Task<HashSet<Wait>> FindDeletedAsync(Portal portal, IReadOnlyList<Wait> waits)
    {
        var missing = new HashSet<Wait>();
        foreach (var kind in waits.GroupBy(wait => wait.Request.EntityTypeId))
        {
            if (CrmKind.Find(kind.Key) is not { } known)
            {
                continue;
            }

            foreach (var page in kind.Chunk(BatchLimits.PageSize))
            {
                var result = await sources.CallAsync(portal, null, EsbState.List(known, [.. page.Select(wait => wait.Request.ItemId).Distinct()]));
                var there = CrmItems.ReadItems(result).Select(item => item.Id("id") ?? 0).ToHashSet();
                missing.UnionWith(page.Where(wait => !there.Contains(wait.Request.ItemId)));
            }
        }

        // What is not listed may only be hidden.
        foreach (var portion in missing.Chunk(BatchLimits.MaxCommands))
        {
            var (_, outcomes) = await sources.CallGroupAsync(portal, null, [.. portion.Select(wait => CrmItems.Get(wait.Request.EntityTypeId, wait.Request.ItemId))], _ => false);
            missing.ExceptWith(portion.Where((_, i) => outcomes[i].Failure?.HasCode("NOT_FOUND") != true));
        }

        return missing;
    }

    private static partial class Log
    {
        [LoggerMessage(2651, LogLevel.Information, "{Portal} could not be asked which workflows still wait: {Code}; it is asked again in an hour")]
        public static partial void NotAsked(ILogger logger, string portal, string code);
    }
}
