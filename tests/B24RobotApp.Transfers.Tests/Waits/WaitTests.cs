using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Tests.Running;
using B24RobotApp.Transfers.Waits;
using Xunit;
using static B24RobotApp.Transfers.Tests.Waits.WaitStage;

namespace B24RobotApp.Transfers.Tests.Waits;

public sealed class WaitTests : IAsyncLifetime
{
    private WaitStage _stage = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PortalPair Pair => _stage.Pair;

    public async ValueTask InitializeAsync() => _stage = await StartAsync();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task A_deal_that_is_won_on_the_ESB_is_told_to_the_workflow_with_stage_amount_and_responsible_person()
    {
        var (esbId, workflow, _) = await _stage.SendAndWaitAsync(null, ("until", "won"));
        Assert.True(workflow.IsWaiting);

        PortalPair.Update(Pair.Esb, esbId, new JsonObject { ["stageId"] = "WON", ["opportunity"] = 1777, ["assignedById"] = PortalPair.Manager });
        await _stage.PassAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(WorkflowState.Completed, workflow.State);
        var returned = Returned(workflow);
        Assert.Equal(
            ("reached", $"{esbId}", "WON", "Успешна", "S", "USD", "Олег Ветров", "vetrov@partner.example", "stageId, opportunity, assignedById", ""),
            (Text("status"), Text("esb_deal_id"), Text("stage_id"), Text("stage_name"), Text("semantics"), Text("currency"), Text("responsible_name"), Text("responsible_email"), Text("changed_fields"), Text("error_code")));
        Assert.Equal(1777m, decimal.Parse(Text("amount"), System.Globalization.CultureInfo.InvariantCulture));
        string Text(string name) => returned[name]!.ToString();
    }

    [Theory]
    [InlineData("won", "WON", true)]
    [InlineData("won", "LOSE", false)]
    [InlineData("lost", "LOSE", true)]
    [InlineData("lost", "WON", false)]
    [InlineData("closed", "WON", true)]
    [InlineData("closed", "LOSE", true)]
    [InlineData("closed", "UC_TRANSFER", false)]
    [InlineData("stage_changed", "UC_TRANSFER", true)]
    [InlineData("amount_changed", "WON", false)]
    [InlineData("stage:UC_TRANSFER", "UC_TRANSFER", true)]
    [InlineData("stage:uc_transfer", "UC_TRANSFER", true)]
    [InlineData("stage:WON", "UC_TRANSFER", false)]
    public async Task What_is_waited_for_is_told_by_what_the_stage_means(string until, string stage, bool reached)
    {
        var parts = until.Split(':');
        var (esbId, workflow, _) = await _stage.SendAndWaitAsync(null, ("until", parts[0]), ("stage", parts.ElementAtOrDefault(1) ?? ""));

        PortalPair.Update(Pair.Esb, esbId, new JsonObject { ["stageId"] = stage });
        await _stage.PassAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(!reached, workflow.IsWaiting);
    }

    [Theory]
    [InlineData("won", true)]
    [InlineData("closed", true)]
    [InlineData("stage", true)]
    [InlineData("stage_changed", false)]
    [InlineData("amount_changed", false)]
    public async Task What_is_so_already_is_told_at_once_and_changes_count_from_the_beginning_of_the_wait(string until, bool reached)
    {
        var deal = Pair.AddDeal();
        var (transfer, _) = await Pair.CarryAsync(deal);
        PortalPair.Update(Pair.Esb, transfer.Outcome!.EsbDealId!.Value, new JsonObject { ["stageId"] = "WON", ["opportunity"] = 9 });

        var (workflow, _) = await _stage.WaitForAsync(deal, null, 2, ("until", until), ("stage", "WON"));
        await _stage.StepAsync();

        Assert.Equal(!reached, workflow.IsWaiting);
    }

    [Fact]
    public async Task A_stage_through_which_the_deal_passed_before_anybody_looked_is_found_in_its_history()
    {
        var (esbId, workflow, _) = await _stage.SendAndWaitAsync(null, ("until", "stage"), ("stage", "UC_TRANSFER"));

        // A day without the app.
        Pair.Clock.Advance(TimeSpan.FromHours(12));
        PortalPair.Update(Pair.Esb, esbId, new JsonObject { ["stageId"] = "UC_TRANSFER" });
        Pair.Clock.Advance(TimeSpan.FromHours(12));
        PortalPair.Update(Pair.Esb, esbId, new JsonObject { ["stageId"] = "LOSE" });
        _stage.Restart();
        await _stage.StepAsync();

        Assert.Equal(("reached", "LOSE"), (Returned(workflow)["status"]!.ToString(), Returned(workflow)["stage_id"]!.ToString()));
    }

