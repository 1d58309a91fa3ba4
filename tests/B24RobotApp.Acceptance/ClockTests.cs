using System.Globalization;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance;

/// <summary>The machine's clock is wrong, and put right while the app runs.</summary>
public sealed class ClockTests(ClockTests.Fixture fixture) : StageTests(fixture), IClassFixture<ClockTests.Fixture>
{
    private readonly MachineClock _clock = fixture.Clock;

    public sealed class Fixture : StageFixture
    {
        internal MachineClock Clock { get; } = new();

        protected override StageOptions Options => base.Options with { Settings = new Dictionary<string, string>([.. Impatient, .. Clock.Settings]) };
    }

    [Fact]
    public async Task A_deal_that_waits_when_a_clock_two_hours_ahead_is_put_right_arrives_in_seconds()
    {
        _clock.Offset = TimeSpan.FromHours(2);
        var deal = Source.AddDeal("Часы спешат", rows: Crm.Rows);
        Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, count: 1));
        var workflow = Stage.Send(deal);
        await StageExtensions.UntilAsync(
            () => Stage.App.Output.Skip(LinesBefore).Any(line => line.Contains("put off", StringComparison.Ordinal)), "the transfer is put off");

        _clock.Offset = TimeSpan.Zero;
        var result = await workflow.ResultAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("created", result.Status);
        Stage.OneEsbDealOf(deal);
    }

    [Fact]
    public async Task A_deal_that_came_before_the_clock_was_put_right_is_not_forgotten_by_a_restart_after_it()
    {
        _clock.Offset = TimeSpan.FromHours(2);
        var deal = Source.AddDeal("Часы спешили", rows: Crm.Rows);
        var hang = Source.Faults.Add(new FaultRule(FaultKind.Hang, "crm.item.productrow.list", count: 1));
        var first = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => hang.Struck > 0, "the first call is under way");
        var second = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => Source.Automation.Calls[^1].Status == 200, "the second call waits behind it");

        await Stage.App.KillAsync();
        _clock.Offset = TimeSpan.Zero;
        await Stage.App.StartAsync(Cancelled);
        var result = await second.ResultAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("updated", result.Status);
        Assert.NotNull(first);
        Stage.OneEsbDealOf(deal);
    }

    [Fact]
    public async Task What_robots_are_told_is_the_time_of_the_machine_be_it_wrong()
    {
        _clock.Offset = TimeSpan.FromDays(-3);

        var result = await Stage.SendToEndAsync(Source.AddDeal("Часы отстают"));
        _clock.Offset = TimeSpan.Zero;

        var told = DateTimeOffset.FromUnixTimeSeconds(long.Parse(Source.Journal.Calls("bizproc.event.send")[^1]["RETURN_VALUES"]!["transferred_at"]!.ToString(), CultureInfo.InvariantCulture));
        Assert.InRange(TimeProvider.System.GetUtcNow() - told, TimeSpan.FromDays(3), TimeSpan.FromDays(3) + TimeSpan.FromMinutes(2));
        Assert.Equal("created", result.Status);
    }
}
