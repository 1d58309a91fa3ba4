using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance;

/// <summary>All ends that a wait can come to besides the one that is waited for: each is told to the robot in words, or there is nobody left to be told.</summary>
public sealed class WaitEndTests(WaitEndTests.Fixture fixture) : StageTests(fixture), IClassFixture<WaitEndTests.Fixture>
{
    private const int SmartProcess = 1038;

    private readonly MachineClock _clock = fixture.Clock;

    public sealed class Fixture : StageFixture
    {
        internal MachineClock Clock { get; } = new();

        internal static Dictionary<string, string> Short => new(Impatient) { ["Waits__PollEvery"] = "00:00:05", ["Transfers__ConfirmAnswersAfter"] = "00:00:03" };

        protected override StageOptions Options => base.Options with { Settings = new Dictionary<string, string>([.. Short, .. Clock.Settings]) };

        protected override async Task InstallAsync()
        {
            await base.InstallAsync();
            await StageExtensions.UntilAsync(() => Stage.Installation.Robots.ContainsKey(Stage.WaitingRobotCode), "the second robot is registered");
        }
    }

    [Fact]
    public async Task A_deal_that_was_merged_into_one_without_an_origin_is_waited_for_in_that_one()
    {
        var (_, esb, workflow) = await BeginAsync("Двойник");
        var survivor = Esb.Add(Crm.Deal, new JsonObject { ["title"] = "Введена руками", ["opportunity"] = 77 });
        Merge(survivor, esb);
        await StageExtensions.UntilAsync(() => WatchedOf(workflow) == survivor, "the surviving deal is looked at");
        Assert.True(workflow.IsWaiting);

        Esb.Update(Crm.Deal, survivor, new JsonObject { ["stageId"] = "WON" });

        var result = await AnswerAsync(workflow);
        Assert.Equal(("reached", survivor), (result.Status, result.EsbDealId));
    }

    [Fact]
    public async Task A_deal_that_was_merged_into_one_with_an_origin_of_its_own_is_gone()
    {
        var (_, esb, workflow) = await BeginAsync("Поглощена");
        var survivor = Esb.Add(Crm.Deal, new JsonObject { ["title"] = "Из другой системы", ["originatorId"] = "erp", ["originId"] = "17" });
        Merge(survivor, esb);
        await StageExtensions.UntilAsync(() => Stage.Ask("SELECT missing_since FROM waits WHERE workflow_id = @Id", ("@Id", workflow.Id)) is { Length: > 0 }, "it is missed");
        _clock.Offset += TimeSpan.FromMinutes(1);

        var result = await AnswerAsync(workflow);

        Assert.Equal(("gone", "DEAL_DELETED"), (result.Status, result.ErrorCode));
        Assert.Contains($"{esb}", result.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deal_that_comes_back_from_the_recycle_bin_under_a_new_id_is_waited_for_under_it()
    {
        var (_, esb, workflow) = await BeginAsync("Из корзины");
        Esb.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = Crm.Deal, ["id"] = esb });
        var restored = Esb.Run(() => Esb.Crm.RestoreDeal(esb))!.Value;
        Assert.NotEqual(esb, restored);
        await StageExtensions.UntilAsync(() => WatchedOf(workflow) == restored, "the restored deal is looked at");

        Esb.Update(Crm.Deal, restored, new JsonObject { ["stageId"] = "WON" });

        var result = await AnswerAsync(workflow);
        Assert.Equal(("reached", restored), (result.Status, result.EsbDealId));
    }

