using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Tests.Running;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

/// <summary>Days without the ESB, or without the source portal, in time that is made to pass: from one event to the next.</summary>
public sealed class OutageTests : SimulatedTests
{
    [Fact]
    public async Task An_ESB_that_is_down_for_two_days_costs_a_request_now_and_then_and_gets_everything_when_it_is_back()
    {
        await WarmUpAsync();
        Pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        var workflows = await CallRobotsAsync(96, TimeSpan.FromMinutes(30));
        var requests = Pair.Esb.Journal.Entries.Count;
        Assert.All(workflows, workflow => Assert.True(workflow.IsWaiting));

        Pair.Esb.Faults.Clear();
        await PassAsync(TimeSpan.FromMinutes(6));

        Assert.All(workflows, workflow => Assert.Equal("created", Status(workflow)));
        Assert.Equal(97, EsbOrigins().Count);
        TestContext.Current.TestOutputHelper!.WriteLine($"Two days, 96 deals: {requests} requests to the ESB");
        Assert.InRange(requests, 500, 800);
    }

    [Fact]
    public async Task A_handful_of_deals_that_were_put_off_does_not_wait_longer_than_many_would_when_the_ESB_is_back()
    {
        await WarmUpAsync();
        Pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        var workflows = await CallRobotsAsync(4, TimeSpan.FromSeconds(10));
        await PassAsync(TimeSpan.FromHours(6));
        var requests = Pair.Esb.Journal.Entries.Count;

        Pair.Esb.Faults.Clear();
        await PassAsync(TimeSpan.FromMinutes(6));

        Assert.All(workflows, workflow => Assert.Equal("created", Status(workflow)));

        // Each of them is put off for half an hour at a time, and one tries every five minutes all the same.
        Assert.InRange(requests, 70, 130);
    }

    [Fact]
    public async Task In_a_week_without_the_ESB_every_workflow_is_answered_in_time_and_every_transfer_can_be_sent_afterwards()
    {
        await WarmUpAsync();
        Pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        var workflows = await CallRobotsAsync(84, TimeSpan.FromHours(2));
        var reads = Pair.Source.Journal.Entries.Count;

        // Whoever called more than three days ago was answered, and nobody else.
        var answered = workflows.Count(workflow => !workflow.IsWaiting);
        Assert.InRange(answered, 47, 49);
        Assert.All(workflows.Take(answered), workflow => Assert.Equal(("failed", "HTTP_502"), (Status(workflow), (string?)workflow.Returned.Values.Single()["error_code"])));
        Pair.Esb.Faults.Clear();
        foreach (var failed in await Pair.Stores.Transfers.ListAsync(new TransferQuery { States = [TransferState.Failed], Most = 200 }, Cancel))
        {
            Assert.True(await Pair.Stores.Transfers.RetryAsync(failed.Id, Pair.Clock.GetUtcNow().AddDays(3), Cancel));
            Signal.Wake(failed.Lane);
        }

        await PassAsync(TimeSpan.FromMinutes(6));

        Assert.Equal(85, EsbOrigins().Count);
        Assert.Equal(85, EsbOrigins().Distinct().Count());
        TestContext.Current.TestOutputHelper!.WriteLine($"A week, 84 deals: {reads} requests to the source portal, {answered} answered before the ESB was back");
    }

    [Fact]
    public async Task A_robot_that_is_not_to_send_late_is_answered_at_its_time_out_though_the_ESB_is_down()
    {
        await WarmUpAsync();
        Pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        await CallRobotsAsync(8, TimeSpan.FromSeconds(10));

        var (workflow, id) = await Pair.SendAsync(Pair.AddDeal(), PortalPair.Properties(("if_late", "skip")), timeout: TimeSpan.FromHours(1));
        Signal.Wake(new Lane(Pair.Portal.Id, "main"));
        await PassAsync(TimeSpan.FromMinutes(59));
        Assert.Equal(TransferState.Queued, (await Pair.FindAsync(id)).State);

        await PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(TransferState.Failed, (await Pair.FindAsync(id)).State);
        Assert.Equal("HTTP_502", (await Pair.FindAsync(id)).Outcome!.ErrorCode);
        Assert.NotNull(workflow);
    }

    [Fact]
    public async Task A_source_portal_that_is_down_for_a_day_costs_a_request_now_and_then_and_all_its_robots_get_their_answers_when_it_is_back()
    {
        await WarmUpAsync();
        var workflows = new List<Workflow>();
        Pair.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        for (var i = 0; i < 40; i++)
        {
            workflows.Add(await CallRobotAsync());
        }

        await PassAsync(TimeSpan.FromDays(1));
        var requests = Pair.Source.Journal.Entries.Count;
        Pair.Source.Faults.Clear();
        await PassAsync(TimeSpan.FromMinutes(6));

        Assert.All(workflows, workflow => Assert.Equal("created", Status(workflow)));
        Assert.InRange(requests, 250, 450);
    }

    [Fact]
    public async Task Who_cancels_a_transfer_while_the_ESB_is_down_frees_its_robot_at_once()
    {
        await WarmUpAsync();
        Pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        await CallRobotsAsync(8, TimeSpan.FromSeconds(10));
        var (workflow, id) = await Pair.SendAsync(Pair.AddDeal());
        var requests = Pair.Esb.Journal.Entries.Count;

        Assert.True(await Pair.Stores.Transfers.CancelAsync(id, "Отменено.", Cancel));
        Signal.Wake(new Lane(Pair.Portal.Id, "main"));
        await PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("CANCELLED", (string?)workflow.Returned.Values.Single()["error_code"]);
        Assert.Equal(requests, Pair.Esb.Journal.Entries.Count);
    }

    [Fact]
    public async Task Another_ESB_does_not_notice()
    {
        await WarmUpAsync();
        var other = await Pair.AddEsbAsync("other");
        Pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        await CallRobotsAsync(8, TimeSpan.FromSeconds(10));
        Assert.NotNull(Pair.Circuits.FindOutage(new Lane(Pair.Portal.Id, "main")));

        var transfer = Given.Transfer(Pair.Portal.Id, Pair.AddDeal(), connection: "other", receivedAt: Pair.Clock.GetUtcNow());
        await Pair.Stores.Transfers.TryAddAsync(transfer, Cancel);
        Signal.Wake(new Lane(Pair.Portal.Id, "other"));
        await PassAsync(TimeSpan.FromSeconds(1));

        Assert.Single(PortalPair.Items(other, 2));
    }

    /// <summary>One deal while all is well: schemas and links are known then.</summary>
    private async Task WarmUpAsync()
    {
        await CallRobotAsync();
        await PassAsync(TimeSpan.FromSeconds(1));
        Pair.Esb.Journal.Clear();
        Pair.Source.Journal.Clear();
    }

    private async Task<List<Workflow>> CallRobotsAsync(int count, TimeSpan every)
    {
        var workflows = new List<Workflow>();
        for (var i = 0; i < count; i++)
        {
            workflows.Add(await CallRobotAsync());
            await PassAsync(every);
        }

        return workflows;
    }

    private async Task<Workflow> CallRobotAsync()
    {
        var (workflow, _) = await Pair.SendAsync(Pair.AddDeal());
        Signal.Wake(new Lane(Pair.Portal.Id, "main"));
        return workflow;
    }
}
