using System.Globalization;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Transfers.Queue;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>Trap 52: a portal says that it took the answer, and the workflow waits on.</summary>
public sealed class AnswerConfirmationTests : IAsyncLifetime
{
    private PortalPair _pair = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _pair = await StartAsync();
        _pair.Source.Settings.Generation = PortalGeneration.Newest;
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task An_answer_that_a_locked_workflow_lost_is_sent_again_until_it_is_taken()
    {
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(35);
        var (workflow, id) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.RunAsync(id);
        Assert.Equal(WorkflowState.Running, workflow.State);

        Assert.Equal(2, await SettleAsync());

        Assert.Equal(WorkflowState.Completed, workflow.State);
        Assert.Equal("created", workflow.Returned.Values.Single()["status"]!.ToString());
        Assert.Null(await _pair.Stores.Transfers.NextUnconfirmedAsync(Cancel));
    }

    [Fact]
    public async Task An_answer_that_was_taken_costs_one_question_and_is_not_sent_again()
    {
        await _pair.CarryAsync(_pair.AddDeal());
        _pair.Source.Journal.Clear();

        Assert.Equal(0, await SettleAsync());

        Assert.Equal(["bizproc.workflow.instances"], Methods(_pair.Source));
    }

    [Theory]
    [InlineData(PortalGeneration.Older)]
    [InlineData(PortalGeneration.Newest)]
    public async Task Many_robots_whose_workflows_are_locked_after_the_call_all_get_their_values(PortalGeneration generation)
    {
        const int Count = 300;
        _pair.Source.Settings.Generation = generation;
        var workflows = new List<Workflow>();
        for (var i = 0; i < Count; i++)
        {
            _pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(i % 6);
            workflows.Add((await _pair.SendAsync(_pair.AddDeal())).Workflow);
        }

        _pair.Source.Journal.Clear();
        await _pair.AttemptManyAsync(Count);
        var without = Methods(_pair.Source).Count;
        while (await _pair.Stores.Transfers.NextDueAsync(new Lane(_pair.Portal.Id, "main"), Cancel) is { } due)
        {
            _pair.Clock.SetUtcNow(due > _pair.Clock.GetUtcNow() ? due : _pair.Clock.GetUtcNow());
            await _pair.AttemptManyAsync(Count);
        }

        await SettleAsync();

        Assert.All(workflows, workflow => Assert.Equal("created", workflow.Returned.Values.Single()["status"]!.ToString()));
        Assert.All(workflows, workflow => Assert.Equal(WorkflowState.Completed, workflow.State));
        var extra = (Methods(_pair.Source).Count - without) / (double)Count;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{generation}: {Count} robots, {_pair.Source.Journal.Entries.Count} requests in all, {extra:0.00} extra calls a transfer"));
        Assert.InRange(extra, 0, 6);
    }

