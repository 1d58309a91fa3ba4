using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Tests.Running;
using Xunit;

namespace B24RobotApp.Transfers.Tests.CatchUp;

/// <summary>What can be found of robot calls that came while nobody listened, and what is said of each.</summary>
public sealed class CatchUpSearchTests : IAsyncLifetime
{
    private Downtime _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _app = await Downtime.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Without_a_downtime_there_is_nothing_to_find_and_nobody_is_asked()
    {
        _app.Enter();
        await _app.StopAsync();
        _app.Source.Journal.Clear();

        var report = await _app.FindAsync();

        Assert.Equal((0, 1, false), (report.Candidates.Count, report.Stages.Count, report.IsToActOn));
        Assert.Empty(_app.Source.Journal.Entries);
    }

    [Fact]
    public async Task A_deal_whose_workflow_waits_for_a_call_that_never_came_is_most_likely_one()
    {
        var deal = await LoseAsync(() => _app.Enter("Потерянная"));

        var report = await _app.FindAsync();

        var candidate = Assert.Single(report.Candidates);
        Assert.Equal((deal, "Потерянная", CatchUpVerdict.Likely), (candidate.ItemId, candidate.Title, candidate.Verdict));
        Assert.Equal([CatchUpSign.WorkflowWaits, CatchUpSign.CameFromAnotherStage], Downtime.Signs(candidate));
        Assert.Equal(_app.Source.Automation.Workflows[^1].Id, candidate.WorkflowId);
        var workflow = Assert.Single(report.Workflows);
        Assert.Equal((candidate.WorkflowId, deal, PortalPair.RobotStage, null), (workflow.Id, workflow.ItemId, workflow.Stage, workflow.EndsAt));
        Assert.True(report is { TellsWorkflows: true, EsbsTold: true, IsToActOn: true });
    }

    [Fact]
    public async Task What_was_imported_or_created_or_has_moved_on_is_told_apart()
    {
        var (lost, created, imported, old, moved) = await LoseAsync(() => (_app.Enter(), _app.Create(), _app.Import(), _app.Import(createdAt: "2024-01-10T10:00:00+03:00"), _app.Enter()));
        _app.Move(moved, "WON");

        var found = await _app.CandidatesAsync();

        Assert.Equal(
            new Dictionary<long, CatchUpVerdict>
            {
                [lost] = CatchUpVerdict.Likely, [created] = CatchUpVerdict.Likely, [imported] = CatchUpVerdict.Unlikely, [old] = CatchUpVerdict.Unlikely, [moved] = CatchUpVerdict.Doubtful,
            },
            found.ToDictionary(candidate => candidate.Key, candidate => candidate.Value.Verdict));
        Assert.Equal([CatchUpSign.WorkflowWaits, CatchUpSign.CreatedOnStage], Downtime.Signs(found[created]));
        Assert.Equal([CatchUpSign.NoWorkflowWaits, CatchUpSign.CreatedOnStage], Downtime.Signs(found[imported]));
        Assert.Equal([CatchUpSign.NoWorkflowWaits, CatchUpSign.OlderThanItsHistory], Downtime.Signs(found[old]));
        Assert.Equal([CatchUpSign.CameFromAnotherStage, CatchUpSign.MovedOn], Downtime.Signs(found[moved]));
        Assert.Equal(("WON", _app.Pair.Clock.GetUtcNow()), (found[moved].CurrentStage, found[moved].LeftAt));
    }

    // Trap 50.
    [Fact]
    public async Task On_a_plan_that_does_not_tell_of_workflows_history_alone_says_less()
    {
        _app.Source.Settings.HasWorkflowDesigner = false;
        var (lost, created, old) = await LoseAsync(() => (_app.Enter(), _app.Create(), _app.Import(createdAt: "2024-01-10T10:00:00+03:00")));

        var report = await _app.FindAsync();

        var found = report.Candidates.ToDictionary(candidate => candidate.ItemId, candidate => candidate.Verdict);
        Assert.False(report.TellsWorkflows);
        Assert.Empty(report.Workflows);
        Assert.Equal((CatchUpVerdict.Likely, CatchUpVerdict.Doubtful, CatchUpVerdict.Unlikely), (found[lost], found[created], found[old]));
    }

