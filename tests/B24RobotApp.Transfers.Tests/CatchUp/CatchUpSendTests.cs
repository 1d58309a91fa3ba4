using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Tests.Running;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace B24RobotApp.Transfers.Tests.CatchUp;

/// <summary>What was missed is sent, once; a call that was only late is answered by it; a workflow that cannot be answered is ended on a person's word alone.</summary>
public sealed class CatchUpSendTests : IAsyncLifetime
{
    private Downtime _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _app = await Downtime.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task What_was_missed_arrives_once_marked_and_is_missed_no_more()
    {
        var deal = await LoseAsync("Потерянная");
        var report = await _app.FindAsync();

        Assert.Equal(1, await _app.SendAsync(report.Candidates));
        Assert.Equal(0, await _app.SendAsync(report.Candidates));

        var transfer = await TransferOfAsync(deal);
        Assert.Equal((TransferState.Done, true, OutcomeStatus.Created), (transfer.State, transfer.IsCaughtUp, transfer.Outcome!.Status));
        Assert.Single(EsbDeals("Потерянная"));
        var comment = Assert.Single(_app.Source.Run(() => _app.Source.Crm.Comments(deal).ToList()));
        Assert.Contains("Отправлена с опозданием", comment.Text, StringComparison.Ordinal);
        report = await _app.FindAsync();
        Assert.Empty(report.Candidates);

        // The deal has arrived; its workflow waits all the same, and nobody can answer it.
        Assert.Equal(deal, Assert.Single(report.Workflows).ItemId);
        Assert.DoesNotContain(PortalPair.Methods(_app.Source), method => method is "bizproc.workflow.terminate" or "bizproc.workflow.kill" or "bizproc.workflow.start");
    }

    [Theory]
    [InlineData("""{"mode":["create"]}""", "created")]
    [InlineData("""{"mode":["update"]}""", "created")]
    public async Task A_call_that_was_only_late_is_answered_by_what_has_been_sent_and_makes_no_double(string properties, string status)
    {
        await _app.HearAsync(_app.Enter(), properties);
        var deal = await LoseAsync("Опоздавшая");
        await _app.SendAsync((await _app.FindAsync()).Candidates);

        var transfer = await _app.HearAsync(deal, properties);

        Assert.Single(EsbDeals("Опоздавшая"));
        var workflow = WorkflowOf(deal);
        Assert.Equal((WorkflowState.Completed, status), (workflow.State, workflow.Returned.Values.Single()["status"]!.ToString()));
        Assert.Equal(transfer.Outcome!.EsbDealId?.ToString(System.Globalization.CultureInfo.InvariantCulture), workflow.Returned.Values.Single()["esb_deal_id"]!.ToString());
        Assert.Single(_app.Source.Run(() => _app.Source.Crm.Comments(deal).ToList()));
        Assert.Single(await _app.Pair.Stores.Transfers.OfItemsAsync(_app.Pair.Portal.Id, 2, [deal], Cancel));
        Assert.False((await _app.FindAsync()).IsToActOn);
    }

    [Fact]
    public async Task A_call_that_comes_while_the_ESB_is_being_written_to_is_answered_too()
    {
        var deal = await LoseAsync("Как раз пишется");
        await _app.Sender.SendAsync(_app.Pair.Portal, (await _app.FindAsync()).Candidates, Cancel);
        var held = _app.Pair.Esb.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.add", count: 1));
        var attempt = _app.Pair.AttemptAsync();
        await Eventually.Async(() => held.Struck > 0, TimeSpan.FromSeconds(30), Cancel);

        await _app.Pair.Stores.Transfers.TakeInAsync(_app.CallOf(deal), Cancel);
        held.Release();
        Assert.Equal(TransferState.Queued, (await attempt)!.State);
        Assert.Equal(WorkflowState.Running, WorkflowOf(deal).State);
        await _app.Pair.AttemptAsync();

        Assert.Equal(WorkflowState.Completed, WorkflowOf(deal).State);
        Assert.Single(EsbDeals("Как раз пишется"));
    }