    [Fact]
    public async Task Of_workflows_that_move_up_many_places_while_their_pages_are_read_none_counts_as_gone()
    {
        var (deals, workflows) = (new List<long>(), new List<Workflow>());
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromMinutes(3);
        for (var i = 0; i < 120; i++)
        {
            deals.Add(_pair.AddDeal());
            workflows.Add((await _pair.SendAsync(deals[i])).Workflow);
            _pair.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await _pair.AttemptManyAsync(120);
        _pair.Clock.Advance(TimeSpan.FromSeconds(10));
        var first = _pair.Source.Faults.Add(new FaultRule(FaultKind.Held, "bizproc.workflow.instances", count: 1));
        var second = _pair.Source.Faults.Add(new FaultRule(FaultKind.Held, "bizproc.workflow.instances", count: 1));
        var sweep = _pair.Confirmation.SweepAsync(Cancel);
        first.Release();
        await Testing.Eventually.Async(() => second.Struck == 1, TimeSpan.FromSeconds(20), Cancel);

        // The youngest stand on the page that has been read: those behind them move up by more than pages overlap.
        foreach (var deal in deals.TakeLast(35))
        {
            _pair.Source.Crm.MoveItem(2, deal, "WON");
        }

        second.Release();
        await sweep;
        await SettleAsync();

        Assert.All(workflows.SkipLast(35), workflow => Assert.Equal(WorkflowState.Completed, workflow.State));
    }

    [Fact]
    public async Task On_a_portal_that_knows_whole_pages_only_each_robot_gets_its_values_for_a_question_more()
    {
        const int Count = 120;
        _pair.Source.Settings.BizprocListsKnowWholePagesOnly = true;
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(5);
        var workflows = new List<Workflow>();
        for (var i = 0; i < Count; i++)
        {
            workflows.Add((await _pair.SendAsync(_pair.AddDeal())).Workflow);
        }

        await _pair.AttemptManyAsync(Count);
        _pair.Clock.SetUtcNow((await _pair.Stores.Transfers.NextUnconfirmedAsync(Cancel))!.Value);
        _pair.Source.Journal.Clear();
        await _pair.Confirmation.SweepAsync(Cancel);
        var questions = Methods(_pair.Source).Count(method => method == "bizproc.workflow.instances");
        await SettleAsync();

        Assert.All(workflows, workflow => Assert.Equal(WorkflowState.Completed, workflow.State));
        Assert.InRange(questions, 1, Count + 10);
    }

    [Fact]
    public async Task Where_the_plan_does_not_tell_of_workflows_the_answer_is_sent_a_second_time_once()
    {
        _pair.Source.Settings.HasWorkflowDesigner = false;
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(5);
        var (workflow, id) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.RunAsync(id);

        Assert.Equal(1, await SettleAsync());

        Assert.Equal(WorkflowState.Completed, workflow.State);
    }

    [Fact]
    public async Task What_is_to_be_confirmed_survives_a_crash()
    {
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(5);
        var (workflow, id) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.RunAsync(id);

        _pair.Restart();
        await SettleAsync();

        Assert.Equal(WorkflowState.Completed, workflow.State);
    }

    [Fact]
    public async Task Trap_49_a_workflow_whose_deal_moved_on_is_let_go_quietly()
    {
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(5);
        var deal = _pair.AddDeal();
        var (workflow, id) = await _pair.SendAsync(deal);
        await _pair.RunAsync(id);
        _pair.Source.Crm.MoveItem(2, deal, "WON");

        Assert.Equal(0, await SettleAsync());

        Assert.Equal(WorkflowState.Terminated, workflow.State);
    }

    [Fact]
    public async Task A_robot_whose_time_is_over_is_not_answered_again()
    {
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromMinutes(30);
        var (_, id) = await _pair.SendAsync(_pair.AddDeal(), timeout: TimeSpan.FromSeconds(5));
        await _pair.RunAsync(id);

        Assert.Equal(0, await SettleAsync());
    }

    [Fact]
    public async Task A_workflow_that_never_takes_its_answer_is_left_to_itself_after_some_times()
    {
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromDays(1);
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.RunAsync(id);

        Assert.Equal(4, await SettleAsync());
    }

    [Fact]
    public async Task A_portal_that_cannot_be_reached_is_asked_again_later()
    {
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(5);
        var (workflow, id) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.RunAsync(id);
        _pair.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, count: 3));

        await SettleAsync();

        Assert.Equal(WorkflowState.Completed, workflow.State);
    }

    [Fact]
    public async Task A_failed_transfer_that_is_sent_again_before_its_answer_is_sure_is_answered_anew()
    {
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(5);
        var (workflow, id) = await _pair.SendAsync(_pair.AddDeal());
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.item.add", count: 1));
        Assert.Equal(TransferState.Failed, (await _pair.RunAsync(id)).State);
        _pair.Clock.Advance(TimeSpan.FromSeconds(6));

        await _pair.Stores.Transfers.RetryAsync(id, _pair.Clock.GetUtcNow().AddDays(3), Cancel);
        await _pair.RunAsync(id);

        Assert.Equal("created", workflow.Returned.Values.Single()["status"]!.ToString());
    }

    /// <summary>Lets time pass until nothing is left to look after.</summary>
    /// <returns>How often answers were sent again.</returns>
    private async Task<int> SettleAsync()
    {
        var before = Answers();
        while (await _pair.Stores.Transfers.NextUnconfirmedAsync(Cancel) is { } next)
        {
            _pair.Clock.SetUtcNow(next > _pair.Clock.GetUtcNow() ? next : _pair.Clock.GetUtcNow());
            await _pair.Confirmation.SweepAsync(Cancel);
            await _pair.Source.WhenIdleAsync();
        }

        return Answers() - before;
    }

    private int Answers() => Methods(_pair.Source).Count(method => method == "bizproc.event.send");
}
