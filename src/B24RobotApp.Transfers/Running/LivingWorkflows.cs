using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Portals;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running;

/// <summary>Which workflows of a source portal are still under way. Source: bizproc/bizproc-workflow-instances.md.</summary>
public sealed partial class LivingWorkflows(SourcePortals sources, TimeProvider clock, ILogger<LivingWorkflows> logger)
{
    /// <summary>So few are asked for one by one; for more, pages of all workflows under way are cheaper.</summary>
    private const int MostAskedSingly = 4;

    /// <summary>Workflows end while their pages are read, and those behind them move up; pages overlap, so that one sees whether any were missed.</summary>
    private const int PageStep = 40;

    /// <summary>After so many pages that did not join the one before, those not found are cheaper asked for by name. On a portal that knows whole pages only, none but the first ever joins.</summary>
    private const int MostGaps = 3;

    /// <summary>How long it is believed that a portal does not tell of its workflows: a plan is changed, or a right given.</summary>
    public static readonly TimeSpan RefusalBelieved = TimeSpan.FromHours(1);

    /// <summary>A workflow begins before it calls its robot; so much the portal's clocks may differ.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<PortalId, DateTimeOffset> _tellsNothing = new();

    /// <summary>Those of some workflows that are still under way.</summary>
    /// <param name="portal">Their portal.</param>
    /// <param name="workflows">Their ids.</param>
    /// <param name="oldestCall">When the first of them called a robot.</param>
    /// <returns><see langword="null"/> if the portal does not tell: the plan has no workflow designer, or the installing user is no administrator any more.</returns>
    /// <exception cref="Bitrix24Exception">It could not be asked.</exception>
    public async Task<IReadOnlySet<string>?> FindAsync(Portal portal, IEnumerable<string> workflows, DateTimeOffset oldestCall)
    {
        if (_tellsNothing.TryGetValue(portal.Id, out var until) && until > clock.GetUtcNow())
        {
            return null;
        }

        var asked = workflows.ToHashSet(StringComparer.Ordinal);
        var living = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            if (asked.Count > MostAskedSingly)
            {
                await ReadPagesAsync(portal, oldestCall - ClockDifference, asked, living);
            }

            foreach (var portion in asked.Chunk(BatchLimits.MaxCommands))
            {
                var (_, outcomes) = await sources.CallGroupAsync(portal, null, [.. portion.Select(id => WorkflowInstances.List(new JsonObject { ["ID"] = id }))], _ => false);
                for (var i = 0; i < portion.Length; i++)
                {
                    // A condition that a portal does not know makes the list longer: each row is looked at.
                    living.UnionWith(WorkflowInstances.Read(outcomes[i].GetOrThrow()).Select(workflow => workflow.Id).Where(id => id == portion[i]));
                }
            }

            return living;
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            Log.TellsNothing(logger, portal.Address.Authority, exception.Code);
            _tellsNothing[portal.Id] = clock.GetUtcNow() + RefusalBelieved;
            return null;
        }
    }

    /// <summary>Goes through the workflows from the youngest to the oldest in question. Those of whom is known then whether they live are asked for no more.</summary>
    private async Task ReadPagesAsync(Portal portal, DateTimeOffset oldest, HashSet<string> asked, HashSet<string> living)
    {
        var start = 0;
        var gaps = 0;
        HashSet<string> before = [];
        for (var left = asked.Count; left > 0; left--)
        {
            var page = await sources.CallAsync(portal, null, WorkflowInstances.List([], start, youngestFirst: true));
            var workflows = WorkflowInstances.Read(page).ToList();
            if (start > 0 && !workflows.Exists(workflow => before.Contains(workflow.Id)))
            {
                // So many have ended meanwhile that those between the two pages have moved past.
                if (++gaps == MostGaps)
                {
                    break;
                }

                start = Math.Max(0, start - BatchLimits.PageSize);
                continue;
            }

            start += PageStep;
            before = [.. workflows.Select(workflow => workflow.Id)];
            living.UnionWith(before.Where(asked.Contains));

            if (page.Next is null || workflows.Count == 0 || workflows[^1].StartedAt < oldest)
            {
                // The rest has ended.
                asked.Clear();
                return;
            }
        }

        // More pages than answers, or pages that do not join: those not found are cheaper asked for by name.
        asked.ExceptWith(living);
    }

    private static partial class Log
    {
        [LoggerMessage(2312, LogLevel.Information, "{Portal} does not tell which workflows are under way ({Code}); each answer is sent twice there")]
        public static partial void TellsNothing(ILogger logger, string portal, string code);
    }
}
