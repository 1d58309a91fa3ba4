using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Tests.Running;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

/// <summary>A month of twenty source portals, in time that is made to pass: working days with their deals, tokens that expire every hour, workflows that are locked, and each portal down now and then.</summary>
public sealed class MonthTests : SimulatedTests
{
    private const int Portals = 20;
    private const int Days = 30;

    /// <summary>Deals of one portal on a day.</summary>
    private const int DealsPerDay = 2;

    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private readonly Random _random = new(20260316);
    private readonly PriorityQueue<Func<Task>, DateTimeOffset> _events = new();
    private readonly List<Workflow> _workflows = [];
    private readonly List<string> _weeks = [];

    [Fact]
    public async Task In_a_month_of_twenty_portals_nothing_is_lost_or_doubled_and_every_robot_is_answered()
    {
        var start = Pair.Clock.GetUtcNow();
        var sources = new List<SandboxPortal>();
        for (var i = 0; i < Portals; i++)
        {
            var (sandbox, app, portal) = await Pair.AddSourceAsync($"source{i}");
            sandbox.Settings.Generation = i % 2 == 0 ? PortalGeneration.Newest : PortalGeneration.Older;
            sandbox.Automation.Place(0, PortalPair.RobotStage, new AppRobotStep(app.ClientId, "send_to_esb", []) { Waits = true });
            sources.Add(sandbox);
            PlanTraffic(sandbox, portal, start);
            PlanOutages(sandbox, start, count: 2, longest: TimeSpan.FromHours(12));
        }

        PlanOutages(Pair.Esb, start, count: 3, longest: TimeSpan.FromHours(30));
        PlanHousekeeping(start);
        await LiveAsync();

        var deals = EsbOrigins();
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(
            '\n',
            [
                $"{Portals} portals, {Days} days, {_workflows.Count} deals: {deals.Count} on the ESB, {deals.Count - deals.Distinct().Count()} of them twice, {_workflows.Count(workflow => workflow.IsWaiting)} robots without an answer",
                $"requests: {sources.Sum(source => source.Journal.RequestCount)} to the sources, {Pair.Esb.Journal.RequestCount} to the ESB",
                .. _weeks,
            ]));
        Assert.Equal(_workflows.Count, deals.Count);
        Assert.Equal(deals.Count, deals.Distinct().Count());
        Assert.All(_workflows, workflow => Assert.Equal("created", (string?)workflow.Returned.Values.Single()["status"]));
    }

    private void PlanTraffic(SandboxPortal sandbox, Portal portal, DateTimeOffset start)
    {
        for (var i = 0; i < Days * DealsPerDay; i++)
        {
            var at = start.Date.AddDays(i / DealsPerDay).AddHours(9 + (9 * _random.NextDouble()));
            _events.Enqueue(() => CallRobotAsync(sandbox, portal), new DateTimeOffset(at, TimeSpan.Zero) is var time && time > start ? time : start);
        }
    }

    private void PlanOutages(SandboxPortal portal, DateTimeOffset start, int count, TimeSpan longest)
    {
        for (var i = 0; i < count; i++)
        {
            var from = start + (TimeSpan.FromDays(Days - 2) * _random.NextDouble());
            var rule = new FaultRule(FaultKind.BadGatewayBefore);
            Plan(from, () => portal.Faults.Add(rule));
            Plan(from + (longest * _random.NextDouble()), () => portal.Faults.Remove(rule));
        }
    }

    private void PlanHousekeeping(DateTimeOffset start)
    {
        for (var day = 1; day <= Days; day++)
        {
            var today = day;
            _events.Enqueue(
                async () =>
                {
                    await Pair.Stores.Transfers.PruneAsync(Pair.Clock.GetUtcNow() - Kept, Cancel);
                    if (today % 7 == 0 || today == Days)
                    {
                        var size = await Pair.Database.Open().MeasureAsync(Cancel);
                        _weeks.Add(string.Create(CultureInfo.InvariantCulture, $"day {today,2}: database {size.Database / 1024} KB, {_workflows.Count} deals so far"));
                    }
                },
                start.AddDays(day));
        }
    }

    private void Plan(DateTimeOffset at, Action action) => _events.Enqueue(
        () =>
        {
            action();
            return Task.CompletedTask;
        },
        at);

    private async Task CallRobotAsync(SandboxPortal sandbox, Portal portal)
    {
        sandbox.Settings.WorkflowLock = TimeSpan.FromSeconds(_random.Next(6));
        var deal = PortalPair.Add(sandbox, CrmEntityTypes.Deal, new JsonObject { ["title"] = "Поставка", ["opportunity"] = 1500.5, ["currencyId"] = "USD", ["assignedById"] = PortalPair.Manager });
        sandbox.Crm.MoveItem(CrmEntityTypes.Deal, deal, PortalPair.RobotStage);
        var form = sandbox.Automation.Calls[^1].Form;
        var now = Pair.Clock.GetUtcNow();
        await Pair.Stores.Transfers.TryAddAsync(
            Given.Transfer(portal.Id, deal, form["event_token"]!.ToString(), "main", now) with { WorkflowId = form["workflow_id"]!.ToString(), GiveUpAt = now + TimeSpan.FromHours(72) }, Cancel);
        _workflows.Add(sandbox.Automation.Workflows[^1]);
        Signal.Wake(new Lane(portal.Id, "main"));
    }

    /// <summary>From one event to the next, until nothing is left to be done.</summary>
    private async Task LiveAsync()
    {
        while (true)
        {
            var wait = await IdleAsync();
            var now = Pair.Clock.GetUtcNow();
            var planned = _events.TryPeek(out _, out var at) ? at : (DateTimeOffset?)null;
            var confirm = await Pair.Stores.Transfers.NextUnconfirmedAsync(Cancel);
            var due = now + wait;
            if (new[] { planned, confirm, due }.Min() is not { } next)
            {
                return;
            }

            if (next > now)
            {
                Pair.Clock.SetUtcNow(next);
            }

            if (next == confirm)
            {
                await Pair.Confirmation.SweepAsync(Cancel);
            }

            if (next == planned)
            {
                await _events.Dequeue()();
            }
        }
    }
}
