using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;
using B24RobotApp.Transfers.Queue;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class TransferReporterTests : IAsyncLifetime
{
    private PortalPair _pair = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task The_timeline_tells_where_the_deal_is_and_nobody_is_disturbed_by_success()
    {
        var deal = _pair.AddDeal();

        var (transfer, _) = await _pair.CarryAsync(deal);

        var comment = Assert.Single(_pair.Source.Crm.Comments(deal));
        Assert.Contains(transfer.Outcome!.EsbDealUrl!, comment.Text, StringComparison.Ordinal);
        Assert.Contains(transfer.Id.Value, comment.Text, StringComparison.Ordinal);
        Assert.Empty(_pair.Source.Crm.Notifications);
    }

    [Fact]
    public async Task The_responsible_person_hears_of_a_failure_and_what_to_do()
    {
        await _pair.CarryAsync(_pair.AddDeal("Ремонт"), Properties(("stage", "C9:NOWHERE")));

        var notification = Assert.Single(_pair.Source.Crm.Notifications);
        Assert.Equal(Manager, notification.UserId);
        Assert.Contains("Ремонт", notification.Text, StringComparison.Ordinal);
        Assert.Contains("Выберите другую стадию", notification.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Those_named_in_the_robot_hear_of_every_outcome()
    {
        await _pair.CarryAsync(_pair.AddDeal(), Properties(("notify", "user_1"), ("notify", "Олег Ветров [7]"), ("notify", "group_d3")));

        Assert.Equal([1L, 7L], _pair.Source.Crm.Notifications.Select(notification => notification.UserId).Order());
    }

    [Fact]
    public async Task More_people_than_a_batch_holds_are_all_notified_once()
    {
        foreach (var id in Enumerable.Range(100, 130))
        {
            _pair.Source.Users.Add(new SandboxUser(id, "Имя", "Фамилия"));
        }

        await _pair.CarryAsync(_pair.AddDeal(), Properties([.. Enumerable.Range(100, 130).Select(id => ("notify", $"user_{id}"))]));

        Assert.Equal(130, _pair.Source.Crm.Notifications.Select(notification => notification.UserId).Distinct().Count());
        Assert.Equal(130, _pair.Source.Crm.Notifications.Count);
    }

    [Fact]
    public async Task One_notification_that_did_not_arrive_is_sent_again_without_doubles()
    {
        var failed = false;
        _pair.Source.Methods.Wrap("im.notify.system.add", add => call =>
        {
            if (!failed && call.Parameters["USER_ID"]!.ToString() == "7")
            {
                failed = true;
                throw new RestError("OVERLOAD_LIMIT", "Too much", 503);
            }

            return add(call);
        });

        await _pair.CarryAsync(_pair.AddDeal(), Properties(("notify", "1"), ("notify", "7")));

        Assert.True(failed);
        Assert.Equal([1L, 7L], _pair.Source.Crm.Notifications.Select(notification => notification.UserId).Order());
    }

    [Theory]
    [InlineData(FaultKind.ResetAfter)]
    [InlineData(FaultKind.ResetBefore)]
    public async Task Trap_45_a_report_whose_fate_is_unknown_leaves_one_entry_and_one_notification(FaultKind fault)
    {
        var deal = _pair.AddDeal();
        _pair.Source.Faults.Add(new FaultRule(fault, "crm.timeline.comment.add", count: 1));

        await _pair.CarryAsync(deal, Properties(("notify", "user_7")));

        Assert.Single(_pair.Source.Crm.Comments(deal));
        Assert.Single(_pair.Source.Crm.Notifications);
    }

    [Fact]
    public async Task After_a_retry_by_hand_the_timeline_gets_the_new_outcome_too()
    {
        var deal = _pair.AddDeal();
        var (failed, _) = await _pair.CarryAsync(deal, Properties(("fields", "UF_CRM_LATER=1")));
        _pair.AddEsbField("LATER", "string");
        _pair.Clock.Advance(TimeSpan.FromMinutes(30));
        _pair.Source.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.timeline.comment.add", count: 1));

        await _pair.Stores.Transfers.RetryAsync(failed.Id, _pair.Clock.GetUtcNow().AddHours(1), Cancel);
        await _pair.RunAsync(failed.Id);

        Assert.Equal(2, _pair.Source.Crm.Comments(deal).Count);
    }

    [Fact]
    public async Task A_deal_deleted_meanwhile_does_not_keep_the_robot_from_its_answer()
    {
        var deal = _pair.AddDeal();
        var (_, id) = await _pair.SendAsync(deal);
        _pair.Source.Faults.Add(new FaultRule(FaultKind.ResetBefore, "bizproc.event.send", count: 1));
        await _pair.AttemptAsync();
        _pair.Source.Crm.DeleteDeal(deal);
        _pair.Clock.Advance(TimeSpan.FromMinutes(1));

        var transfer = await _pair.AttemptAsync();

        Assert.Equal((TransferState.Done, id), (transfer!.State, transfer.Id));
        Assert.NotNull(transfer.AnsweredAt);
    }

    [Fact]
    public async Task Without_the_scope_for_notifications_the_answer_arrives_all_the_same()
    {
        _pair.Source.Methods.Wrap("im.notify.system.add", _ => _ => throw new RestError("insufficient_scope", "The request requires higher privileges", 403));

        var (transfer, returned) = await _pair.CarryAsync(_pair.AddDeal(), Properties(("notify", "user_7")));

        Assert.Equal("created", returned["status"]!.ToString());
        Assert.Equal(1, transfer.Attempt);
    }

    [Fact]
    public async Task An_answer_that_travels_alone_with_a_dead_token_is_sent_with_another_users()
    {
        await _pair.Stores.Tokens.SaveAsync(new(_pair.Portal.MemberId, Manager), _pair.Tokens(Manager), Cancel);
        var (workflow, _) = await _pair.SendAsync(_pair.AddDeal(), Properties(("timeline", "N"), ("send_products", "N"), ("send_client", "N")));
        var claimed = await _pair.Stores.Transfers.ClaimAsync(new Lane(_pair.Portal.Id, "main"), 1, Cancel);
        _pair.Source.Users[0].IsActive = false;

        await _pair.Runner.RunAsync(claimed[0] with { Request = claimed[0].Request with { UserId = Manager } }, Cancel);

        Assert.Equal("created", workflow.Returned.Values.Single()["status"]!.ToString());
    }

    [Fact]
    public async Task Trap_21_the_time_goes_back_as_unix_seconds_in_a_text()
    {
        _pair.Source.Journal.Clear();

        var (transfer, _) = await _pair.CarryAsync(_pair.AddDeal(), Properties(("timeline", "N")));

        var sent = _pair.Source.Journal.Entries.Single(entry => entry.Method == "bizproc.event.send").Parameters!["RETURN_VALUES"]!;
        Assert.Equal(transfer.Outcome!.At.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), sent["transferred_at"]!.GetValue<string>());
        Assert.Equal("Y", sent["success"]!.GetValue<string>());
    }

    [Fact]
    public async Task Foreign_text_does_not_become_markup()
    {
        var deal = _pair.AddDeal("[url=http://evil.example]Поставка[/url] [user=1]x[/user]");

        await _pair.CarryAsync(deal, Properties(("stage", "[b]C9:NEW")));

        var notification = Assert.Single(_pair.Source.Crm.Notifications).Text;
        Assert.DoesNotContain("[url", notification, StringComparison.Ordinal);
        Assert.DoesNotContain("[user", notification, StringComparison.Ordinal);
        Assert.DoesNotContain("[b]", Assert.Single(_pair.Source.Crm.Comments(deal)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Very_long_texts_are_cut()
    {
        _pair.Esb.Methods.Wrap("crm.item.add", _ => _ => throw new RestError("ERROR_CORE", new string('x', 20_000)));

        var (transfer, returned) = await _pair.CarryAsync(_pair.AddDeal(new string('т', 250)));

        Assert.InRange(transfer.Outcome!.ErrorMessage.Length, 1000, 2001);
        Assert.Equal(transfer.Outcome.ErrorMessage, returned["error_message"]!.ToString());
        Assert.InRange(Assert.Single(_pair.Source.Crm.Notifications).Text.Length, 1000, 2400);
    }
}
