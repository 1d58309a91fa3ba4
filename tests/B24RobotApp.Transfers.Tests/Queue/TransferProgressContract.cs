using B24RobotApp.Testing;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

public abstract class TransferProgressContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    private PortalId _portal;
    private TransferId _id;

    private TransferStore Store => Stores.Transfers;

    public override async ValueTask InitializeAsync()
    {
        _portal = (await InstallAsync()).Id;
        var request = Given.Transfer(_portal);
        _id = request.Id;
        await Store.TryAddAsync(request, Cancel);
        await Store.ClaimAsync(new Lane(_portal, "main"), 1, Cancel);
    }

    [Fact]
    public async Task What_was_read_is_kept()
    {
        await Store.RecordReadAsync(_id, "Поставка", 12, "default@3", null, Cancel);

        var transfer = await FindAsync();
        Assert.Equal(("Поставка", 12, "default@3"), (transfer.Title, transfer.ResponsibleId, transfer.Profile));
    }

    [Fact]
    public async Task The_latest_intent_counts_and_one_for_the_deal_is_never_forgotten()
    {
        await Store.RecordIntentAsync(_id, forDeal: false, Cancel);
        Assert.Equal((Given.Now, false), ((await FindAsync()).IntentAt, (await FindAsync()).IntendedDeal));
        Clock.Advance(TimeSpan.FromSeconds(1));
        await Store.RecordIntentAsync(_id, forDeal: true, Cancel);
        Clock.Advance(TimeSpan.FromSeconds(1));

        await Store.RecordIntentAsync(_id, forDeal: false, Cancel);

        Restart();
        Assert.Equal((Given.Now.AddSeconds(2), true), ((await FindAsync()).IntentAt, (await FindAsync()).IntendedDeal));
    }

    [Fact]
    public async Task An_outcome_and_the_links_it_made_are_written_together()
    {
        var outcome = Given.Outcome(errorCode: "FILES", errorMessage: "A file was left out.");

        await Store.RecordOutcomeAsync(_id, outcome, [Given.Link(), Given.Link(3, 303, LinkedEntity.Contact)], null, Durability.Full, Cancel);

        Restart();
        Assert.Equal(outcome, (await FindAsync()).Outcome);
        Assert.Equal(2, (await Stores.Links.FindAsync([Given.LinkKey(), Given.LinkKey(3, LinkedEntity.Contact)], Cancel)).Count);
    }

    [Fact]
    public async Task A_failed_outcome_needs_no_deal()
    {
        var outcome = Given.Outcome(OutcomeStatus.Failed, esbDealId: null, "MAPPING", "The stage is unknown.");

        await Store.RecordOutcomeAsync(_id, outcome, [], null, Durability.Relaxed, Cancel);

        Assert.Equal(outcome, (await FindAsync()).Outcome);
    }

    [Fact]
    public async Task The_parts_of_the_report_that_were_taken_are_kept()
    {
        await Store.RecordReportedAsync(_id, ReportParts.Answer | ReportParts.Notification, Cancel);

        Assert.Equal(ReportParts.Answer | ReportParts.Notification, (await FindAsync()).Reported);
    }

    [Theory]
    [InlineData(OutcomeStatus.Created, TransferState.Done)]
    [InlineData(OutcomeStatus.Updated, TransferState.Done)]
    [InlineData(OutcomeStatus.Skipped, TransferState.Done)]
    [InlineData(OutcomeStatus.Failed, TransferState.Failed)]
    public async Task The_outcome_decides_whether_a_finished_transfer_is_done_or_failed(OutcomeStatus status, TransferState state)
    {
        await Store.RecordOutcomeAsync(_id, Given.Outcome(status), [], null, Durability.Full, Cancel);

        await Store.FinishAsync(_id, answered: true, Given.Attempt(), Cancel);

        var transfer = await FindAsync();
        Assert.Equal((state, Given.Now, Given.Now), (transfer.State, transfer.AnsweredAt, transfer.FinishedAt));
    }

    [Fact]
    public async Task A_transfer_that_nobody_could_be_told_of_is_finished_unanswered()
    {
        await Store.RecordOutcomeAsync(_id, Given.Outcome(), [], null, Durability.Full, Cancel);

        await Store.FinishAsync(_id, answered: false, Given.Attempt(), Cancel);

        var transfer = await FindAsync();
        Assert.Equal((TransferState.Done, null, Given.Now), (transfer.State, transfer.AnsweredAt, transfer.FinishedAt));
    }

    [Fact]
    public async Task A_finished_transfer_is_not_finished_again()
    {
        await Store.FinishAsync(_id, answered: true, Given.Attempt(), Cancel);
        Clock.Advance(TimeSpan.FromHours(1));

        await Store.FinishAsync(_id, answered: true, Given.Attempt(), Cancel);

        Assert.Equal(Given.Now, (await FindAsync()).FinishedAt);
    }

    [Fact]
    public async Task A_rescheduled_transfer_waits_for_its_time()
    {
        await Store.RescheduleAsync(_id, TimeSpan.FromMinutes(1), Given.Attempt(), Cancel);

        var transfer = await FindAsync();
        Assert.Equal((TransferState.Queued, Given.Now.AddMinutes(1)), (transfer.State, transfer.DueAt));
    }

    [Fact]
    public async Task An_unverified_transfer_that_is_put_off_stays_unverified()
    {
        var request = Given.Transfer(_portal, deal: 8, verified: false);
        await Store.TryAddAsync(request, Cancel);

        await Store.RescheduleAsync(request.Id, TimeSpan.FromMinutes(1), Given.Attempt(step: "verify"), Cancel);

        var transfer = await Store.FindAsync(request.Id, Cancel);
        Assert.Equal((TransferState.Unverified, Given.Now.AddMinutes(1)), (transfer!.State, transfer.DueAt));
    }

    [Fact]
    public async Task Attempts_are_kept_in_their_order_and_one_that_is_told_twice_is_one()
    {
        var second = Given.Attempt(2, "write", "OutcomeUnknown", "TIMEOUT");
        await Store.RescheduleAsync(_id, TimeSpan.Zero, second, Cancel);
        await Store.RescheduleAsync(_id, TimeSpan.Zero, Given.Attempt(1, "read", "NotExecuted"), Cancel);

        await Store.RescheduleAsync(_id, TimeSpan.Zero, second with { Step = "report" }, Cancel);

        Assert.Equal(
            [Given.Attempt(1, "read", "NotExecuted"), second with { Step = "report" }],
            await Store.AttemptsAsync(_id, Cancel));
    }

    [Fact]
    public async Task A_failed_transfer_begins_anew_by_hand_and_keeps_its_intent()
    {
        await Store.RecordIntentAsync(_id, forDeal: true, Cancel);
        await Store.RecordReportedAsync(_id, ReportParts.Answer | ReportParts.Timeline, Cancel);
        await Store.RecordOutcomeAsync(_id, Given.Outcome(OutcomeStatus.Failed), [], null, Durability.Full, Cancel);
        await Store.FinishAsync(_id, answered: true, Given.Attempt(), Cancel);
        Clock.Advance(TimeSpan.FromDays(4));

        Assert.True(await Store.RetryAsync(_id, Given.Now.AddDays(7), Cancel));

        var transfer = await FindAsync();
        Assert.Equal(TransferState.Queued, transfer.State);
        Assert.Equal(Given.Now.AddDays(4), transfer.DueAt);
        Assert.Equal(Given.Now.AddDays(7), transfer.Request.GiveUpAt);
        Assert.Null(transfer.Outcome);
        Assert.Null(transfer.FinishedAt);
        Assert.True(transfer.IntendedDeal);
        Assert.Equal(Given.Now, transfer.IntentAt);
        Assert.Equal(ReportParts.Answer, transfer.Reported);
        Assert.Equal(Given.Now, transfer.AnsweredAt);
    }

    [Fact]
    public async Task What_has_not_failed_is_not_begun_anew()
    {
        Assert.False(await Store.RetryAsync(_id, Given.Now.AddDays(7), Cancel));
        await Store.RecordOutcomeAsync(_id, Given.Outcome(), [], null, Durability.Full, Cancel);
        await Store.FinishAsync(_id, answered: true, Given.Attempt(), Cancel);

        Assert.False(await Store.RetryAsync(_id, Given.Now.AddDays(7), Cancel));

        Assert.Equal(TransferState.Done, (await FindAsync()).State);
    }

    private async Task<Transfer> FindAsync() => await Store.FindAsync(_id, Cancel) ?? throw new InvalidOperationException("The transfer is gone.");
}
