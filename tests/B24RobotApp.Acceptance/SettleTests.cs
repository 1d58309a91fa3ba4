using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance;

/// <summary>A portal goes on with a request that was cut off: "not found" means nothing yet, and <c>Transfers:OutcomeSettlesAfter</c> says how long.</summary>
public sealed class SettleTests
{
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_deal_that_the_ESB_is_still_creating_after_a_kill_is_waited_for()
    {
        await using var stage = await StartAsync(Settles);
        var deal = stage.Source.AddDeal("Создаётся долго", rows: Crm.Rows);
        var held = stage.Esb.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.productrow.set", count: 1));
        var workflow = stage.Send(deal);
        await StageExtensions.UntilAsync(() => held.Struck > 0, "the ESB has the request");

        await KillAndStartAsync(stage);
        await StageExtensions.UntilAsync(
            () => stage.App.Output.Any(line => line.Contains("OUTCOME_PENDING", StringComparison.Ordinal)), "the app has looked, found nothing and not believed it");
        held.Release();
        var result = await workflow.ResultAsync();

        Assert.Equal("created", result.Status);
        Assert.Equal(result.EsbDealId, stage.OneEsbDealOf(deal)["id"]!.GetValue<long>());
        Assert.Equal(2, stage.EsbRowsOf(result.EsbDealId).Count);
    }

    [Fact]
    public async Task A_deal_that_was_deleted_over_there_and_is_still_being_created_anew_is_waited_for()
    {
        await using var stage = await StartAsync(Settles);
        var deal = stage.Source.AddDeal("Удалена и создаётся снова", rows: Crm.Rows);
        var first = await stage.SendToEndAsync(deal);
        stage.Esb.Crm.DeleteDeal(first.EsbDealId);
        var held = stage.Esb.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.add", count: 1));
        var workflow = stage.Send(deal);
        await StageExtensions.UntilAsync(() => held.Struck > 0, "the ESB has the request");

        await KillAndStartAsync(stage);
        await StageExtensions.UntilAsync(
            () => stage.App.Output.Any(line => line.Contains("OUTCOME_PENDING", StringComparison.Ordinal)), "the app has looked, found nothing and not believed it");
        held.Release();
        var result = await workflow.ResultAsync();

        Assert.Equal("created", result.Status);
        Assert.Equal(result.EsbDealId, stage.OneEsbDealOf(deal)["id"]!.GetValue<long>());
    }

    [Fact]
    public async Task Without_the_rule_the_same_would_make_two_deals()
    {
        await using var stage = await StartAsync(TimeSpan.Zero);
        var deal = stage.Source.AddDeal("Создаётся долго, не дождались", rows: Crm.Rows);
        var held = stage.Esb.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.productrow.set", count: 1));
        var workflow = stage.Send(deal);
        await StageExtensions.UntilAsync(() => held.Struck > 0, "the ESB has the request");

        await KillAndStartAsync(stage);
        await workflow.ResultAsync();
        held.Release();
        await stage.Esb.WhenIdleAsync();

        Assert.Equal(2, stage.EsbDealsOf(deal).Count);
    }

    private static async Task<Stage> StartAsync(TimeSpan settlesAfter)
    {
        var stage = await Stage.StartAsync(
            new StageOptions
            {
                Program = BuiltApp.Program,
                WithSampleData = true,
                Settings = new Dictionary<string, string> { ["Transfers__OutcomeSettlesAfter"] = settlesAfter.ToString() },
            },
            TestContext.Current.CancellationToken);
        await stage.InstallAsync(TestContext.Current.CancellationToken);
        stage.PlaceRobots();
        await stage.EsbReadyAsync();
        return stage;
    }

    private static async Task KillAndStartAsync(Stage stage)
    {
        await stage.App.KillAsync();
        await stage.App.StartAsync(TestContext.Current.CancellationToken);
    }
}
