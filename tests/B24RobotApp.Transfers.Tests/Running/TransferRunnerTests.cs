using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Rest;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class TransferRunnerTests : IAsyncLifetime
{
    private PortalPair _pair = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task A_deal_arrives_with_its_rows_and_the_robot_is_told()
    {
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, Row("Станок", 1200), Row("Доставка", 300.5m));

        var (transfer, returned) = await _pair.CarryAsync(deal);

        var arrived = Assert.Single(_pair.EsbDeals);
        Assert.Equal(TransferState.Done, transfer.State);
        Assert.Equal("created", returned["status"]!.ToString());
        Assert.Equal(arrived["id"]!.ToString(), returned["esb_deal_id"]!.ToString());
        Assert.Equal("2", returned["products_sent"]!.ToString());
        Assert.Equal(2, Rows(_pair.Esb, (long)arrived["id"]!).Count);
        Assert.NotNull(transfer.AnsweredAt);
    }

    [Fact]
    public async Task A_lone_transfer_of_a_known_client_takes_three_requests()
    {
        var contact = Add(_pair.Source, 3, new() { ["name"] = "Иван", ["fm"] = Communications("+7 495 123-45-67") });
        var deal = _pair.AddDeal(further: fields => fields["contactIds"] = new System.Text.Json.Nodes.JsonArray(contact));
        SetRows(_pair.Source, deal, Row("Станок"));
        await _pair.CarryAsync(deal);
        var second = _pair.AddDeal("Вторая", fields => fields["contactIds"] = new System.Text.Json.Nodes.JsonArray(contact));
        SetRows(_pair.Source, second, Row("Станок"));
        _pair.Source.Journal.Clear();
        _pair.Esb.Journal.Clear();

        await _pair.CarryAsync(second, Properties(("notify", "user_7")));

        Assert.Equal(2, _pair.Source.Journal.RequestCount);
        Assert.Equal(1, _pair.Esb.Journal.RequestCount);
    }

    [Fact]
    public async Task Trap_37_a_deal_that_came_through_the_app_is_not_sent_back()
    {
        var deal = _pair.AddDeal(further: fields => fields["originatorId"] = "b24:00000000000000000000000000000009");

        var (transfer, returned) = await _pair.CarryAsync(deal);

        Assert.Equal(TransferState.Failed, transfer.State);
        Assert.Equal("CAME_FROM_US", returned["error_code"]!.ToString());
        Assert.Empty(_pair.EsbDeals);
    }

    [Fact]
    public async Task Trap_38_a_deal_deleted_before_it_was_read_is_a_failure_that_says_so()
    {
        var deal = _pair.AddDeal();
        var (_, id) = await _pair.SendAsync(deal);
        _pair.Source.Crm.DeleteDeal(deal);

        var transfer = await _pair.RunAsync(id);

        Assert.Equal(("DEAL_NOT_FOUND", TransferState.Failed), (transfer.Outcome!.ErrorCode, transfer.State));
    }

    [Fact]
    public async Task All_that_is_wrong_with_the_robots_properties_is_told_at_once()
    {
        var (transfer, returned) = await _pair.CarryAsync(_pair.AddDeal(), Properties(("mode", "sideways"), ("send_client", "perhaps")));

        Assert.Equal("ROBOT_PROPERTY", returned["error_code"]!.ToString());
        Assert.Contains("sideways", transfer.Outcome!.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("perhaps", transfer.Outcome.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultKind.ResetAfter)]
    [InlineData(FaultKind.InternalErrorAfter)]
    [InlineData(FaultKind.BadGatewayAfter)]
    [InlineData(FaultKind.ResetBefore)]
    [InlineData(FaultKind.BadGatewayBefore)]
    public async Task A_create_whose_answer_is_lost_makes_one_deal(FaultKind fault)
    {
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, Row("Станок"));
        _pair.Esb.Faults.Add(new FaultRule(fault, "crm.item.add", count: 1));

        var (transfer, returned) = await _pair.CarryAsync(deal);

        var arrived = Assert.Single(_pair.EsbDeals);
        Assert.Equal("created", returned["status"]!.ToString());
        Assert.Single(Rows(_pair.Esb, (long)arrived["id"]!));
        Assert.True(transfer.Attempt > 1);
    }

    [Fact]
    public async Task Nothing_found_is_not_believed_while_the_lost_create_may_still_run()
    {
        var deal = _pair.AddDeal();
        var (_, id) = await _pair.SendAsync(deal);
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.item.add", count: 1));
        await _pair.AttemptAsync();
        _pair.Clock.Advance(TimeSpan.FromSeconds(10));

        await _pair.AttemptAsync();

        Assert.Empty(_pair.EsbDeals);
        Assert.Equal(TransferState.Queued, (await _pair.FindAsync(id)).State);
        await _pair.RunAsync(id);
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task A_deal_that_may_exist_although_its_transfer_was_given_up_is_not_made_twice()
    {
        await using var pair = await StartAsync(TimeSpan.FromMinutes(1));
        var deal = pair.AddDeal();
        var (_, id) = await pair.SendAsync(deal);
        pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetAfter, "crm.item.add", count: 1));
        await pair.AttemptAsync();
        var created = Assert.Single(pair.EsbDeals);
        var down = pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, "crm.item.*"));
        var failed = await pair.RunAsync(id);
        Assert.Equal(TransferState.Failed, failed.State);
        Assert.True(down.Struck > 0);
        pair.Esb.Faults.Clear();

        var (_, returned) = await pair.CarryAsync(deal);

        Assert.Single(pair.EsbDeals);
        Assert.Equal(created["id"]!.ToString(), returned["esb_deal_id"]!.ToString());
    }

    [Fact]
    public async Task A_transfer_is_not_given_up_before_it_is_known_whether_its_deal_was_created()
    {
        await using var pair = await StartAsync(TimeSpan.FromMinutes(1));
        var deal = pair.AddDeal();
        var (workflow, id) = await pair.SendAsync(deal);
        pair.Clock.Advance(TimeSpan.FromSeconds(61));
        pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetAfter, "crm.item.add", count: 1));

        var transfer = await pair.RunAsync(id);

        Assert.Equal(TransferState.Done, transfer.State);
        Assert.Equal("created", workflow.Returned.Values.Single()["status"]!.ToString());
        Assert.Single(pair.EsbDeals);
    }

    [Fact]
    public async Task An_esb_that_stays_down_is_given_up_in_time_and_the_robot_is_told()
    {
        await using var pair = await StartAsync(TimeSpan.FromMinutes(30));
        var deal = pair.AddDeal();
        var (workflow, id) = await pair.SendAsync(deal);
        var began = pair.Clock.GetUtcNow();
        pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));

        var transfer = await pair.RunAsync(id);

        Assert.Equal(TransferState.Failed, transfer.State);
        Assert.Equal("failed", workflow.Returned.Values.Single()["status"]!.ToString());
        Assert.InRange(pair.Clock.GetUtcNow() - began, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(31));
    }

    [Fact]
    public async Task An_outcome_is_reported_although_the_source_is_down_when_attempts_end()
    {
        await using var pair = await StartAsync(TimeSpan.FromMinutes(5));
        var deal = pair.AddDeal();
        var (workflow, id) = await pair.SendAsync(deal);
        pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        pair.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, "bizproc.event.send", count: 5));

        var transfer = await pair.RunAsync(id);

        Assert.Equal("failed", workflow.Returned.Values.Single()["status"]!.ToString());
        Assert.NotNull(transfer.AnsweredAt);
    }

    [Fact]
    public async Task A_robot_that_shall_not_send_when_late_fails_with_too_late()
    {
        var (_, id) = await _pair.SendAsync(_pair.AddDeal(), Properties(("if_late", "skip")), TimeSpan.FromMinutes(10));
        _pair.Clock.Advance(TimeSpan.FromMinutes(11));

        var transfer = await _pair.RunAsync(id);

        Assert.Equal("TOO_LATE", transfer.Outcome!.ErrorCode);
        Assert.Empty(_pair.EsbDeals);
    }

    [Fact]
    public async Task A_deal_that_was_created_in_time_is_not_called_too_late()
    {
        var (_, id) = await _pair.SendAsync(_pair.AddDeal(), Properties(("if_late", "skip")), TimeSpan.FromMinutes(10));
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetAfter, "crm.item.add", count: 1));
        await _pair.AttemptAsync();
        _pair.Clock.Advance(TimeSpan.FromMinutes(11));

        var transfer = await _pair.RunAsync(id);

        Assert.Equal(OutcomeStatus.Created, transfer.Outcome!.Status);
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task A_deal_whose_create_was_lost_is_not_created_after_its_time()
    {
        var (_, id) = await _pair.SendAsync(_pair.AddDeal(), Properties(("if_late", "skip")), TimeSpan.FromMinutes(10));
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.item.add", count: 1));
        await _pair.AttemptAsync();
        _pair.Clock.Advance(TimeSpan.FromMinutes(11));

        var transfer = await _pair.RunAsync(id);

        Assert.Equal("TOO_LATE", transfer.Outcome!.ErrorCode);
        Assert.Empty(_pair.EsbDeals);
    }

    [Fact]
    public async Task Sent_again_by_hand_a_late_deal_is_sent()
    {
        var (_, id) = await _pair.SendAsync(_pair.AddDeal(), Properties(("if_late", "skip")), TimeSpan.FromMinutes(10));
        _pair.Clock.Advance(TimeSpan.FromMinutes(11));
        await _pair.RunAsync(id);

        await _pair.Stores.Transfers.RetryAsync(id, _pair.Clock.GetUtcNow().AddHours(1), Cancel);
        var transfer = await _pair.RunAsync(id);

        Assert.Equal(OutcomeStatus.Created, transfer.Outcome!.Status);
    }

    [Fact]
    public async Task Refused_rows_fail_the_transfer_but_name_the_deal_and_a_retry_by_hand_goes_on_with_it()
    {
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, Row("Станок"));
        var refuse = true;
        _pair.Esb.Methods.Wrap("crm.item.productrow.set", set => call => refuse ? throw new RestError("INVALID_ARG_VALUE", "Wrong price") : set(call));

        var (failed, returned) = await _pair.CarryAsync(deal);
        refuse = false;
        await _pair.Stores.Transfers.RetryAsync(failed.Id, _pair.Clock.GetUtcNow().AddHours(1), Cancel);
        var retried = await _pair.RunAsync(failed.Id);

        var arrived = Assert.Single(_pair.EsbDeals);
        Assert.Equal(("failed", arrived["id"]!.ToString()), (returned["status"]!.ToString(), returned["esb_deal_id"]!.ToString()));
        Assert.Equal((TransferState.Failed, TransferState.Done), (failed.State, retried.State));
        Assert.Single(Rows(_pair.Esb, (long)arrived["id"]!));
    }

    [Fact]
    public async Task A_report_after_a_restart_knows_settings_title_and_responsible()
    {
        var deal = _pair.AddDeal("Ремонт");
        var (_, id) = await _pair.SendAsync(deal, Properties(("timeline", "N"), ("stage", "C9:NOWHERE")));
        _pair.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, "bizproc.event.send", count: 1));
        await _pair.AttemptAsync();
        Assert.NotNull((await _pair.FindAsync(id)).Outcome);

        await _pair.RunAsync(id);

        Assert.Empty(_pair.Source.Crm.Comments(deal));
        var notification = Assert.Single(_pair.Source.Crm.Notifications);
        Assert.Equal(Manager, notification.UserId);
        Assert.Contains("Ремонт", notification.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trap_19_a_locked_workflow_is_answered_seconds_later_even_after_many_attempts()
    {
        var deal = _pair.AddDeal();
        _pair.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(3);
        var (workflow, id) = await _pair.SendAsync(deal);

        var transfer = await _pair.RunAsync(id);

        Assert.Equal("created", workflow.Returned.Values.Single()["status"]!.ToString());
        Assert.NotNull(transfer.AnsweredAt);
        Assert.InRange(_pair.Clock.GetUtcNow(), transfer.Request.ReceivedAt.AddSeconds(3), transfer.Request.ReceivedAt.AddSeconds(20));
    }

    [Fact]
    public async Task Trap_49_a_workflow_that_is_gone_ends_the_transfer_without_a_retry()
    {
        var deal = _pair.AddDeal();
        var (_, id) = await _pair.SendAsync(deal);
        _pair.Source.Crm.MoveDeal(deal, "WON");

        var transfer = await _pair.AttemptAsync();

        Assert.Equal((TransferState.Done, null), (transfer!.State, transfer.AnsweredAt));
        Assert.Single(_pair.EsbDeals);
        Assert.Equal(id, transfer.Id);
    }

    [Fact]
    public async Task Without_live_tokens_the_transfer_is_parked_and_goes_on_when_the_portal_is_connected_again()
    {
        var deal = _pair.AddDeal();
        var (workflow, id) = await _pair.SendAsync(deal);
        await _pair.Stores.Tokens.SaveAsync(new(_pair.Portal.MemberId, 1), new() { Access = new("dead"), ExpiresAt = _pair.Clock.GetUtcNow().AddHours(-2) }, Cancel);

        var parked = await _pair.AttemptAsync();
        Assert.Equal(TransferState.Parked, parked!.State);
        Assert.Equal(PortalState.Disconnected, (await _pair.Stores.Portals.FindAsync(_pair.Portal.Id, Cancel))!.State);
        await _pair.Stores.Tokens.SaveAsync(new(_pair.Portal.MemberId, 1), _pair.Tokens(1), Cancel);
        await _pair.Stores.Transfers.UnparkAsync(_pair.Portal.Id, Cancel);
        await _pair.RunAsync(id);

        Assert.Equal("created", workflow.Returned.Values.Single()["status"]!.ToString());
    }

    [Fact]
    public async Task A_transfer_of_an_uninstalled_portal_does_not_make_it_a_disconnected_one()
    {
        await _pair.SendAsync(_pair.AddDeal());
        await _pair.Stores.Portals.UninstallAsync(_pair.Portal.Id, null, Cancel);
        await _pair.Stores.Tokens.EraseAsync(_pair.Portal, Cancel);

        await _pair.AttemptAsync();

        Assert.Equal(PortalState.Uninstalled, (await _pair.Stores.Portals.FindAsync(_pair.Portal.Id, Cancel))!.State);
    }

    [Fact]
    public async Task A_webhook_that_was_deleted_fails_the_transfer_and_says_what_to_do()
    {
        _pair.Esb.DeleteIncomingWebhook(_pair.Webhook);

        var (transfer, returned) = await _pair.CarryAsync(_pair.AddDeal());

        Assert.Equal("INVALID_CREDENTIALS", returned["error_code"]!.ToString());
        Assert.Contains("входящий вебхук", transfer.Outcome!.ErrorMessage, StringComparison.Ordinal);
        Assert.DoesNotContain(_pair.Webhook.Secret, transfer.Outcome.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(PortalState.Connected, (await _pair.Stores.Portals.FindAsync(_pair.Portal.Id, Cancel))!.State);
    }

    [Fact]
    public async Task Of_two_webhooks_the_one_that_lives_carries_the_deal()
    {
        var second = _pair.Esb.CreateIncomingWebhook(1, "crm", "user_basic");
        await _pair.Stores.Connections.SaveAsync(
            _pair.Connection with { Webhooks = [.. _pair.Connection.Webhooks, Testing.Given.Webhook(second.Url.AbsoluteUri)] }, Cancel);
        _pair.Esb.DeleteIncomingWebhook(_pair.Webhook);

        var (transfer, _) = await _pair.CarryAsync(_pair.AddDeal());

        Assert.Equal(TransferState.Done, transfer.State);
    }

    [Fact]
    public async Task An_esb_whose_subscription_ran_out_is_waited_for()
    {
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.Refuse, "*", count: 3) { Code = "PAYMENT_REQUIRED", Status = 402 });

        var (transfer, _) = await _pair.CarryAsync(_pair.AddDeal());

        Assert.Equal(TransferState.Done, transfer.State);
        Assert.True(transfer.Attempt > 1);
    }

    [Fact]
    public async Task A_field_that_was_created_after_the_first_refusal_is_seen_without_waiting()
    {
        var deal = _pair.AddDeal();
        var (refused, _) = await _pair.CarryAsync(deal, Properties(("fields", "UF_CRM_NUMBER=12")));
        Assert.Equal("FIELD_UNKNOWN", refused.Outcome!.ErrorCode);
        _pair.AddEsbField("NUMBER", "string");
        _pair.Clock.Advance(TimeSpan.FromMinutes(1));

        var (transfer, _) = await _pair.CarryAsync(deal, Properties(("fields", "UF_CRM_NUMBER=12")));

        Assert.Equal(TransferState.Done, transfer.State);
        Assert.Equal("12", _pair.EsbDeals[0]["UF_CRM_NUMBER"]!.ToString());
    }

    [Fact]
    public async Task A_code_that_is_a_bare_number_is_named_so_that_a_robot_can_tell_it()
    {
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.item.add") { Code = "100" });

        var (transfer, _) = await _pair.CarryAsync(_pair.AddDeal());

        Assert.Equal("ESB_ERROR_100", transfer.Outcome!.ErrorCode);
    }

    [Fact]
    public async Task A_defect_that_stays_ends_the_transfer_and_answers_the_robot()
    {
        var (workflow, id) = await _pair.SendAsync(_pair.AddDeal());
        var claimed = await _pair.Stores.Transfers.ClaimAsync(new Lane(_pair.Portal.Id, "main"), 1, Cancel);
        var broken = claimed[0] with { Attempt = 8, Request = claimed[0].Request with { Properties = """{"fields":["X=1"]}""", Connection = null! } };

        await _pair.Runner.RunAsync(broken, Cancel);

        Assert.Equal("DEFECT", (await _pair.FindAsync(id)).Outcome!.ErrorCode);
        Assert.Equal("failed", workflow.Returned.Values.Single()["status"]!.ToString());
    }
}
