using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

/// <summary>An ESB on which creating a deal takes 1.8 seconds of the 480 that a webhook has in ten minutes, in time that is made to pass.</summary>
public sealed class OperatingTests : SimulatedTests
{
    private const int Deals = 1200;

    private static readonly TimeSpan Create = TimeSpan.FromSeconds(1.8);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Deals_are_created_at_the_rate_that_the_webhooks_execution_time_allows(int webhooks)
    {
        var more = Enumerable.Range(1, webhooks - 1).Select(_ => Given.Webhook(Pair.Esb.CreateIncomingWebhook(1, "crm", "user_basic").Url.AbsoluteUri));
        await Pair.Stores.Connections.SaveAsync(Pair.Connection with { Webhooks = [.. Pair.Connection.Webhooks, .. more] }, Cancel);
        Pair.Esb.Limits.LimitsOperating = true;
        Pair.Esb.Costs["crm.item.add"] = Create;
        var workflows = new List<Workflow>();
        for (var i = 0; i < Deals; i++)
        {
            workflows.Add((await Pair.SendAsync(Pair.AddDeal())).Workflow);
        }

        Pair.Esb.Journal.Clear();
        Pair.Source.Journal.Clear();
        var started = Pair.Clock.GetUtcNow();
        Signal.Wake(new Lane(Pair.Portal.Id, "main"));
        while (workflows.Exists(workflow => workflow.IsWaiting))
        {
            if (await IdleAsync() is not { } next)
            {
                break;
            }

            Pair.Clock.Advance(next);
        }

        var took = Pair.Clock.GetUtcNow() - started;
        var refused = Pair.Esb.Journal.Entries.Sum(entry => entry.Calls.Count(call => call.Error == "OPERATION_TIME_LIMIT") + (entry.Error == "OPERATION_TIME_LIMIT" ? 1 : 0));
        var atOnce = (480 / Create.TotalSeconds) * webhooks;
        var least = TimeSpan.FromMinutes(10 * (Math.Ceiling(Deals / atOnce) - 1));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{webhooks} webhooks: {Deals} deals in {took.TotalMinutes:0.0} min, {least.TotalMinutes:0.0} are the least; {refused} of {Pair.Esb.Journal.CallCount} calls refused, {Pair.Source.Journal.RequestCount} requests to the source, {Pair.Esb.Journal.RequestCount} to the ESB");
        Assert.InRange(refused, 0, Deals / 25);
        Assert.InRange(took, least, least + TimeSpan.FromMinutes(1));
        Assert.All(workflows, workflow => Assert.Equal("created", (string?)workflow.Returned.Values.Single()["status"]));
    }
}
