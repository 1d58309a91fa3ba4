using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance;

/// <summary>
/// Workflows that wait for what becomes of deals on the ESB, half of them told by its outgoing webhook, half by looking, while portals fail and the server is killed. The run of the suite is short;
/// <c>B24ROBOT_WAITS=5000</c> makes it long.
/// </summary>
[Collection(Alone.Name)]
public sealed class OutcomeTests
{
    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("B24ROBOT_WAITS") ?? "200", CultureInfo.InvariantCulture);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_workflow_that_waits_is_answered_with_the_ESBs_values_whatever_fails_and_however_often_the_server_is_killed()
    {
        var random = new Random(7);
        await using var stage = await Stage.StartAsync(
            new StageOptions
            {
                Program = BuiltApp.Program,
                WithSampleData = true,
                EsbTells = true,
                Settings = new Dictionary<string, string>
                {
                    ["Bitrix24__RequestTimeout"] = "00:00:05",
                    ["Transfers__OutcomeSettlesAfter"] = "00:00:01",
                    ["Transfers__AnswerNotBefore"] = "00:00:00",
                    ["Transfers__ConfirmAnswersAfter"] = "00:00:03",
                },
            },
            Cancelled);
        await stage.InstallAsync(Cancelled);
        await StageExtensions.UntilAsync(() => stage.Installation.Robots.ContainsKey(Stage.WaitingRobotCode), "the second robot is registered");
        await stage.EsbReadyAsync();
        var waits = new List<Waiting>();
        for (var i = 0; i < Count; i++)
        {
            waits.Add(await BeginAsync(stage, i % 2 == 0 ? "esb" : "quiet"));
        }

        await StageExtensions.UntilAsync(() => waits.TrueForAll(wait => wait.Workflow.IsWaiting), "all workflows wait", TimeSpan.FromMinutes(5));

        // All calls are in: from here on anything may happen.
        var before = stage.Esb.Journal.RequestCount;
        stage.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, probability: 0.05, seed: 3));
        stage.Esb.Faults.Add(new FaultRule(FaultKind.ResetAfter, probability: 0.05, seed: 4));
        stage.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayAfter, probability: 0.05, seed: 5));
        stage.Source.Faults.Add(new FaultRule(FaultKind.ResetBefore, probability: 0.05, seed: 6));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var watching = WatchAsync(waits, done.Token);
        var kills = 0;
        var order = waits.OrderBy(_ => random.Next()).ToList();
        var portion = Math.Max(1, Count / 20);
        for (var i = 0; i < order.Count; i++)
        {
            order[i].Change(stage);
            if (i % portion == portion - 1)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Cancelled);
            }

            if (i % (portion * 5) == (portion * 5) - 1)
            {
                await stage.App.KillAsync();
                await stage.App.StartAsync(Cancelled);
                kills++;
            }
        }

        await StageExtensions.UntilAsync(() => waits.TrueForAll(wait => wait.Workflow.State != WorkflowState.Running), "all workflows went on", TimeSpan.FromMinutes(6));
        await done.CancelAsync();
        await watching;

        Tell($"{Count} waits, {kills} kills, {waits.Count(wait => wait.Workflow.State == WorkflowState.Completed)} answered; {stage.Esb.Journal.RequestCount - before} requests to the ESB, {stage.Source.Journal.RequestCount} to the source");
        Tell($"told by the webhook: {Figures(waits.Where(wait => wait.Connection == "esb"))}");
        Tell($"told by looking: {Figures(waits.Where(wait => wait.Connection == "quiet"))}");
        Assert.All(waits, wait =>
        {
            var returned = wait.Workflow.Returned.Values.Single();
            Assert.Equal(("reached", $"{wait.EsbId}", "WON", "S"), (Text("status"), Text("esb_deal_id"), Text("stage_id"), Text("semantics")));
            Assert.Equal(wait.Amount, decimal.Parse(Text("amount"), CultureInfo.InvariantCulture));
            string Text(string name) => returned[name]!.ToString();
        });
    }

    [Fact]
    public async Task A_deal_is_sent_and_waited_for_and_follows_the_ESBs_with_stage_and_amount()
    {
        await using var stage = await Stage.StartAsync(new StageOptions { Program = BuiltApp.Program, EsbTells = true }, Cancelled);
        await stage.InstallAsync(Cancelled);
        await StageExtensions.UntilAsync(() => stage.Installation.Robots.ContainsKey(Stage.WaitingRobotCode), "the second robot is registered");
        using var output = new StringWriter();

        var failed = await new DemoRun(stage, output, TimeProvider.System).ShowOutcomeAsync(Cancelled);

        TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
        Assert.Equal(0, failed);
    }

    private static async Task<Waiting> BeginAsync(Stage stage, string connection)
    {
        var esb = stage.Esb.Call("crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = new JsonObject { ["title"] = "Ожидаемая", ["opportunity"] = 1 } })!["item"]!["id"]!.GetValue<long>();
        var deal = stage.Source.Call("crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = new JsonObject { ["title"] = $"{esb}" } })!["item"]!["id"]!.GetValue<long>();
        stage.Source.Automation.Clear(Stage.RobotCategory, Stage.RobotStage);
        stage.Source.Automation.Place(
            Stage.RobotCategory,
            Stage.RobotStage,
            new AppRobotStep(stage.Installation.ClientId, Stage.WaitingRobotCode, new JsonObject { ["connection"] = connection, ["until"] = "won", ["wait_for_deal"] = $"{esb}" }) { Waits = true });
        var workflow = stage.Send(deal);
        await Task.Yield();
        return new Waiting(workflow, connection, esb, esb + 0.5m);
    }

    private static async Task WatchAsync(List<Waiting> waits, CancellationToken cancellationToken)
    {
        var open = waits.ToList();
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var wait in open.Where(wait => wait.Workflow.State != WorkflowState.Running))
            {
                wait.Delay = TimeProvider.System.GetElapsedTime(wait.ChangedAt);
            }

            open.RemoveAll(wait => wait.Workflow.State != WorkflowState.Running);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static string Figures(IEnumerable<Waiting> waits)
    {
        var delays = waits.Select(wait => wait.Delay.TotalSeconds).Order().ToList();
        return string.Create(CultureInfo.InvariantCulture, $"median {delays[delays.Count / 2]:0.0} s, nine in ten within {delays[delays.Count * 9 / 10]:0.0} s, worst {delays[^1]:0.0} s");
    }

    private static void Tell(string line) => Console.WriteLine($"Waits: {line}");

    private sealed record Waiting(Workflow Workflow, string Connection, long EsbId, decimal Amount)
    {
        public long ChangedAt { get; private set; }

        public TimeSpan Delay { get; set; }

        public void Change(Stage stage)
        {
            ChangedAt = TimeProvider.System.GetTimestamp();
            stage.Esb.Call(
                "crm.item.update",
                new JsonObject { ["entityTypeId"] = 2, ["id"] = EsbId, ["fields"] = new JsonObject { ["stageId"] = "WON", ["opportunity"] = Amount, ["isManualOpportunity"] = "Y" } });
        }
    }
}