    [Fact]
    public async Task Who_installed_the_app_and_is_no_administrator_any_more_sees_no_workflows_but_still_the_history()
    {
        var deal = await LoseAsync(() => _app.Enter());
        await _app.Pair.Stores.Portals.SetInstallerAsync(_app.Pair.Portal.Id, PortalPair.Manager, Cancel);
        await _app.Pair.Stores.Tokens.SaveAsync(new(_app.Pair.Portal.MemberId, PortalPair.Manager), _app.Pair.Tokens(PortalPair.Manager), Cancel);
        var portal = (await _app.Pair.Stores.Portals.FindAsync(_app.Pair.Portal.Id, Cancel))!;

        var report = await _app.Search.FindAsync(portal, Cancel);

        Assert.Equal((deal, false), (Assert.Single(report.Candidates).ItemId, report.TellsWorkflows));
    }

    // Trap 48.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Portals_of_each_age_are_read_to_the_last_page(bool isOlder)
    {
        _app.Source.Settings.Generation = isOlder ? PortalGeneration.Older : PortalGeneration.Newest;
        _app.Source.Crm.Settings.HistoryIdsAreTexts = isOlder;
        _app.Source.Crm.Settings.PipelineChangeForgetsHistory = isOlder;
        _app.Source.Crm.Settings.HistoryCountsCanBeSkipped = !isOlder;
        var deals = await LoseAsync(() => Enumerable.Range(0, 300).Select(_ => _app.Enter()).ToList());
        _app.Source.Journal.Clear();
        _app.Pair.Esb.Journal.Clear();

        var report = await _app.FindAsync();

        Assert.Equal(deals, report.Candidates.Select(candidate => candidate.ItemId));
        Assert.All(report.Candidates, candidate => Assert.Equal(CatchUpVerdict.Likely, candidate.Verdict));
        Assert.Equal(300, report.Workflows.Count);
        TestContext.Current.TestOutputHelper!.WriteLine($"300 lost calls, {(isOlder ? "older" : "newest")} portal: {_app.Source.Journal.RequestCount} requests to the source ({_app.Source.Journal.CallCount} calls), {_app.Pair.Esb.Journal.RequestCount} to the ESB");
    }

    [Fact]
    public async Task An_older_portal_that_forgot_where_a_deal_came_from_still_says_that_it_was_moved()
    {
        _app.Source.Crm.Settings.PipelineChangeForgetsHistory = true;
        _app.Source.Settings.HasWorkflowDesigner = false;
        var deal = await LoseAsync(() =>
        {
            var other = _app.Pair.AddDeal(further: fields => fields["categoryId"] = 5);
            _app.Pass(10);
            PortalPair.Update(_app.Source, other, new() { ["categoryId"] = 0, ["stageId"] = PortalPair.RobotStage });
            return other;
        });

        Assert.Equal(CatchUpVerdict.Likely, (await _app.CandidatesAsync())[deal].Verdict);
    }

    [Theory]
    [InlineData(CrmEntityTypes.Lead, CatchUpVerdict.Likely, true)]
    [InlineData(CrmEntityTypes.SmartInvoice, CatchUpVerdict.Likely, true)]
    [InlineData(147, CatchUpVerdict.Likely, true)]
    [InlineData(CrmEntityTypes.Quote, CatchUpVerdict.Likely, false)]
    public async Task Other_kinds_are_found_by_their_history_and_those_without_one_by_their_workflow(int kind, CatchUpVerdict verdict, bool hasHistory)
    {
        if (kind == 147)
        {
            _app.Source.Run(() => _app.Source.Crm.AddSmartProcess(147, "Ремонт"));
        }

        long Add() => PortalPair.Add(_app.Source, kind, new() { ["title"] = "Другое", ["assignedById"] = PortalPair.Manager });
        var first = Add();
        var (category, stage) = StageOf(kind, first);
        await _app.Pair.UseProfileAsync($$"""{"schema":2,"from":"{{CrmKind.Find(kind)!.Name}}","to":"deal","name":{},"rules":[{"to":"title","from":"title"}]}""");
        _app.Place(stage, category, kind);
        foreach (var item in new[] { first, Add() })
        {
            _app.Pass(1);
            _app.Source.Crm.MoveItem(kind, item, stage);
            await _app.HearAsync(item, kind: kind);
        }

        var lost = await LoseAsync(() =>
        {
            var item = Add();
            _app.Source.Crm.MoveItem(kind, item, stage);
            return item;
        });

        var candidate = Assert.Single((await _app.FindAsync()).Candidates);
        Assert.Equal((kind, lost, stage, verdict), (candidate.Robot.EntityTypeId, candidate.ItemId, candidate.Robot.Stage, candidate.Verdict));
        Assert.Equal(hasHistory, Downtime.Signs(candidate).Contains(CatchUpSign.CameFromAnotherStage));
    }

