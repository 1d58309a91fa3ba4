using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance;

/// <summary>The server is killed at each step of a transfer and started again: the deal is there once, and the robot is answered.</summary>
public sealed class KillTests(KillTests.Fixture fixture) : StageTests(fixture), IClassFixture<KillTests.Fixture>
{
    public sealed class Fixture : StageFixture;

    public static TheoryData<string> Steps => [.. KillPoint.All.Select(point => point.Step)];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Killed_at_a_step_and_started_again_there_is_one_deal(string step)
    {
        var point = KillPoint.All.Single(point => point.Step == step);
        var contact = Source.AddContact(step, email: $"kill-{Guid.NewGuid():N}@example.com");
        var deal = Source.AddDeal($"Убит: {step}", rows: Crm.Rows, contactIds: contact);
        var rule = (point.AtEsb ? Esb : Source).Faults.Add(new FaultRule(point.Fault, point.Method, count: 1));

        Stage.PlaceRobots(new JsonObject { ["notify"] = new JsonArray("user_7") });
        var workflow = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => rule.Struck > 0, $"the app calls {point.Method}");
        await KillAndStartAsync();
        var result = await workflow.ResultAsync();

        AssertOne(deal, result);
        Assert.Single(Esb.List(Crm.Contact, new JsonObject { ["=originId"] = $"{contact}" }));
        await StageExtensions.UntilAsync(() => Source.AppComments(deal).Count > 0, "the timeline has its entry");
        await Source.WhenIdleAsync();
        Assert.Single(Source.AppComments(deal));
        Assert.Single(Source.Run(() => Source.Crm.Notifications.Where(told => told.Text.Contains($"Убит: {step}", StringComparison.Ordinal)).ToList()));
    }

    [Fact]
    public async Task Killed_between_a_deal_and_its_many_rows_the_rows_are_made_up_for()
    {
        var rows = new JsonArray([.. Enumerable.Range(1, 120).Select(number => new JsonObject { ["productName"] = $"Позиция {number}", ["price"] = number, ["taxRate"] = 20 })]);
        var deal = Source.AddDeal("Убит перед позициями", rows: rows);
        var rule = Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, "crm.item.productrow.set", count: 1));

        var workflow = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => rule.Struck > 0, "the deal stands without its rows");
        await KillAndStartAsync();
        var result = await workflow.ResultAsync();

        Assert.Equal(("created", "120"), (result.Status, result.Values["products_sent"]?.ToString()));
        Stage.OneEsbDealOf(deal);
    }

    [Fact]
    public async Task Killed_between_the_200_and_the_first_read_the_call_is_not_lost()
    {
        // The first of two calls hangs, so the second one is on disk and nothing else: the app was never further with it.
        var deal = Source.AddDeal("Принята и только", rows: Crm.Rows);
        var hang = Source.Faults.Add(new FaultRule(FaultKind.Hang, "crm.item.productrow.list", count: 1));
        var first = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => hang.Struck > 0, "the first call is under way");
        Source.Update(Crm.Deal, deal, new JsonObject { ["title"] = "Принята, потом изменена" });
        var second = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => Source.Automation.Calls[^1].Status == 200, "the second call is answered");

        await KillAndStartAsync();
        await first.ResultAsync();
        var result = await second.ResultAsync();

        Assert.Equal("updated", result.Status);
        Assert.Equal("Принята, потом изменена", Stage.OneEsbDealOf(deal)["title"]?.ToString());
    }

    [Fact]
    public async Task Killed_at_the_very_moment_of_the_200_no_call_is_lost_or_doubled()
    {
        var deals = Enumerable.Range(1, 30).Select(number => Source.AddDeal($"Залп {number}", rows: Crm.Rows)).ToList();
        var before = Source.Automation.Calls.Count;

        var workflows = deals.ConvertAll(Stage.Send);
        await StageExtensions.UntilAsync(() => Source.Automation.Calls.Count(call => call.Status == 200) >= before + 10, "some calls are answered");
        await Stage.App.KillAsync();
        await StageExtensions.UntilAsync(() => Source.Automation.Calls.All(call => call.IsDone), "the queue has given up the rest");
        await Stage.App.StartAsync(Cancelled);

        // What was not answered is lost by the portal's own rule: it calls once. Those that were are promises.
        var promised = deals.Where(deal => Source.Automation.Calls.Any(call => call.Status == 200 && call.Form["document_id"]![2]!.ToString() == $"DEAL_{deal}")).ToList();
        Assert.NotEmpty(promised);
        foreach (var deal in promised)
        {
            var result = await workflows.First(workflow => workflow.DealId == deal).ResultAsync();
            AssertOne(deal, result);
        }

        foreach (var deal in deals.Except(promised))
        {
            Assert.InRange(Stage.EsbDealsOf(deal).Count, 0, 1);
        }
    }

    [Fact]
    public async Task What_the_robot_was_set_to_tell_is_told_also_after_a_kill()
    {
        // No timeline entry, and a notification of success for one person: as the robot's settings say, not as its defaults.
        var deal = Source.AddDeal("Убит перед отчётом", rows: Crm.Rows);
        var rule = Source.Faults.Add(new FaultRule(FaultKind.ResetBefore, "bizproc.event.send", count: 1));
        Stage.PlaceRobots(new JsonObject { ["timeline"] = "N", ["notify"] = new JsonArray("user_12") });

        var workflow = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => rule.Struck > 0, "the app reports");
        await KillAndStartAsync();
        await workflow.ResultAsync();
        await StageExtensions.UntilAsync(() => Source.Journal.Calls("bizproc.event.send").Count > 0, "the robot is answered");
        await Source.WhenIdleAsync();

        Assert.Empty(Source.AppComments(deal));
        var told = Assert.Single(Source.Run(() => Source.Crm.Notifications.Where(told => told.Text.Contains("Убит перед отчётом", StringComparison.Ordinal)).ToList()));
        Assert.Equal(12, told.UserId);
    }

    private void AssertOne(long deal, RobotResult result)
    {
        Assert.Equal(("created", "", ""), (result.Status, result.ErrorCode, result.ErrorMessage));
        Assert.Equal(Stage.OneEsbDealOf(deal)["id"]!.GetValue<long>(), result.EsbDealId);
        Assert.Equal(2, Stage.EsbRowsOf(result.EsbDealId).Count);
    }
}
