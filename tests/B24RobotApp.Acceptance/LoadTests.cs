using System.Globalization;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;

namespace B24RobotApp.Acceptance;

/// <summary>Many deals at once under the standard plan's limits.</summary>
[Collection(Alone.Name)]
public sealed class LoadTests(LoadTests.Fixture fixture) : StageTests(fixture), IClassFixture<LoadTests.Fixture>
{
    private const int Deals = 500;
    private const int Contacts = 150;

    public sealed class Fixture : StageFixture
    {
        // The app as it comes: 2 requests a second, 50 at once, 16 under way.
        protected override Sandbox.Demo.StageOptions Options => new() { Program = BuiltApp.Program, WithSampleData = true };
    }

    [Fact]
    public async Task Of_500_deals_fired_at_once_none_is_lost_doubled_or_unanswered()
    {
        var contacts = Enumerable.Range(0, Contacts).Select(number => Source.AddContact(
            $"Клиент {number}", phone: string.Create(CultureInfo.InvariantCulture, $"+7 495 {1_000_000 + number}"), email: $"load{number}@example.com")).ToList();
        var deals = Enumerable.Range(0, Deals).Select(number => Source.AddDeal(
            $"Нагрузка {number}", rows: Crm.Rows, contactIds: contacts[number % Contacts])).ToList();
        var contactsBefore = Esb.List(Crm.Contact).Count;
        Source.Journal.Clear();
        Esb.Journal.Clear();
        Source.Limits.LimitsRate = Esb.Limits.LimitsRate = true;

        var started = TimeProvider.System.GetTimestamp();
        var workflows = deals.ConvertAll(Stage.Send);
        await StageExtensions.UntilAsync(
            () => workflows.TrueForAll(workflow => workflow.State != WorkflowState.Running), "all robots are answered", TimeSpan.FromMinutes(4));
        var took = TimeProvider.System.GetElapsedTime(started);
        Source.Limits.LimitsRate = Esb.Limits.LimitsRate = false;

        var refused = Source.Journal.Entries.Concat(Esb.Journal.Entries).Count(entry => entry.Error == "QUERY_LIMIT_EXCEEDED");
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Deals} deals in {took.TotalSeconds:0.0} s, {Deals / took.TotalSeconds:0.0} transfers/s; requests per transfer: source {(double)Source.Journal.RequestCount / Deals:0.000}, ESB {(double)Esb.Journal.RequestCount / Deals:0.000}; answers 503: {refused}"));

        Assert.All(workflows, workflow => Assert.Equal(WorkflowState.Completed, workflow.State));
        Assert.All(workflows, workflow => Assert.Equal("created", RobotResult.Of(workflow).Status));
        var arrived = Esb.List(Crm.Deal, new() { ["=originatorId"] = $"b24:{Source.MemberId}" });
        Assert.Equal(
            deals.Select(id => id.ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal),
            arrived.Select(deal => deal["originId"]!.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(Contacts, Esb.List(Crm.Contact).Count - contactsBefore);
        Assert.All(arrived, deal => Assert.Equal(2, Stage.EsbRowsOf(deal["id"]!.GetValue<long>()).Count));
        Assert.All(arrived, deal => Assert.Single(deal["contactIds"]!.AsArray()));
        Assert.All(deals, deal => Assert.Single(Source.AppComments(deal)));
        Assert.InRange(refused, 0, Deals / 50);
    }
}