    [Fact]
    public async Task A_day_on_which_the_ESB_does_not_answer_loses_nothing()
    {
        var (esbId, workflow, _) = await _stage.SendAndWaitAsync(null, ("until", "closed"));
        PortalPair.Update(Pair.Esb, esbId, new JsonObject { ["stageId"] = "WON" });
        var outage = Pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        await _stage.PassAsync(TimeSpan.FromDays(1), TimeSpan.FromMinutes(10));
        Assert.True(workflow.IsWaiting);

        Pair.Esb.Faults.Remove(outage);
        await _stage.PassAsync(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));

        Assert.Equal("reached", Returned(workflow)["status"]!.ToString());
    }

    [Fact]
    public async Task A_day_on_which_the_source_portal_does_not_answer_delays_the_answer_and_no_more()
    {
        var (esbId, workflow, _) = await _stage.SendAndWaitAsync(null, ("until", "closed"));
        var outage = Pair.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        PortalPair.Update(Pair.Esb, esbId, new JsonObject { ["stageId"] = "WON" });
        await _stage.PassAsync(TimeSpan.FromDays(1), TimeSpan.FromMinutes(10));
        Assert.True(workflow.IsWaiting);

        Pair.Source.Faults.Remove(outage);
        await _stage.PassAsync(TimeSpan.FromHours(1), TimeSpan.FromMinutes(5));

        Assert.Equal("reached", Returned(workflow)["status"]!.ToString());
    }

    [Fact]
    public async Task A_transfer_that_is_under_way_is_waited_for_and_one_that_failed_is_told()
    {
        var deal = Pair.AddDeal();
        var (_, transfer) = await Pair.SendAsync(deal);
        var (workflow, id) = await _stage.WaitForAsync(deal, null, 2, ("until", "won"));
        await _stage.StepAsync();
        Assert.Equal(WaitState.Seeking, (await _stage.FindAsync(id)).State);

        await Pair.RunAsync(transfer);
        await _stage.StepAsync();
        Assert.Equal(WaitState.Watching, (await _stage.FindAsync(id)).State);

        var other = Pair.AddDeal();
        await Pair.CarryAsync(other, PortalPair.Properties(("mode", "nonsense")));
        var (failing, _) = await _stage.WaitForAsync(other, null, 2, ("until", "won"));
        await _stage.StepAsync();
        Assert.Equal(("failed", "TRANSFER_FAILED"), (Returned(failing)["status"]!.ToString(), Returned(failing)["error_code"]!.ToString()));
        Assert.Contains("ROBOT_PROPERTY", Returned(failing)["error_message"]!.ToString(), StringComparison.Ordinal);
        Assert.True(workflow.IsWaiting || workflow.State != WorkflowState.Completed);
    }

    [Theory]
    [InlineData("NEVER_SENT", "until=won")]
    [InlineData("ROBOT_PROPERTY", "until=nonsense")]
    [InlineData("ROBOT_PROPERTY", "until=stage")]
    [InlineData("ROBOT_PROPERTY", "wait_for_deal=D_15")]
    public async Task What_cannot_be_waited_for_is_told_at_once_and_in_the_portals_language(string code, string property)
    {
        var (name, value) = (property.Split('=')[0], property.Split('=')[1]);
        var (workflow, _) = await _stage.WaitForAsync(Pair.AddDeal(), null, 2, (name, value));
        await _stage.StepAsync();

        Assert.Equal(("failed", code), (Returned(workflow)["status"]!.ToString(), Returned(workflow)["error_code"]!.ToString()));
        Assert.Matches("[а-я]{4}", Returned(workflow)["error_message"]!.ToString());
    }

    [Fact]
    public async Task A_stage_that_the_ESB_does_not_have_is_told_and_not_waited_for()
    {
        var (_, workflow, _) = await _stage.SendAndWaitAsync(null, ("until", "stage"), ("stage", "C9:NOWHERE"));

        Assert.Equal(("failed", "STAGE_UNKNOWN"), (Returned(workflow)["status"]!.ToString(), Returned(workflow)["error_code"]!.ToString()));
    }

    [Fact]
    public async Task A_named_deal_is_waited_for_although_nothing_was_sent()
    {
        var esbId = PortalPair.Add(Pair.Esb, CrmEntityTypes.Deal, new JsonObject { ["title"] = "Их собственная" });
        var (workflow, _) = await _stage.WaitForAsync(Pair.AddDeal(), null, 2, ("until", "amount_changed"), ("wait_for_deal", $"{esbId}"));
        await _stage.StepAsync();

        PortalPair.Update(Pair.Esb, esbId, new JsonObject { ["opportunity"] = 5 });
        await _stage.PassAsync(TimeSpan.FromSeconds(20));

        Assert.Equal("opportunity", Returned(workflow)["changed_fields"]!.ToString());
    }

    [Fact]
    public async Task A_deal_that_is_deleted_on_the_ESB_is_gone_when_it_is_not_there_at_a_second_look()
    {
        var (esbId, workflow, _) = await _stage.SendAndWaitAsync(null, ("until", "won"));
        Pair.Esb.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = 2, ["id"] = esbId });

        await _stage.PassAsync(TimeSpan.FromSeconds(15));
        Assert.True(workflow.IsWaiting);
        await _stage.PassAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(("gone", "DEAL_DELETED"), (Returned(workflow)["status"]!.ToString(), Returned(workflow)["error_code"]!.ToString()));
    }

    [Fact]
    public async Task A_deal_that_has_another_id_now_is_found_by_its_origin()
    {
        var (esbId, workflow, id) = await _stage.SendAndWaitAsync(null, ("until", "won"));
        var item = Pair.EsbDeals.Single();
        Pair.Esb.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = 2, ["id"] = esbId });
        var restored = PortalPair.Add(
            Pair.Esb, 2, new JsonObject { ["title"] = "Из корзины", ["originatorId"] = item["originatorId"]!.ToString(), ["originId"] = item["originId"]!.ToString() });
        await _stage.PassAsync(TimeSpan.FromSeconds(40));
        Assert.True(workflow.IsWaiting);
        Assert.Equal(restored, (await _stage.FindAsync(id)).Item!.Value.Id);

        PortalPair.Update(Pair.Esb, restored, new JsonObject { ["stageId"] = "WON" });
        await _stage.PassAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(("reached", $"{restored}"), (Returned(workflow)["status"]!.ToString(), Returned(workflow)["esb_deal_id"]!.ToString()));
    }

    [Fact]
    public async Task A_revoked_webhook_ends_the_waits_with_a_clear_answer()
    {
        var (_, workflow, _) = await _stage.SendAndWaitAsync(null, ("until", "won"));
        Pair.Esb.DeleteIncomingWebhook(Pair.Webhook);
        await _stage.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(("failed", "INVALID_CREDENTIALS"), (Returned(workflow)["status"]!.ToString(), Returned(workflow)["error_code"]!.ToString()));
    }

    [Fact]
    public async Task A_removed_connection_ends_the_waits_with_a_clear_answer()
    {
        var (_, workflow, _) = await _stage.SendAndWaitAsync(null, ("until", "won"));
        await Pair.Stores.Connections.DeleteAsync("main", Cancel);
        await _stage.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(("failed", "CONNECTION_UNKNOWN"), (Returned(workflow)["status"]!.ToString(), Returned(workflow)["error_code"]!.ToString()));
    }

    [Fact]
    public async Task Who_waits_while_the_app_is_uninstalled_is_told_so_when_it_is_installed_again()
    {
        var (_, workflow, id) = await _stage.SendAndWaitAsync(null, ("until", "won"));
        await Pair.Stores.Portals.UninstallAsync(Pair.Portal.Id, null, Cancel);
        await _stage.PassAsync(TimeSpan.FromSeconds(30));
        Assert.True(workflow.IsWaiting);
        Assert.Equal("APP_UNINSTALLED", (await _stage.FindAsync(id)).Outcome!.ErrorCode);

        await Pair.Stores.Portals.SetStateAsync(Pair.Portal.Id, PortalState.Connected, null, Cancel);
        await _stage.PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal("APP_UNINSTALLED", Returned(workflow)["error_code"]!.ToString());
    }

    [Fact]
    public async Task The_designers_time_out_is_honoured_and_days_without_it_are_waited()
    {
        var (_, workflow, id) = await _stage.SendAndWaitAsync(TimeSpan.FromHours(1), ("until", "won"));
        var (esbId, patient, _) = await _stage.SendAndWaitAsync(null, ("until", "won"));
        await _stage.PassAsync(TimeSpan.FromDays(5), TimeSpan.FromHours(1));

        Assert.Equal(WaitStatus.TimedOut, (await _stage.FindAsync(id)).Outcome!.Status);
        Assert.False(workflow.IsWaiting);
        PortalPair.Update(Pair.Esb, esbId, new JsonObject { ["stageId"] = "WON" });
        await _stage.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("reached", Returned(patient)["status"]!.ToString());
    }

    [Fact]
    public async Task A_source_deal_that_was_deleted_or_moved_on_is_not_waited_for_any_more()
    {
        var deal = Pair.AddDeal();
        await Pair.CarryAsync(deal);
        var (_, id) = await _stage.WaitForAsync(deal, null, 2, ("until", "won"));
        var other = Pair.AddDeal();
        await Pair.CarryAsync(other);
        var (_, moved) = await _stage.WaitForAsync(other, null, 2, ("until", "won"));
        await _stage.StepAsync();
        Pair.Source.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = 2, ["id"] = deal });
        Pair.Source.Crm.MoveItem(2, other, "NEW");

        await _stage.PassAsync(TimeSpan.FromHours(3), TimeSpan.FromMinutes(20));

        Assert.Equal(WaitStatus.Left, (await _stage.FindAsync(id)).Outcome!.Status);
        Assert.Equal(WaitStatus.Left, (await _stage.FindAsync(moved)).Outcome!.Status);
    }

    [Fact]
    public async Task An_answer_that_a_locked_workflow_lost_is_sent_again()
    {
        var deal = Pair.AddDeal();
        await Pair.CarryAsync(deal);
        Pair.Source.Settings.Generation = Sandbox.Portals.PortalGeneration.Newest;
        Pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(25);
        var (locked, id) = await _stage.WaitForAsync(deal, null, 2, ("until", "stage_changed"));
        await _stage.StepAsync();
        Assert.True(await _stage.Ending.EndAsync(await _stage.FindAsync(id), "", Cancel));
        await _stage.StepAsync();
        Assert.True(locked.IsWaiting);
        while (await Pair.Confirmation.NextAsync(Cancel) is { } next)
        {
            Pair.Clock.SetUtcNow(next > Pair.Clock.GetUtcNow() ? next : Pair.Clock.GetUtcNow());
            await Pair.Confirmation.SweepAsync(Cancel);
            await Pair.Source.WhenIdleAsync();
        }

        Assert.Equal("ENDED_BY_HAND", Returned(locked)["error_code"]!.ToString());
    }

    [Fact]
    public async Task A_webhooks_word_is_a_reason_to_look_and_many_of_them_are_one_look()
    {
        var waits = new List<(long EsbId, Workflow Workflow)>();
        for (var i = 0; i < 120; i++)
        {
            var esbId = PortalPair.Add(Pair.Esb, 2, new JsonObject { ["title"] = $"Сделка {i}" });
            var (workflow, _) = await _stage.WaitForAsync(Pair.AddDeal(), null, 2, ("until", "won"), ("wait_for_deal", $"{esbId}"));
            waits.Add((esbId, workflow));
        }

        await _stage.StepAsync();
        foreach (var (esbId, _) in waits)
        {
            PortalPair.Update(Pair.Esb, esbId, new JsonObject { ["stageId"] = "WON" });
        }

        Pair.Esb.Journal.Clear();
        foreach (var (esbId, _) in waits.Concat(waits))
        {
            _stage.Hints.Hear("main", new EsbItem(2, esbId));
            _stage.Hints.Hear("main", new EsbItem(2, esbId + 100_000));
        }

        await _stage.StepAsync();
        await _stage.PassAsync(TimeSpan.FromSeconds(20));

        Assert.All(waits, wait => Assert.Equal("reached", Returned(wait.Workflow)["status"]!.ToString()));
        Assert.Equal(3, PortalPair.Methods(Pair.Esb).Count(method => method == "crm.item.list"));
        Assert.InRange(Pair.Esb.Journal.RequestCount, 1, 3);
    }

    [Fact]
    public async Task Many_waits_cost_a_sub_call_for_fifty_deals_and_a_lone_change_is_found()
    {
        const int Count = 260;
        Workflow? last = null;
        var esbId = 0L;
        for (var i = 0; i < Count; i++)
        {
            esbId = PortalPair.Add(Pair.Esb, 2, new JsonObject { ["title"] = $"Сделка {i}" });
            (last, _) = await _stage.WaitForAsync(Pair.AddDeal(), null, 2, ("until", "won"), ("wait_for_deal", $"{esbId}"));
        }

        await _stage.StepAsync();
        PortalPair.Update(Pair.Esb, esbId, new JsonObject { ["stageId"] = "WON" });
        Pair.Esb.Journal.Clear();
        Pair.Clock.Advance(TimeSpan.FromSeconds(15));
        await _stage.StepAsync();

        Assert.Equal("reached", Returned(last!)["status"]!.ToString());
        Assert.Equal(6, PortalPair.Methods(Pair.Esb).Count(method => method == "crm.item.list"));
    }

    [Fact]
    public async Task One_trace_leads_from_the_robots_call_to_its_answer_and_answers_that_leave_together_are_linked()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var waits = new List<(Workflow Workflow, ActivityTraceId Trace, ActivitySpanId Intake)>();
        foreach (var _ in (int[])[1, 2, 3])
        {
            var (trace, intake) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
            var esbId = PortalPair.Add(Pair.Esb, 2, new JsonObject { ["title"] = "Поставка" });
            var (workflow, _) = await _stage.WaitForAsync(Pair.AddDeal(), null, 2, trace: $"00-{trace}-{intake}-01", ("until", "won"), ("wait_for_deal", $"{esbId}"));
            await _stage.StepAsync();
            waits.Add((workflow, trace, intake));
        }

        _stage.Restart();
        var ids = PortalPair.Items(Pair.Esb, 2).Select(item => item["id"]!.GetValue<long>()).ToList();
        PortalPair.Update(Pair.Esb, ids[0], new JsonObject { ["stageId"] = "WON" });
        await _stage.PassAsync(TimeSpan.FromSeconds(20));
        PortalPair.Update(Pair.Esb, ids[1], new JsonObject { ["stageId"] = "WON" });
        PortalPair.Update(Pair.Esb, ids[2], new JsonObject { ["stageId"] = "WON" });
        await _stage.PassAsync(TimeSpan.FromSeconds(20));

        Assert.All(waits, wait => Assert.Equal("reached", Returned(wait.Workflow)["status"]!.ToString()));
        var answers = waits.Select(wait => Assert.Single(spans, span => span.OperationName == "wait" && span.TraceId == wait.Trace && span.ParentSpanId == wait.Intake)).ToList();
        Assert.All(answers, answer => Assert.Equal("Reached", answer.GetTagItem("b24robot.wait.status")));
        Assert.Contains(spans, span => span.Kind == ActivityKind.Client && span.TraceId == waits[0].Trace);
        var shared = Assert.Single(spans, span => span.OperationName == "answers");
        Assert.Equal([answers[1].SpanId, answers[2].SpanId], shared.Links.Select(link => link.Context.SpanId));
        Assert.Contains(spans, span => span.Kind == ActivityKind.Client && span.TraceId == shared.TraceId);
    }

    [Fact]
    public async Task Ten_thousand_waiting_deals_never_take_more_than_a_tenth_of_the_standard_limit()
    {
        const int Count = 10_000;
        var minutes = TimeSpan.FromMinutes(1);
        var ids = Enumerable.Range(0, Count).Select(i => PortalPair.Add(Pair.Esb, 2, new JsonObject { ["title"] = $"Сделка {i}" })).ToList();
        var now = Pair.AppClock.GetUtcNow();
        await Task.WhenAll(ids.Select(id => _stage.Store.TryAddAsync(
            new NewWait
            {
                Id = $"wait-{id}",
                Portal = Pair.Portal.Id,
                EventToken = $"token-{id}",
                WorkflowId = $"workflow-{id}",
                EntityTypeId = 2,
                ItemId = id,
                Connection = "main",
                Properties = PortalPair.Properties(("until", "won"), ("wait_for_deal", $"{id}")).ToJsonString(),
                NamesDeal = true,
                Waits = true,
                CalledAt = now,
                ReceivedAt = now,
                Verified = true,
            },
            Cancel)));
        await _stage.StepAsync();
        using var watcher = _stage.WatcherWithin(new Bitrix24.Limits.PortalLimits());
        Pair.Esb.Journal.Clear();
        for (var passed = TimeSpan.Zero; passed < minutes;)
        {
            // Time stands still while a request is answered, and goes on while the share of the limit is waited for.
            var step = watcher.StepAsync(Cancel);
            do
            {
                if (!step.IsCompleted)
                {
                    await Task.WhenAny(step, Task.Delay(TimeSpan.FromMilliseconds(150), TimeProvider.System, Cancel));
                }

                Pair.Clock.Advance(TimeSpan.FromSeconds(1));
                passed += TimeSpan.FromSeconds(1);
            }
            while (!step.IsCompleted);
            await step;
        }

        var (requests, looks) = (Pair.Esb.Journal.RequestCount, PortalPair.Methods(Pair.Esb).Count(method => method == "crm.item.list"));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Count} waiting deals: {requests} requests with {looks} sub-calls in {minutes.TotalMinutes:0} minute ({looks * 50 / Count} looks at each)");
        Assert.InRange(requests, 8, (int)(minutes.TotalSeconds * 2 * 0.1) + 5);
        Assert.Equal(requests * 50, looks);
    }
}