    [Fact]
    public async Task A_late_call_after_the_deal_failed_is_told_so()
    {
        var deal = await LoseAsync("Не приняли");
        _app.Pair.Esb.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.item.add") { Code = "ACCESS_DENIED", Status = 400 });
        await _app.SendAsync((await _app.FindAsync()).Candidates);
        _app.Pair.Esb.Faults.Clear();

        await _app.HearAsync(deal);

        Assert.Equal(("failed", "ACCESS_DENIED"), (WorkflowOf(deal).Returned.Values.Single()["status"]!.ToString(), WorkflowOf(deal).Returned.Values.Single()["error_code"]!.ToString()));
    }

    [Fact]
    public async Task A_later_stay_on_the_stage_is_a_new_transfer()
    {
        var deal = await LoseAsync("Вернётся");
        await _app.SendAsync((await _app.FindAsync()).Candidates);
        _app.Pass(5);
        _app.Move(deal, "NEW");
        PortalPair.Update(_app.Source, deal, new() { ["title"] = "Вернулась" });
        _app.Move(deal, PortalPair.RobotStage);

        var transfer = await _app.HearAsync(deal);

        Assert.Equal((false, OutcomeStatus.Updated), (transfer.IsCaughtUp, transfer.Outcome!.Status));
        Assert.Single(EsbDeals("Вернулась"));
    }

    [Fact]
    public async Task It_is_sent_with_the_settings_of_the_last_call_and_without_what_was_another_deals()
    {
        await _app.HearAsync(_app.Enter("А"), """{"deal_title":["А для ЕСБ"],"comment":["всем"],"timeline":["N"]}""");
        _app.Pass(1);
        await _app.HearAsync(_app.Enter("Б"), """{"deal_title":["Б для ЕСБ"],"comment":["всем"],"timeline":["N"]}""");
        var deal = await LoseAsync("В");

        var candidate = Assert.Single((await _app.FindAsync()).Candidates);
        Assert.Equal(CatchUpVerdict.Doubtful, candidate.Verdict);
        Assert.Contains(new CatchUpReason(CatchUpSign.SettingsLeftOut, "deal_title, comment"), candidate.Reasons);
        await _app.SendAsync(candidate);

        var transfer = await TransferOfAsync(deal);
        Assert.Equal("""{"timeline":["N"]}""", Downtime.Settings(transfer));
        Assert.Single(EsbDeals("В"));
        Assert.Empty(_app.Source.Run(() => _app.Source.Crm.Comments(deal).ToList()));
    }

    // Traps 51 and 53.
    [Theory]
    [InlineData(PortalGeneration.Older)]
    [InlineData(PortalGeneration.Newest)]
    public async Task A_workflow_is_ended_on_a_persons_word_that_one_and_no_other(PortalGeneration generation)
    {
        _app.Source.Settings.Generation = generation;
        var (first, second) = (await LoseAsync("Раз"), _app.Enter("Два, робот вызвал"));
        var id = WorkflowOf(first).Id;

        Assert.True(await _app.Stuck.EndAsync(_app.Pair.Portal, id, "Завершён", Cancel));

        Assert.Equal((WorkflowState.Terminated, "Завершён"), (WorkflowOf(first).State, WorkflowOf(first).Log[^1]));
        Assert.Equal(WorkflowState.Running, WorkflowOf(second).State);
        Assert.Single(PortalPair.Methods(_app.Source), method => method == "bizproc.workflow.terminate");
        Assert.False(await _app.Stuck.EndAsync(_app.Pair.Portal, id, "Завершён", Cancel));
        Assert.False(await _app.Stuck.EndAsync(_app.Pair.Portal, WorkflowOf(second).Id, "Завершён", Cancel));
        Assert.False(await _app.Stuck.EndAsync(_app.Pair.Portal, "", "Завершён", Cancel));
        Assert.Equal(WorkflowState.Running, WorkflowOf(second).State);
    }