    [Fact]
    public async Task A_deal_whose_call_came_after_all_is_none_and_so_is_one_that_is_gone_or_may_not_be_read()
    {
        var (late, deleted, hidden) = await LoseAsync(() => (_app.Enter(), _app.Enter(), _app.Enter()));
        await _app.HearAsync(late);
        _app.Source.Crm.DeleteDeal(deleted);

        Assert.Equal([hidden], (await _app.CandidatesAsync()).Keys);
        Assert.Equal([hidden], (await _app.FindAsync()).Workflows.Select(workflow => workflow.ItemId));
    }

    [Fact]
    public async Task Each_stay_on_the_stage_counts_for_itself()
    {
        await _app.StopAsync();
        _app.Pass(10);
        var deal = _app.Enter();
        _app.Pass(10);
        _app.Move(deal, "NEW");
        _app.Pass(10);
        _app.Move(deal, PortalPair.RobotStage);
        _app.Pass(10);
        await _app.ListenAsync();

        Assert.Equal([CatchUpVerdict.Doubtful, CatchUpVerdict.Likely], (await _app.FindAsync()).Candidates.Select(candidate => candidate.Verdict));

        // The second call comes late: only the first stay is without one, and what it would have brought is there.
        await _app.HearAsync(deal);

        var candidate = Assert.Single((await _app.FindAsync()).Candidates);
        Assert.Equal(CatchUpVerdict.Unlikely, candidate.Verdict);
        Assert.Contains(new CatchUpReason(CatchUpSign.SentSince, "done"), candidate.Reasons);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_ESB_holds_already_is_known_by_its_link_or_by_the_origin_over_there(bool hasLink)
    {
        var deal = _app.Enter();
        var esbId = (await _app.HearAsync(deal)).Outcome!.EsbDealId;
        _app.Pass(10);
        if (!hasLink)
        {
            // As after a restored backup.
            await _app.Pair.Stores.Links.DeleteAsync(_app.Pair.DealKey(deal), Cancel);
        }

        await LoseAsync(() =>
        {
            _app.Move(deal, "NEW");
            _app.Move(deal, PortalPair.RobotStage);
            return deal;
        });

        var candidate = Assert.Single((await _app.FindAsync()).Candidates);
        Assert.Equal((CatchUpVerdict.Likely, esbId), (candidate.Verdict, candidate.EsbId));
        Assert.Contains(CatchUpSign.OnEsb, Downtime.Signs(candidate));
    }

    [Fact]
    public async Task A_deal_that_was_made_anew_after_the_backup_is_found_by_its_origin_and_not_called_likely()
    {
        const string MakesAnew = """{"mode":["create"]}""";
        for (var call = 0; call < 2; call++)
        {
            _app.Pass(1);
            await _app.HearAsync(_app.Enter(), MakesAnew);
        }

        var deal = await LoseAsync(() => _app.Enter());
        var esbId = PortalPair.Add(_app.Pair.Esb, 2, new()
        {
            ["title"] = "Из потерянной базы", ["originatorId"] = $"b24:{_app.Pair.Portal.MemberId}", ["originId"] = $"{deal}:0123456789abcdef0123456789abcdef",
        });
        PortalPair.Add(_app.Pair.Esb, 2, new() { ["title"] = "Другая", ["originatorId"] = $"b24:{_app.Pair.Portal.MemberId}", ["originId"] = $"{deal}7:0123456789abcdef0123456789abcdef" });

        var candidate = Assert.Single((await _app.FindAsync()).Candidates);

        Assert.Equal((CatchUpVerdict.Doubtful, esbId), (candidate.Verdict, candidate.EsbId));
    }

    [Fact]
    public async Task An_ESB_that_does_not_answer_keeps_nobody_from_looking()
    {
        await LoseAsync(() => _app.Enter());
        _app.Pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));

        var report = await _app.FindAsync();

