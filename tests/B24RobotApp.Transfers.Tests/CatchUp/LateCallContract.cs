using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.CatchUp;

/// <summary>A deal was sent because no call came for it, and then the call came: it was only late.</summary>
public abstract class LateCallContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    private static readonly DateTimeOffset Entered = Given.Now.AddMinutes(-30);

    private PortalId _portal;

    private Lane Main => new(_portal, "main");

    private TransferStore Store => Stores.Transfers;

    public override async ValueTask InitializeAsync() => _portal = (await InstallAsync()).Id;

    [Fact]
    public async Task A_call_that_was_only_late_joins_the_transfer_that_waits_to_be_sent()
    {
        var sent = await CatchUpAsync();
        var call = Call(Entered.AddSeconds(2)) with { TimesOutAt = Given.Now.AddHours(1), UserId = 12 };

        Assert.Equal(sent, await Store.TakeInAsync(call, Cancel));

        var transfer = Assert.Single(await Store.ListAsync(new TransferQuery(), Cancel));
        Assert.Equal((call.EventToken, call.WorkflowId, true, call.TimesOutAt, 12L), (transfer.Request.EventToken, transfer.Request.WorkflowId, transfer.Request.Waits, transfer.Request.TimesOutAt, transfer.Request.UserId));
        Assert.Equal((TransferState.Queued, true), (transfer.State, transfer.IsCaughtUp));
    }

    [Fact]
    public async Task The_robots_true_settings_hold_as_long_as_nothing_was_written()
    {
        async Task<string> AfterCallAsync(Func<TransferId, Task> before, long deal)
        {
            var transfer = CaughtUp() with { Id = TransferId.New(Given.Now), ItemId = deal, EventToken = $"caught up|{deal}", Properties = """{"comment":["believed"]}""" };
            await Store.TryCatchUpAsync(transfer, null, Given.Now.AddMinutes(1), Cancel);
            await before(transfer.Id);
            await Store.TakeInAsync(Call(Entered) with { ItemId = deal, EventToken = $"call {deal}", Properties = """{"comment":["true"]}""" }, Cancel);
            return (await Store.FindAsync(transfer.Id, Cancel))!.Request.Properties;
        }

        Assert.Equal("""{"comment":["true"]}""", await AfterCallAsync(_ => Task.CompletedTask, 21));
        Assert.Equal("""{"comment":["believed"]}""", await AfterCallAsync(async _ => await Store.ClaimAsync(Main, 10, Cancel), 22));
        Assert.Equal("""{"comment":["believed"]}""", await AfterCallAsync(id => Store.RecordIntentAsync(id, forDeal: true, Cancel), 23));
        Assert.Equal("""{"comment":["believed"]}""", await AfterCallAsync(id => Store.RecordOutcomeAsync(id, Given.Outcome(OutcomeStatus.Created), [], null, Durability.Relaxed, Cancel), 24));
    }

    [Fact]
    public async Task A_call_that_is_delivered_twice_joins_once()
    {
        await CatchUpAsync();
        var call = Call(Entered);

        Assert.NotNull(await Store.TakeInAsync(call, Cancel));
        Assert.Null(await Store.TakeInAsync(call with { Id = TransferId.New(Given.Now) }, Cancel));

        Assert.Single(await Store.ListAsync(new TransferQuery(), Cancel));
    }

    [Theory]
    [InlineData(OutcomeStatus.Created)]
    [InlineData(OutcomeStatus.Failed)]
    public async Task A_call_for_what_is_over_gets_its_answer_and_nothing_else_is_said_again(OutcomeStatus status)
    {
        var sent = await CatchUpAsync();
        await EndAsync(await ClaimAsync(), status);
        Assert.Empty(await Store.ClaimAsync(Main, 10, Cancel));

        Assert.Equal(sent, await Store.TakeInAsync(Call(Entered), Cancel));

        var claimed = await ClaimAsync();
        Assert.Equal((sent, status), (claimed.Id, claimed.Outcome!.Status));
        Assert.Equal(ReportParts.Timeline | ReportParts.Notification, claimed.Reported);
        Assert.Null(claimed.FinishedAt);
        Assert.True(claimed.Request.Waits);
    }

    [Fact]
    public async Task A_call_that_comes_while_its_deal_is_being_sent_is_answered_by_another_attempt()
    {
        await CatchUpAsync();
        var running = await ClaimAsync();

        await Store.TakeInAsync(Call(Entered), Cancel);
        Assert.False(running.Request.Waits);
        await EndAsync(running, OutcomeStatus.Created);

        var again = await ClaimAsync();
        Assert.Equal((running.Id, true, 2), (again.Id, again.Request.Waits, again.Attempt));
        await EndAsync(again, OutcomeStatus.Created);
        Assert.Equal(TransferState.Done, (await Store.FindAsync(running.Id, Cancel))!.State);
        Assert.Empty(await Store.ClaimAsync(Main, 10, Cancel));
    }

    [Fact]
    public async Task An_attempt_that_began_after_the_call_knows_it_also_after_a_restart()
    {
        await CatchUpAsync();
        var running = await ClaimAsync();
        await Store.TakeInAsync(Call(Entered), Cancel);
        Restart();
        await Store.ReleaseClaimsAsync(null, [], Cancel);

        var again = await ClaimAsync();
        Assert.True(again.Request.Waits);
        await EndAsync(again, OutcomeStatus.Created);

        Assert.Equal((running.Id, TransferState.Done), (again.Id, (await Store.FindAsync(again.Id, Cancel))!.State));
    }

    [Fact]
    public async Task What_is_over_waits_behind_a_younger_transfer_of_its_deal()
    {
        var sent = await CatchUpAsync();
        await EndAsync(await ClaimAsync(), OutcomeStatus.Created);
        await Store.TakeInAsync(Call(Given.Now.AddMinutes(10)), Cancel);
        var younger = await ClaimAsync();

        await Store.TakeInAsync(Call(Entered), Cancel);

        Assert.Empty(await Store.ClaimAsync(Main, 10, Cancel));
        await EndAsync(younger, OutcomeStatus.Updated);
        Assert.Equal(sent, (await ClaimAsync()).Id);
    }

    [Theory]
    [InlineData(-30, true)]
    [InlineData(-31.5, false)]
    [InlineData(-1, true)]
    [InlineData(0.5, true)]
    [InlineData(1.5, false)]
    public async Task A_call_belongs_to_the_deals_stay_if_it_was_made_between_its_coming_and_its_being_caught_up(double minutes, bool joins)
    {
        var sent = await CatchUpAsync();

        Assert.Equal(joins, await Store.TakeInAsync(Call(Given.Now.AddMinutes(minutes)), Cancel) == sent);
    }

    [Fact]
    public async Task A_call_of_a_later_stay_on_the_stage_is_a_transfer_of_its_own()
    {
        await CatchUpAsync(leftAt: Given.Now.AddMinutes(-20));

        Assert.Equal(2, await CountAfterAsync(Call(Given.Now.AddMinutes(-10))));
    }

    [Theory]
    [InlineData("other", "send_to_esb", 7)]
    [InlineData("main", "wait_for_esb", 7)]
    [InlineData("main", "send_to_esb", 8)]
    public async Task A_call_for_something_else_is_a_transfer_of_its_own(string connection, string robot, long deal)
    {
        await CatchUpAsync();

        Assert.Equal(2, await CountAfterAsync(Call(Entered) with { Connection = connection, RobotCode = robot, ItemId = deal }));
    }

    [Fact]
    public async Task A_deal_whose_call_came_in_time_is_not_caught_up_and_no_deal_twice()
    {
        await Store.TakeInAsync(Call(Entered.AddSeconds(3)) with { ItemId = 8 }, Cancel);

        Assert.False(await Store.TryCatchUpAsync(CaughtUp() with { ItemId = 8 }, null, Given.Now, Cancel));
        Assert.True(await Store.TryCatchUpAsync(CaughtUp(), null, Given.Now, Cancel));
        Assert.False(await Store.TryCatchUpAsync(CaughtUp(), null, Given.Now, Cancel));
    }

    [Fact]
    public async Task A_call_of_a_later_stay_does_not_keep_an_earlier_one_from_being_caught_up()
    {
        await Store.TakeInAsync(Call(Given.Now.AddMinutes(-10)), Cancel);

        Assert.True(await Store.TryCatchUpAsync(CaughtUp(), Given.Now.AddMinutes(-20), Given.Now.AddMinutes(-20), Cancel));
    }

    [Fact]
    public async Task Late_calls_and_catching_up_all_at_once_leave_one_transfer_for_each_deal()
    {
        const int Deals = 200;
        await Task.WhenAll(Enumerable.Range(1, Deals).SelectMany(deal => new[]
        {
            Task.Run(() => Store.TryCatchUpAsync(CaughtUp() with { ItemId = deal, EventToken = $"caught up {deal}" }, null, Given.Now.AddMinutes(1), Cancel) as Task, Cancel),
            Task.Run(() => Store.TakeInAsync(Call(Entered) with { ItemId = deal } , Cancel) as Task, Cancel),
        }));

        var transfers = await Store.ListAsync(new TransferQuery { Most = 1000 }, Cancel);
        Assert.Equal(Enumerable.Range(1, Deals).Select(deal => (long)deal), transfers.Select(transfer => transfer.Request.ItemId).Order());
        Assert.All(transfers, transfer => Assert.True(transfer.Request.Waits));
    }

    [Fact]
    public async Task A_call_that_nobody_has_vouched_for_joins_when_somebody_does()
    {
        var sent = await CatchUpAsync();
        var doubtful = Call(Entered) with { Verified = false };

        Assert.Equal(doubtful.Id, await Store.TakeInAsync(doubtful, Cancel));
        Assert.True(await Store.ConfirmAsync(doubtful.Id, Cancel));

        var transfer = Assert.Single(await Store.ListAsync(new TransferQuery(), Cancel));
        Assert.Equal((sent, doubtful.EventToken), (transfer.Id, transfer.Request.EventToken));
    }

    private async Task<TransferId> CatchUpAsync(DateTimeOffset? leftAt = null)
    {
        var transfer = CaughtUp();
        Assert.True(await Store.TryCatchUpAsync(transfer, leftAt, leftAt ?? Given.Now.AddMinutes(1), Cancel));
        return transfer.Id;
    }

    private NewTransfer CaughtUp() => Given.Transfer(_portal, eventToken: "caught up|7") with { WorkflowId = "", Waits = false, CalledAt = Entered };

    private NewTransfer Call(DateTimeOffset calledAt) => Given.Transfer(_portal) with { CalledAt = calledAt };

    private async Task<int> CountAfterAsync(NewTransfer call)
    {
        Assert.Equal(call.Id, await Store.TakeInAsync(call, Cancel));
        return (await Store.ListAsync(new TransferQuery(), Cancel)).Count;
    }

    private async Task<Transfer> ClaimAsync() => Assert.Single(await Store.ClaimAsync(Main, 10, Cancel));

    private async Task EndAsync(Transfer transfer, OutcomeStatus status)
    {
        await Store.RecordOutcomeAsync(transfer.Id, Given.Outcome(status), [], null, Durability.Relaxed, Cancel);
        await Store.FinishAsync(transfer.Id, answered: transfer.Request.Waits, Given.Attempt(transfer.Attempt), Cancel);
    }
}