    [Fact]
    public async Task A_lost_call_of_the_robot_that_waits_is_found_behind_the_robot_that_sent_where_others_wait_by_it()
    {
        _app.PlaceWaiting();
        var listed = _app.Enter("Ждёт");
        await _app.HearAsync(listed);
        var (lost, gone) = (_app.Enter("Потерял ожидание"), _app.Enter("Передвинут"));
        await _app.HearAsync(lost);
        await _app.HearAsync(gone);
        _app.Move(gone, "WON");
        await _app.StopAsync();
        _app.Pass(40);
        await _app.ListenAsync();

        // While nobody is known to wait there, it may as well be a pause.
        Assert.Empty((await _app.FindAsync()).Workflows);

        await _app.HearWaitingAsync(listed);
        var report = await _app.FindAsync();
        var stuck = Assert.Single(report.Workflows);
        Assert.Equal((WorkflowOf(lost).Id, lost, "Потерял ожидание", true, null), (stuck.Id, stuck.ItemId, stuck.Title, stuck.IsBehindAnswer, stuck.EndsAt));
        Assert.Empty(report.Candidates);
        Assert.True(report.IsToActOn);

        Assert.True(await _app.Stuck.EndAsync(_app.Pair.Portal, stuck.Id, "Завершён", Cancel));
        Assert.Equal((WorkflowState.Terminated, WorkflowState.Running), (WorkflowOf(lost).State, WorkflowOf(listed).State));
        Assert.Empty((await _app.FindAsync()).Workflows);
    }

    [Fact]
    public async Task A_waiting_robots_call_that_was_only_late_takes_its_workflow_off_the_list()
    {
        _app.PlaceWaiting();
        var (other, late) = (_app.Enter("Ждёт"), _app.Enter("Опоздал"));
        await _app.HearAsync(other);
        await _app.HearAsync(late);
        await _app.HearWaitingAsync(other);
        await _app.StopAsync();
        _app.Pass(40);
        await _app.ListenAsync();
        var stuck = Assert.Single((await _app.FindAsync()).Workflows);
        await _app.HearWaitingAsync(late);

        Assert.Empty((await _app.FindAsync()).Workflows);
        Assert.False(await _app.Stuck.EndAsync(_app.Pair.Portal, stuck.Id, "Завершён", Cancel));
    }

    [Fact]
    public async Task A_workflow_whose_call_came_meanwhile_is_not_ended()
    {
        var deal = await LoseAsync("Пришёл");
        await _app.Pair.Stores.Transfers.TakeInAsync(_app.CallOf(deal), Cancel);

        Assert.False(await _app.Stuck.EndAsync(_app.Pair.Portal, WorkflowOf(deal).Id, "Завершён", Cancel));

        Assert.Equal(WorkflowState.Running, WorkflowOf(deal).State);
    }

    [Theory]
    [InlineData(CatchUpMode.Ask, 0)]
    [InlineData(CatchUpMode.Send, 1)]
    public async Task After_a_start_the_likely_ones_are_sent_where_the_portal_wants_it_so(CatchUpMode mode, int sent)
    {
        await _app.Pair.Stores.Choices.SaveModeAsync(_app.Pair.Portal.Id, mode, Cancel);
        await _app.StopAsync();
        _app.Pass(20);
        var (lost, moved) = (_app.Enter("Потерянная"), _app.Enter("Ушла"));
        _app.Move(moved, "WON");
        _app.Pass(40);

        var log = new EventIds();
        var worker = Worker(log);
        await worker.StartAsync(Cancel);
        await Eventually.Async(() => log.Contains(2701), TimeSpan.FromSeconds(30), Cancel);
        await worker.StopAsync(Cancel);

        Assert.Equal(sent, (await _app.Pair.Stores.Transfers.OfItemsAsync(_app.Pair.Portal.Id, 2, [lost], Cancel)).Count);
        Assert.Empty(await _app.Pair.Stores.Transfers.OfItemsAsync(_app.Pair.Portal.Id, 2, [moved], Cancel));
    }

