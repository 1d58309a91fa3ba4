using System.Globalization;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Waits;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>
/// Looks for robot calls that came while the app did not listen. A portal's queue posts each call once, and no method tells of those that were lost; so what is looked for are items that came to a stage from which a robot is
/// known to call, and workflows that wait there, without a transfer of ours. It only looks: nothing is written, here or on any portal.
/// </summary>
public sealed class CatchUpSearch(
    RobotStageStore robotStages, ListeningLog listening, CatchUpChoices choices, TransferStore transfers, WaitStore waits, ConnectionStore connections, PortalTraces traces, EsbHoldings holdings, TimeProvider clock)
{
    /// <summary>How far beyond a gap is looked: clocks differ, history is written in another order than it is numbered, and the app notes only now and then that it listens.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(5);

    /// <summary>A call that is younger may be under way.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    /// <summary>Stages from which nobody has called for so long are looked at no more.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(90);

    /// <summary>So much the delay of one robot may differ from call to call when it is looked at how many of those that came to a stage were called for.</summary>
    private static readonly TimeSpan DelayDiffers = TimeSpan.FromMinutes(10);

    /// <summary>What is known of the call of the robot that sends, in a workflow that waits.</summary>
    private enum KnownCall
    {
        Unknown,
        Open,
        Answered,
    }

    /// <summary>Looks at a portal.</summary>
    /// <exception cref="Bitrix24Exception">The portal does not answer.</exception>
    public Task<CatchUpReport> FindAsync(Portal portal, CancellationToken cancellationToken) => FindAsync(portal, null, cancellationToken);

    /// <summary>Looks at a portal, and also at a time of which a person knows that calls did not reach the app though it listened.</summary>
    /// <param name="portal">The portal.</param>
    /// <param name="outage">That time.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="Bitrix24Exception">The portal does not answer.</exception>
    public async Task<CatchUpReport> FindAsync(Portal portal, Gap? outage, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var gaps = await listening.GapsAsync(cancellationToken);
        gaps = outage is { } further ? [.. gaps.Append(further).OrderBy(gap => gap.From)] : gaps;
        var stages = (await robotStages.ListAsync(portal.Id, cancellationToken)).Where(stage => stage.LastCalledAt > now - Forgotten).ToList();
        if (gaps.Count == 0 || stages.Count == 0)
        {
            return new CatchUpReport { Gaps = gaps, Stages = stages };
        }

        var templates = await robotStages.TemplatesAsync(portal.Id, cancellationToken);
        var stays = await FindStaysAsync(portal, stages, gaps, now, cancellationToken);
        var oldest = stays.Select(stay => stay.EnteredAt).Append(gaps[0].From - Overlap).Min() - Overlap;
        var told = templates.Count > 0 ? await traces.WaitingAsync(portal, templates, oldest, now, cancellationToken) : null;
        var waiting = Waiting(told ?? [], templates, gaps, now);
        var known = await KnownAsync(portal, [.. stays.Select(stay => (stay.Robot.EntityTypeId, stay.ItemId)), .. waiting.Select(workflow => (workflow.Template.EntityTypeId, workflow.ItemId))], cancellationToken);

        // A workflow whose call we know waits for our answer, or for something behind it: for a lost call of the robot that waits, perhaps, where that one stands.
        var held = await waits.WorkflowsAsync(portal.Id, [.. (told ?? []).Select(workflow => workflow.Id)], cancellationToken);
        var withWaits = (told ?? []).Where(workflow => held.Contains(workflow.Id)).Select(workflow => workflow.TemplateId).ToHashSet();
        waiting.RemoveAll(workflow => held.Contains(workflow.Instance.Id));
        var called = waiting.ToLookup(workflow => known.TransfersOf(workflow.Template.EntityTypeId, workflow.ItemId).FirstOrDefault(transfer => transfer.Request.WorkflowId == workflow.Instance.Id) is { } transfer
            ? transfer.AnsweredAt is null ? KnownCall.Open : KnownCall.Answered
            : KnownCall.Unknown);
        var behind = called[KnownCall.Answered].Where(workflow => withWaits.Contains(workflow.Template.TemplateId)).ToList();
        waiting = [.. called[KnownCall.Unknown]];
        AddStaysOf(waiting, stages, stays, gaps);

        var open = stays.Where(stay => known.Has(stay) && !known.OwnTransfersOf(stay).Any()).ToList();
        var (esbIds, esbsTold) = await EsbIdsAsync(portal, open, cancellationToken);
        var before = await BeforeAsync(portal, open, gaps, cancellationToken);
        var dismissed = await choices.DismissedAsync(portal.Id, cancellationToken);
        var candidates = open.Select(stay => ToCandidate(stay, known, IsToldOf(stay), waiting, esbIds, before, now)).Where(candidate => !dismissed.Contains(candidate.Key));
        return new CatchUpReport
        {
            Gaps = gaps,
            Stages = stages,
            Candidates = [.. candidates.OrderBy(candidate => candidate.EnteredAt).ThenBy(candidate => candidate.ItemId)],
            Workflows =
            [
                .. waiting.Where(workflow => known.Has(workflow.Template.EntityTypeId, workflow.ItemId)).Select(workflow => ToStuck(workflow, stages, known)),
                .. behind.Where(workflow => known.Has(workflow.Template.EntityTypeId, workflow.ItemId)).Select(workflow => ToStuck(workflow, [], known) with { IsBehindAnswer = true }),
            ],
            TellsWorkflows = told is not null,
            EsbsTold = esbsTold,
        };

        // A template that was not seen since, and of which no workflow lives, may have been replaced by another one; then a missing workflow says nothing.
        bool IsToldOf(Stay stay) => told is not null
            && templates.Any(template => template.IsOf(stay.Robot) && (template.SeenAt > stay.EnteredAt || told.Any(workflow => workflow.TemplateId == template.TemplateId)));
    }

    /// <summary>Who came to the robots' stages at such a time that the call was due while nobody listened.</summary>
    private async Task<List<Stay>> FindStaysAsync(Portal portal, List<RobotStage> stages, IReadOnlyList<Gap> gaps, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var reads =
            from place in stages.GroupBy(stage => (stage.EntityTypeId, stage.Stage))
            from window in Windows(gaps, place.Max(stage => stage.Delay), place.Min(stage => stage.Delay))
            select (Robots: place.ToList(), Entries: traces.EntriesAsync(portal, place.Key.EntityTypeId, place.Key.Stage, window, cancellationToken));
        var stays = new List<Stay>();

        // All are asked at once; the client makes few requests of them.
        foreach (var (robots, entries) in reads.ToList())
        {
            stays.AddRange(
                from entry in await entries ?? []
                from robot in robots
                where entry.Stage == robot.Stage && entry.At + robot.Delay <= now - Fresh
                let gap = FindGap(gaps, entry.At + robot.Delay)
                where gap is not null
                select new Stay(robot, gap.Value, entry.OwnerId, entry.At, entry));
        }

        return stays;
    }

    /// <summary>The stretches of history to be read, such that they do not overlap.</summary>
    private static IEnumerable<Gap> Windows(IReadOnlyList<Gap> gaps, TimeSpan longestDelay, TimeSpan shortestDelay)
    {
        Gap? open = null;
        foreach (var gap in gaps)
        {
            var window = new Gap(gap.From - Overlap - longestDelay, gap.To + Overlap - shortestDelay);
            if (open is { } earlier && window.From <= earlier.To)
            {
                open = new Gap(earlier.From, window.To > earlier.To ? window.To : earlier.To);
                continue;
            }

            if (open is { } complete)
            {
                yield return complete;
            }

            open = window;
        }

        if (open is { } last)
        {
            yield return last;
        }
    }

    private static Gap? FindGap(IReadOnlyList<Gap> gaps, DateTimeOffset time)
    {
        foreach (var gap in gaps)
        {
            if (time >= gap.From - Overlap && time <= gap.To + Overlap)
            {
                return gap;
            }
        }

        return null;
    }

    /// <summary>Workflows that came to their waiting while nobody listened. Every row is compared: a condition that a portal does not know makes its list longer.</summary>
    private static List<WaitingWorkflow> Waiting(IReadOnlyList<WorkflowInstance> told, IReadOnlyList<StageTemplate> templates, IReadOnlyList<Gap> gaps, DateTimeOffset now)
    {
        var waiting = new List<WaitingWorkflow>();
        foreach (var workflow in told)
        {
            var underscore = workflow.DocumentId.LastIndexOf('_');
            if (templates.FirstOrDefault(template => template.TemplateId == workflow.TemplateId) is { } template
                && underscore > 0 && CrmKind.FindByDocument(workflow.DocumentId[..underscore])?.EntityTypeId == template.EntityTypeId
                && long.TryParse(workflow.DocumentId.AsSpan(underscore + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var itemId)
                && (workflow.ModifiedAt ?? workflow.StartedAt) is { } since && since <= now - Fresh && FindGap(gaps, since) is not null)
            {
                waiting.Add(new WaitingWorkflow(workflow, template, itemId, since));
            }
        }

        return waiting;
    }

    /// <summary>Where history says nothing (quotes have none, and older portals forget), the workflow alone tells of the item.</summary>
    private static void AddStaysOf(List<WaitingWorkflow> waiting, List<RobotStage> stages, List<Stay> stays, IReadOnlyList<Gap> gaps)
    {
        foreach (var workflow in waiting)
        {
            foreach (var robot in stages.Where(workflow.Template.IsOf).Where(robot => !stays.Exists(stay => stay.Robot == robot && stay.ItemId == workflow.ItemId)).ToList())
            {
                stays.Add(new Stay(robot, FindGap(gaps, workflow.Since)!.Value, workflow.ItemId, workflow.Instance.StartedAt ?? workflow.Since, null));
            }
        }
    }

    private async Task<ItemsInQuestion> KnownAsync(Portal portal, List<(int EntityTypeId, long ItemId)> items, CancellationToken cancellationToken)
    {
        var known = new ItemsInQuestion();
        foreach (var kind in items.GroupBy(item => item.EntityTypeId, item => item.ItemId))
        {
            var ids = kind.Distinct().ToList();
            var histories = traces.HistoriesAsync(portal, kind.Key, ids, cancellationToken);
            var found = traces.ItemsAsync(portal, kind.Key, ids);
            known.Add(kind.Key, await histories, await found, await transfers.OfItemsAsync(portal.Id, kind.Key, ids, cancellationToken));
        }

        return known;
    }

    private async Task<(Dictionary<(string Connection, int EntityTypeId, long ItemId), long> Ids, bool Told)> EsbIdsAsync(Portal portal, List<Stay> stays, CancellationToken cancellationToken)
    {
        var ids = new Dictionary<(string, int, long), long>();
        var told = true;
        var usable = await connections.UsableByAsync(portal, cancellationToken);
        foreach (var group in stays.GroupBy(stay => (stay.Robot.Connection, stay.Robot.EntityTypeId), stay => stay.ItemId))
        {
            if (usable.FirstOrDefault(connection => connection.Code == group.Key.Connection) is not { } connection || CrmKind.Find(group.Key.EntityTypeId) is not { } kind)
            {
                continue;
            }

            try
            {
                foreach (var (itemId, esbId) in await holdings.FindAsync(portal, connection, kind, [.. group.Distinct()], cancellationToken))
                {
                    ids[(connection.Code, group.Key.EntityTypeId, itemId)] = esbId;
                }
            }
            catch (Bitrix24Exception)
            {
                // Whoever sends finds out: a transfer looks before it creates.
                told = false;
            }
        }

        return (ids, told);
    }

    /// <summary>How many of those that came to a stage before, while the app listened, were called for. A stage whose robot has a condition is told from others by it.</summary>
    private async Task<Dictionary<RobotStage, (int Called, int Came)>> BeforeAsync(Portal portal, List<Stay> stays, IReadOnlyList<Gap> gaps, CancellationToken cancellationToken)
    {
        var before = new Dictionary<RobotStage, (int Called, int Came)>();
        foreach (var robot in stays.Where(stay => stay.Entry is not null).Select(stay => stay.Robot).Distinct())
        {
            var entries = (await traces.LatestEntriesAsync(portal, robot.EntityTypeId, robot.Stage, gaps[0].From - Overlap - robot.Delay))
                .Where(entry => entry.At >= robot.FirstCalledAt - robot.Delay - ItemsInQuestion.BeforeEntry && FindGap(gaps, entry.At + robot.Delay) is null).ToList();
            var called = (await transfers.OfItemsAsync(portal.Id, robot.EntityTypeId, [.. entries.Select(entry => entry.OwnerId).Distinct()], cancellationToken))
                .Where(transfer => transfer.Request.RobotCode == robot.RobotCode && transfer.Request.Connection == robot.Connection).ToLookup(transfer => transfer.Request.ItemId);
            before[robot] = (entries.Count(entry => called[entry.OwnerId].Any(transfer => (transfer.Request.CalledAt - entry.At - robot.Delay).Duration() <= DelayDiffers)), entries.Count);
        }

        return before;
    }

    private static CatchUpCandidate ToCandidate(
        Stay stay, ItemsInQuestion known, bool isTold, List<WaitingWorkflow> waiting, Dictionary<(string Connection, int EntityTypeId, long ItemId), long> esbIds,
        Dictionary<RobotStage, (int Called, int Came)> before, DateTimeOffset now)
    {
        var robot = stay.Robot;
        var item = known.Item(stay);
        var leftAt = known.LeftAt(stay);
        var workflow = leftAt is null ? waiting.Find(workflow => workflow.ItemId == stay.ItemId && workflow.Template.IsOf(robot)) : null;
        long? esbId = esbIds.TryGetValue((robot.Connection, robot.EntityTypeId, stay.ItemId), out var id) ? id : null;
        var facts = new StayFacts
        {
            Robot = robot,
            Gap = stay.Gap,
            Now = now,
            EnteredAt = stay.EnteredAt,
            Entry = stay.Entry,
            HasEarlierStage = known.HasEarlierStage(stay),
            LeftAt = leftAt,
            CurrentStage = item.Text("stageId") ?? "",
            CreatedAt = item.Property("createdTime").AsDateTime(),
            WorkflowWaits = workflow is not null ? true : isTold ? false : null,
            EsbId = esbId,
            SentSince = known.SentSince(stay)?.State.ToString().ToLowerInvariant(),
            Before = before.GetValueOrDefault(robot),
        };
        var (verdict, reasons) = CandidateJudge.Judge(facts);
        return new CatchUpCandidate
        {
            Robot = robot,
            ItemId = stay.ItemId,
            Title = item.Text("title") ?? "",
            EnteredAt = stay.EnteredAt,
            LeftAt = leftAt,
            CurrentStage = facts.CurrentStage,
            WorkflowId = workflow?.Instance.Id,
            EsbId = esbId,
            Verdict = verdict,
            Reasons = reasons,
        };
    }

    private static StuckWorkflow ToStuck(WaitingWorkflow workflow, List<RobotStage> stages, ItemsInQuestion known) => new()
    {
        Id = workflow.Instance.Id,
        EntityTypeId = workflow.Template.EntityTypeId,
        ItemId = workflow.ItemId,
        Title = known.Item(workflow.Template.EntityTypeId, workflow.ItemId).Text("title") ?? "",
        Stage = workflow.Template.Stage,
        Since = workflow.Since,
        EndsAt = workflow.Since + stages.Where(workflow.Template.IsOf).Select(robot => robot.Timeout).FirstOrDefault(timeout => timeout is not null),
    };
}