    [Fact]
    public async Task A_source_deal_that_was_deleted_is_let_go_of_within_the_hour_and_said_so()
    {
        var (deal, _, workflow) = await BeginAsync("Удалят у себя");
        Source.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = Crm.Deal, ["id"] = deal });

        _clock.Offset += TimeSpan.FromHours(2);

        await StageExtensions.UntilAsync(() => StateOf(workflow) == "done", "nobody waits any more");
        var (code, listed) = await RunAsync("waits", "list", "--deal", $"{deal}", "--json");
        Assert.Equal(0, code);
        Assert.Contains("WORKFLOW_ENDED", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_designers_time_out_ends_the_wait_and_what_comes_later_is_not_told()
    {
        // The end of the time-out is reckoned from the portal's time of the call; other tests have put the machine's clock ahead.
        _clock.Offset = TimeSpan.Zero;
        var (deal, esb, workflow) = await BeginAsync("Со сроком", timeout: TimeSpan.FromSeconds(45));
        await Stage.CompletedAsync(workflow, Cancelled, TimeSpan.FromMinutes(2));
        await StageExtensions.UntilAsync(() => StateOf(workflow) == "done", "the app knows that the time is over");
        Source.Journal.Clear();

        Esb.Update(Crm.Deal, esb, new JsonObject { ["stageId"] = "WON" });

        var (_, listed) = await RunAsync("waits", "list", "--deal", $"{deal}", "--json");
        Assert.Contains("TIMED_OUT", listed, StringComparison.Ordinal);
        var (another, esbOfAnother, later) = await BeginAsync("После срока");
        Esb.Update(Crm.Deal, esbOfAnother, new JsonObject { ["stageId"] = "WON" });
        Assert.Equal("reached", (await AnswerAsync(later)).Status);
        Assert.DoesNotContain(Source.Journal.Calls("bizproc.event.send"), call => call.ToJsonString().Contains($"\"{esb}\"", StringComparison.Ordinal) && call["RETURN_VALUES"]!["status"]!.ToString() == "reached");
        Assert.NotEqual(deal, another);
    }

    [Fact]
    public async Task An_item_of_a_smart_process_waits_for_its_deal()
    {
        Source.Run(() => Source.Crm.AddSmartProcess(SmartProcess, "Заявки"));
        var item = Source.Add(SmartProcess, new JsonObject { ["title"] = "Заявка ждёт" });
        var category = (int)Source.Get(SmartProcess, item)["categoryId"]!.GetValue<long>();
        var stages = Source.Call("crm.status.list", new() { ["filter"] = new JsonObject { ["ENTITY_ID"] = $"DYNAMIC_{SmartProcess}_STAGE_{category}" }, ["order"] = new JsonObject { ["SORT"] = "ASC" } })!.AsArray();
        var stage = stages[1]!["STATUS_ID"]!.ToString();
        foreach (var code in new[] { Stage.RobotCode, Stage.WaitingRobotCode })
        {
            Source.Automation.Place(category, stage, new AppRobotStep(Stage.Installation.ClientId, code, []) { Waits = true }, SmartProcess);
        }

        Source.Run(() => Source.Crm.MoveItem(SmartProcess, item, stage));
        var workflow = Source.Automation.Workflows.Last(workflow => workflow.EntityTypeId == SmartProcess && workflow.ItemId == item);
        await WatchedAsync(workflow);
        var esb = WatchedOf(workflow)!.Value;
        Assert.Equal("Заявка ждёт", Esb.Get(Crm.Deal, esb)["title"]!.ToString());

        Esb.Update(Crm.Deal, esb, new JsonObject { ["stageId"] = "LOSE" });

        var result = await AnswerAsync(workflow);
        Assert.Equal(("reached", esb, "F"), (result.Status, result.EsbDealId, result.Values["semantics"]!.ToString()));
    }

    [Fact]
    public async Task Who_waits_while_the_app_is_deleted_is_told_so_once_it_is_back()
    {
        await using var stage = await Stage.StartAsync(new StageOptions { Program = BuiltApp.Program, Settings = Fixture.Short }, Cancelled);
        await stage.InstallAsync(Cancelled);
        var (_, _, workflow) = await BeginAsync(stage, "Приложение удалят");
        await stage.Source.DeleteApplicationAsync(stage.Installation, clean: false);
        await StageExtensions.UntilAsync(() => stage.Ask("SELECT state FROM waits WHERE workflow_id = @Id", ("@Id", workflow.Id)) == "answering", "the wait is over");
        Assert.True(workflow.IsWaiting);

        await stage.InstallAsync(Cancelled);

        // The robot belonged to the application that was deleted, so its values go nowhere; the workflow goes on, and its log says why.
        await Stage.CompletedAsync(workflow, Cancelled, TimeSpan.FromMinutes(3));
        Assert.Equal(WorkflowState.Completed, workflow.State);
        Assert.Contains(workflow.Log, line => line.Contains("удал", StringComparison.Ordinal));
        Assert.Equal("APP_UNINSTALLED", JsonNode.Parse(stage.Ask("SELECT outcome FROM waits WHERE workflow_id = @Id", ("@Id", workflow.Id))!)!["errorCode"]!.ToString());
    }

    [Fact]
    public async Task A_webhook_that_was_revoked_ends_the_wait_with_what_to_do()
    {
        using var clock = new MachineClock();
        await using var stage = await Stage.StartAsync(new StageOptions { Program = BuiltApp.Program, Settings = new Dictionary<string, string>([.. Fixture.Short, .. clock.Settings]) }, Cancelled);
        await stage.InstallAsync(Cancelled);
        var (_, _, workflow) = await BeginAsync(stage, "Вебхук отзовут");
        stage.Esb.DeleteIncomingWebhook(stage.Webhook);
        await StageExtensions.UntilAsync(() => stage.App.Complaints.Any(line => line.Contains("refuses the webhook", StringComparison.Ordinal)), "the webhook is refused");
        Assert.True(workflow.IsWaiting);

        clock.Offset += TimeSpan.FromMinutes(5);

        var result = await AnswerAsync(workflow);
        Assert.Equal(("failed", "INVALID_CREDENTIALS"), (result.Status, result.ErrorCode));
        Assert.Matches("[а-я]{4}", result.ErrorMessage);
    }

    private Task<(long Deal, long Esb, Workflow Workflow)> BeginAsync(string title, TimeSpan timeout = default) => BeginAsync(Stage, title, timeout);

    /// <summary>A deal is sent, and its workflow waits until it is won; the app looks at it.</summary>
    private static async Task<(long Deal, long Esb, Workflow Workflow)> BeginAsync(Stage stage, string title, TimeSpan timeout = default)
    {
        await StageExtensions.UntilAsync(() => stage.Installation.Robots.ContainsKey(Stage.WaitingRobotCode), "the second robot is registered");
        stage.Source.Automation.Clear(Stage.RobotCategory, Stage.RobotStage);
        stage.Source.Automation.Place(Stage.RobotCategory, Stage.RobotStage, new AppRobotStep(stage.Installation.ClientId, Stage.RobotCode, []) { Waits = true });
        stage.Source.Automation.Place(
            Stage.RobotCategory, Stage.RobotStage, new AppRobotStep(stage.Installation.ClientId, Stage.WaitingRobotCode, new JsonObject { ["until"] = "won" }) { Waits = true, Timeout = timeout });
        var deal = stage.Source.AddDeal(title);
        var workflow = stage.Send(deal);
        await WatchedAsync(stage, workflow);
        return (deal, stage.OneEsbDealOf(deal)["id"]!.GetValue<long>(), workflow);
    }

    private Task WatchedAsync(Workflow workflow) => WatchedAsync(Stage, workflow);

    private static Task WatchedAsync(Stage stage, Workflow workflow) => StageExtensions.UntilAsync(
        () => stage.Ask("SELECT state FROM waits WHERE workflow_id = @Id AND seen IS NOT NULL", ("@Id", workflow.Id)) == "watching", "the ESB's deal is looked at");

    private static async Task<RobotResult> AnswerAsync(Workflow workflow, TimeSpan? limit = null)
    {
        await Stage.CompletedAsync(workflow, Cancelled, limit);
        return RobotResult.Of(workflow.Returned.Values.Last());
    }

    private void Merge(long survivor, long loser) =>
        Esb.Call("crm.entity.mergebatch", new JsonObject { ["params"] = new JsonObject { ["entityTypeId"] = Crm.Deal, ["entityIds"] = new JsonArray(survivor, loser) } });

    private string? StateOf(Workflow workflow) => Stage.Ask("SELECT state FROM waits WHERE workflow_id = @Id", ("@Id", workflow.Id));

    private long? WatchedOf(Workflow workflow) =>
        Stage.Ask("SELECT esb_id FROM waits WHERE workflow_id = @Id", ("@Id", workflow.Id)) is { Length: > 0 } id ? long.Parse(id, CultureInfo.InvariantCulture) : null;
}