        Assert.Equal((1, false), (report.Candidates.Count, report.EsbsTold));
    }

    [Fact]
    public async Task Where_the_robot_calls_after_a_delay_the_call_counts_and_not_the_coming()
    {
        // Its calls come ten minutes after the deal.
        var delayed = _app.Enter();
        var call = _app.CallOf(delayed);
        _app.Pass(10);
        await _app.Pair.Stores.Transfers.TakeInAsync(call with { CalledAt = _app.Pair.Clock.GetUtcNow() }, Cancel);
        await _app.Pair.AttemptAsync();
        _app.Source.Settings.HasWorkflowDesigner = false;

        _app.Pass(20);
        var before = _app.Enter("Пришла до остановки, вызов после");
        _app.Pass(1);
        await _app.StopAsync();
        _app.Pass(60);
        var pending = _app.Enter("Ещё не время");
        await _app.ListenAsync();

        Assert.Equal([before], (await _app.CandidatesAsync()).Keys);
        _app.Pass(30);
        await _app.StopAsync();
        Assert.Equal([before], (await _app.CandidatesAsync()).Keys);
        Assert.NotEqual(before, pending);
    }

    [Fact]
    public async Task A_stage_whose_robot_has_called_for_some_only_makes_doubtful_candidates()
    {
        _app.Source.Settings.HasWorkflowDesigner = false;
        for (var i = 0; i < 6; i++)
        {
            _app.Pass(2);
            var deal = _app.Enter();
            if (i % 3 == 0)
            {
                await _app.HearAsync(deal);
            }
        }

        _app.Pass(30);
        var lost = await LoseAsync(() => _app.Enter());

        var candidate = (await _app.CandidatesAsync())[lost];
        Assert.Equal(CatchUpVerdict.Doubtful, candidate.Verdict);
        Assert.Contains(new CatchUpReason(CatchUpSign.RobotCallsForSome, "4/8"), candidate.Reasons);
    }

    [Fact]
    public async Task A_stage_whose_robot_has_called_for_all_says_so()
    {
        for (var i = 0; i < 4; i++)
        {
            _app.Pass(2);
            await _app.HearAsync(_app.Enter());
        }

        _app.Pass(30);
        var lost = await LoseAsync(() => _app.Enter());

        Assert.Contains(new CatchUpReason(CatchUpSign.RobotCallsForAll, "6/6"), (await _app.CandidatesAsync())[lost].Reasons);
    }

    [Fact]
    public async Task After_a_template_was_replaced_a_missing_workflow_says_nothing()
    {
        // All robots deleted and placed anew, shortly before the stop: nobody could learn the new template.
        _app.Source.Automation.Clear(0, PortalPair.RobotStage);
        _app.Place();
        var (lost, imported) = await LoseAsync(() => (_app.Enter(), _app.Import()));

        var found = await _app.CandidatesAsync();

        Assert.Equal((CatchUpVerdict.Likely, CatchUpVerdict.Doubtful), (found[lost].Verdict, found[imported].Verdict));
        Assert.DoesNotContain(CatchUpSign.NoWorkflowWaits, Downtime.Signs(found[imported]));
    }

    [Fact]
    public async Task A_template_that_was_seen_since_tells_of_missing_workflows_also_when_none_lives_any_more()
    {
        var (lost, imported) = await LoseAsync(() => (_app.Enter(), _app.Import()));
        _app.Move(lost, "WON");

        Assert.DoesNotContain(CatchUpSign.NoWorkflowWaits, Downtime.Signs((await _app.CandidatesAsync())[imported]));
        await _app.HearAsync(_app.Enter());

        Assert.Equal([CatchUpSign.NoWorkflowWaits, CatchUpSign.CreatedOnStage], Downtime.Signs((await _app.CandidatesAsync())[imported]));
    }

    [Fact]
    public async Task A_robot_whose_time_is_over_waits_no_more_and_that_says_nothing_either()
    {
        await using var app = await Downtime.StartAsync(timeout: TimeSpan.FromMinutes(20));
        await app.StopAsync();
        app.Pass(10);
        var over = app.Enter();
        app.Pass(40);
        var waiting = app.Enter();
        app.Pass(5);
        await app.ListenAsync();

        var report = await app.FindAsync();

        Assert.Equal([CatchUpVerdict.Likely, CatchUpVerdict.Likely], report.Candidates.Select(candidate => candidate.Verdict));
        Assert.Equal([over, waiting], report.Candidates.Select(candidate => candidate.ItemId));
        var workflow = Assert.Single(report.Workflows);
        Assert.Equal((waiting, report.Candidates[1].EnteredAt.AddMinutes(20)), (workflow.ItemId, workflow.EndsAt));
        Assert.True(report.IsToActOn);
    }

    [Fact]
    public async Task What_a_person_said_no_to_is_listed_no_more()
    {
        await LoseAsync(() => _app.Import());
        var candidate = Assert.Single((await _app.FindAsync()).Candidates);

        await _app.Pair.Stores.Choices.DismissAsync(_app.Pair.Portal.Id, 1, [candidate.Key], Cancel);

        Assert.Empty((await _app.FindAsync()).Candidates);
    }

    [Fact]
    public async Task Several_downtimes_are_looked_at_each_and_what_came_between_them_is_not()
    {
        var first = await LoseAsync(() => _app.Enter());
        _app.Pass(60);
        var between = _app.Enter("Условие робота не выполнено");
        _app.Pass(60);
        await _app.StopAsync();
        var second = await LoseAsync(() => _app.Enter());

        Assert.Equal([first, second], (await _app.CandidatesAsync()).Keys);
        Assert.NotEqual(first, between);
    }

    [Fact]
    public async Task A_time_in_which_a_person_knows_that_no_call_could_come_is_looked_at_too()
    {
        var down = await LoseAsync(() => _app.Enter());
        _app.Pass(60);
        var from = _app.Pair.Clock.GetUtcNow();
        _app.Pass(10);
        var unreachable = _app.Enter("Прокси не работал");
        _app.Pass(10);
        var to = _app.Pair.Clock.GetUtcNow();
        _app.Pass(60);
        await _app.StopAsync();

        Assert.Equal([down], (await _app.CandidatesAsync()).Keys);
        foreach (var outage in new[] { new Gap(from, to), new Gap(from.AddDays(-1), to) })
        {
            var candidates = (await _app.Search.FindAsync(_app.Pair.Portal, outage, Cancel)).Candidates;
            Assert.Equal([down, unreachable], candidates.Select(candidate => candidate.ItemId));
            Assert.All(candidates, candidate => Assert.Equal(CatchUpVerdict.Likely, candidate.Verdict));
        }
    }

    [Fact]
    public async Task By_its_own_clock_the_app_listened_is_a_reason_to_doubt()
    {
        _app.Pass(20);
        var shortlyBefore = _app.Enter();
        _app.Pass(2);
        await _app.StopAsync();
        _app.Pass(60);
        await _app.ListenAsync();

        var candidate = (await _app.CandidatesAsync())[shortlyBefore];
        Assert.Equal(CatchUpVerdict.Doubtful, candidate.Verdict);
        Assert.Contains(CatchUpSign.WasListening, Downtime.Signs(candidate));
    }

    private (int Category, string Stage) StageOf(int kind, long itemId)
    {
        var item = _app.Source.Call("crm.item.get", new() { ["entityTypeId"] = kind, ["id"] = itemId })!["item"]!;
        var category = (int)(item["categoryId"]?.GetValue<long>() ?? 0);
        var directory = kind switch
        {
            CrmEntityTypes.Lead => "STATUS",
            CrmEntityTypes.Quote => "QUOTE_STATUS",
            CrmEntityTypes.SmartInvoice => $"SMART_INVOICE_STAGE_{category}",
            _ => $"DYNAMIC_{kind}_STAGE_{category}",
        };
        var stages = _app.Source.Call("crm.status.list", new() { ["filter"] = new System.Text.Json.Nodes.JsonObject { ["ENTITY_ID"] = directory }, ["order"] = new System.Text.Json.Nodes.JsonObject { ["SORT"] = "ASC" } })!.AsArray();
        return (category, stages[1]!["STATUS_ID"]!.ToString());
    }

    /// <summary>Something happens in the middle of an hour in which the app does not listen.</summary>
    private async Task<T> LoseAsync<T>(Func<T> happens)
    {
        _app.Pass(10);
        await _app.StopAsync();
        _app.Pass(20);
        var result = happens();
        _app.Pass(40);
        await _app.ListenAsync();
        return result;
    }
}