    [Fact]
    public async Task A_portal_that_does_not_answer_is_looked_at_when_it_does()
    {
        await _app.Pair.Stores.Choices.SaveModeAsync(_app.Pair.Portal.Id, CatchUpMode.Send, Cancel);
        await _app.StopAsync();
        _app.Pass(20);
        var lost = _app.Enter("Потерянная");
        _app.Pass(40);
        _app.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        var log = new EventIds();
        var worker = Worker(log);
        await worker.StartAsync(Cancel);
        await Eventually.Async(() => log.Contains(2703), TimeSpan.FromSeconds(30), Cancel);
        _app.Source.Faults.Clear();

        // The requests' time-outs go by the same clock: once it is asked again, time stands still.
        var asked = _app.Source.Faults.Add(new FaultRule(FaultKind.Held, count: 1));
        var polls = 0;
        await Eventually.Async(
            () =>
            {
                if (polls++ % 100 == 0)
                {
                    _app.Pass(5);
                }

                return asked.Struck > 0;
            },
            TimeSpan.FromSeconds(30),
            Cancel);
        asked.Release();
        await Eventually.Async(
            async () => (await _app.Pair.Stores.Transfers.OfItemsAsync(_app.Pair.Portal.Id, 2, [lost], Cancel)).Count == 1, TimeSpan.FromSeconds(30), Cancel);
        await worker.StopAsync(Cancel);
    }

    [Fact]
    public async Task The_template_is_asked_for_along_with_reading_the_deal_and_then_not_for_an_hour()
    {
        async Task<int> QuestionsAsync()
        {
            _app.Source.Journal.Clear();
            await _app.HearAsync(_app.Enter());
            Assert.DoesNotContain(_app.Source.Journal.Entries, entry => entry.Method == "bizproc.workflow.instances");
            return PortalPair.Methods(_app.Source).Count(method => method == "bizproc.workflow.instances");
        }

        // The first call of all has asked.
        Assert.Equal(0, await QuestionsAsync());
        _app.Pass(61);
        Assert.Equal(1, await QuestionsAsync());
        Assert.Equal(0, await QuestionsAsync());
        var template = Assert.Single(await _app.Pair.Stores.RobotStages.TemplatesAsync(_app.Pair.Portal.Id, Cancel));
        Assert.Equal((1, 2, PortalPair.RobotStage), (template.TemplateId, template.EntityTypeId, template.Stage));
    }

    [Fact]
    public async Task A_plan_that_refuses_the_question_is_asked_again_the_next_day()
    {
        _app.Source.Settings.HasWorkflowDesigner = false;
        _app.Pass(61);
        _app.Source.Journal.Clear();
        for (var i = 0; i < 5; i++)
        {
            await _app.HearAsync(_app.Enter());
            _app.Pass(120);
        }

        Assert.Single(PortalPair.Methods(_app.Source), method => method == "bizproc.workflow.instances");
        _app.Pass(24 * 60);
        await _app.HearAsync(_app.Enter());
        Assert.Equal(2, PortalPair.Methods(_app.Source).Count(method => method == "bizproc.workflow.instances"));
    }

    private async Task<long> LoseAsync(string title)
    {
        _app.Pass(10);
        await _app.StopAsync();
        _app.Pass(20);
        var deal = _app.Enter(title);
        _app.Pass(40);
        await _app.ListenAsync();
        return deal;
    }

    private Workflow WorkflowOf(long deal) => _app.Source.Automation.Workflows.Last(workflow => workflow.DealId == deal);

    private IEnumerable<string> EsbDeals(string title) => _app.Pair.EsbDeals.Select(deal => deal["title"]!.ToString()).Where(known => known == title);

    private async Task<Transfer> TransferOfAsync(long deal) => Assert.Single(await _app.Pair.Stores.Transfers.OfItemsAsync(_app.Pair.Portal.Id, 2, [deal], Cancel));

    private CatchUpWorker Worker(EventIds log) => new(
        _app.Pair.Stores.Listening, _app.Pair.Stores.Portals, _app.Pair.Stores.Transfers, _app.Signal, _app.Search, _app.Sender, _app.Pair.Stores.Choices, Options.Create(new TransferOptions { CatchUpAfter = TimeSpan.Zero }),
        new SoleServer(), _app.Pair.Clock, log);

    /// <summary>What a worker has said, by the events' ids.</summary>
    private sealed class EventIds : ILogger<CatchUpWorker>
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<int> _ids = new();

        public bool Contains(int id) => _ids.Contains(id);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _ids.Enqueue(eventId.Id);
    }
}
