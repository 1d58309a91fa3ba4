using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Tests.Running;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

/// <summary>A connection that an administrator pauses, in time that is made to pass.</summary>
public sealed class PauseTests : SimulatedTests
{
    private Lane Main => new(Pair.Portal.Id, "main");

    [Fact]
    public async Task Transfers_of_a_paused_connection_wait_without_an_attempt_and_leave_at_once_when_it_goes_on()
    {
        await Pauses.PauseAsync("main", Cancel);
        var (workflow, id) = await CallAsync();
        await PassAsync(TimeSpan.FromHours(20));

        var waiting = await Pair.FindAsync(id);
        Assert.Equal((TransferState.Queued, 0), (waiting.State, waiting.Attempt));
        Assert.Empty(await Pair.Stores.Transfers.AttemptsAsync(id, Cancel));
        Assert.True(workflow.IsWaiting);
        Assert.Empty(Pair.Esb.Journal.Entries);

        await Pauses.ResumeAsync(Pair.Portal.Id, "main", Cancel);
        await PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("created", Status(workflow));
        Assert.Equal(1, (await Pair.FindAsync(id)).Attempt);
    }

    [Fact]
    public async Task Another_connection_goes_on()
    {
        var other = await Pair.AddEsbAsync("other");
        await Pauses.PauseAsync("main", Cancel);
        await CallAsync();

        await Pair.Stores.Transfers.TryAddAsync(Given.Transfer(Pair.Portal.Id, Pair.AddDeal(), connection: "other", receivedAt: Pair.Clock.GetUtcNow()), Cancel);
        Signal.Wake(new Lane(Pair.Portal.Id, "other"));
        await PassAsync(TimeSpan.FromSeconds(1));

        Assert.Single(PortalPair.Items(other, 2));
        Assert.Empty(EsbOrigins());
    }

    [Fact]
    public async Task A_pause_outlives_a_restart_and_can_be_ended_after_it()
    {
        await Pauses.PauseAsync("main", Cancel);
        var (workflow, id) = await CallAsync();

        await RestartAsync();
        await PassAsync(TimeSpan.FromHours(1));
        Assert.Equal((TransferState.Queued, 0), ((await Pair.FindAsync(id)).State, (await Pair.FindAsync(id)).Attempt));

        await Pauses.ResumeAsync(Pair.Portal.Id, "main", Cancel);
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal("created", Status(workflow));
    }

    [Fact]
    public async Task What_was_put_off_when_the_pause_began_is_not_tried_before_its_end_and_then_at_once()
    {
        Pair.Esb.Faults.Add(new Sandbox.Faults.FaultRule(Sandbox.Faults.FaultKind.BadGatewayBefore));
        var (workflow, id) = await CallAsync();
        await PassAsync(TimeSpan.FromMinutes(10));
        var attempts = (await Pair.FindAsync(id)).Attempt;
        Assert.InRange(attempts, 2, 20);

        await Pauses.PauseAsync("main", Cancel);
        Pair.Esb.Faults.Clear();
        await PassAsync(TimeSpan.FromHours(5));
        Assert.Equal(attempts, (await Pair.FindAsync(id)).Attempt);

        await Pauses.ResumeAsync(Pair.Portal.Id, "main", Cancel);
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal("created", Status(workflow));
        Assert.Equal(attempts + 1, (await Pair.FindAsync(id)).Attempt);
    }

    [Fact]
    public async Task The_time_of_a_transfer_does_not_run_out_during_a_pause_and_is_whole_again_after_it()
    {
        await Pauses.PauseAsync("main", Cancel);
        var (_, id) = await CallAsync();
        var (workflow, behind) = await Pair.SendAsync((await Pair.FindAsync(id)).Request.ItemId);
        await PassAsync(TimeSpan.FromDays(10));
        Assert.Equal((TransferState.Queued, TransferState.Queued), ((await Pair.FindAsync(id)).State, (await Pair.FindAsync(behind)).State));

        // Not even an ESB that is still down at the end makes it fail then.
        Pair.Esb.Faults.Add(new Sandbox.Faults.FaultRule(Sandbox.Faults.FaultKind.BadGatewayBefore));
        await Pauses.ResumeAsync(Pair.Portal.Id, "main", Cancel);
        await PassAsync(TimeSpan.FromDays(2));
        Assert.True(workflow.IsWaiting);
        Assert.All(
            new[] { await Pair.FindAsync(id), await Pair.FindAsync(behind) },
            transfer => Assert.Equal(Pair.Clock.GetUtcNow().AddDays(1), transfer.Request.GiveUpAt, TimeSpan.FromMinutes(1)));

        // Two transfers are no outage, so each is put off for itself, half an hour at most.
        Pair.Esb.Faults.Clear();
        await PassAsync(TimeSpan.FromHours(1));
        Assert.Equal(OutcomeStatus.Created, (await Pair.FindAsync(id)).Outcome!.Status);
        Assert.False(workflow.IsWaiting);
        Assert.Single(EsbOrigins());
    }

    [Fact]
    public async Task A_robot_that_is_not_to_send_late_is_answered_at_its_time_out_and_a_cancelled_transfer_at_once_without_asking_the_ESB()
    {
        await Pauses.PauseAsync("main", Cancel);
        var (_, late) = await CallAsync(timeout: TimeSpan.FromHours(1), ("if_late", "skip"));
        var (cancelledWorkflow, cancelled) = await CallAsync();
        var (waitingWorkflow, _) = await CallAsync();

        Assert.True(await Pair.Stores.Transfers.CancelAsync(cancelled, "Отменено.", Cancel));
        Signal.Wake(Main);
        await PassAsync(TimeSpan.FromMinutes(59));
        Assert.Equal("CANCELLED", (string?)cancelledWorkflow.Returned.Values.Single()["error_code"]);
        Assert.Equal(TransferState.Queued, (await Pair.FindAsync(late)).State);

        await PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("TOO_LATE", (await Pair.FindAsync(late)).Outcome!.ErrorCode);
        Assert.True(waitingWorkflow.IsWaiting);
        Assert.Empty(Pair.Esb.Journal.Entries);
    }

    [Fact]
    public async Task What_only_has_to_be_told_is_told_when_a_source_portal_that_was_down_is_back_though_the_pause_lasts()
    {
        await Pauses.PauseAsync("main", Cancel);
        var ids = new List<TransferId>();
        for (var i = 0; i < 6; i++)
        {
            ids.Add((await CallAsync()).Id);
        }

        Pair.Source.Faults.Add(new Sandbox.Faults.FaultRule(Sandbox.Faults.FaultKind.BadGatewayBefore));
        foreach (var id in ids)
        {
            Assert.True(await Pair.Stores.Transfers.CancelAsync(id, "Отменено.", Cancel));
        }

        Signal.Wake(Main);
        await PassAsync(TimeSpan.FromHours(3));
        Assert.NotNull(Pair.Circuits.FindOutage(Main));

        Pair.Source.Faults.Clear();
        await PassAsync(TimeSpan.FromMinutes(35));

        foreach (var id in ids)
        {
            Assert.Equal(TransferState.Failed, (await Pair.FindAsync(id)).State);
        }

        Assert.Empty(Pair.Esb.Journal.Entries);
    }

    private async Task<(Workflow Workflow, TransferId Id)> CallAsync(TimeSpan? timeout = null, params (string, string)[] properties)
    {
        var (workflow, id) = timeout is { } given
            ? await Pair.SendAsync(Pair.AddDeal(), PortalPair.Properties(properties), timeout: given)
            : await Pair.SendAsync(Pair.AddDeal());
        Signal.Wake(Main);
        return (workflow, id);
    }
}
