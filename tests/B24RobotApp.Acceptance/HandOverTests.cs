using System.Globalization;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance;

/// <summary>The server is replaced by another one, twice, while robots call steadily; the socket is held by whoever started it, as systemd does. A portal posts each call once, so one that is refused is lost.</summary>
public sealed class HandOverTests(HandOverTests.Fixture fixture) : StageTests(fixture), IClassFixture<HandOverTests.Fixture>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public sealed class Fixture : StageFixture
    {
        // Longer than a portal waits for an answer.
        protected override StageOptions Options => base.Options with { Settings = new Dictionary<string, string>(Impatient) { ["Bitrix24__RequestTimeout"] = "00:00:12" } };
    }

    [Fact]
    public async Task No_call_is_refused_while_one_server_takes_over_from_another()
    {
        await Stage.App.KillAsync();
        await using var socket = new HeldSocket(Stage.App.Url.Port);
        await socket.StartAsync(Stage, Cancelled);
        var before = Source.Automation.Calls.Count;
        List<Workflow> workflows = [];
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var calling = CallAsync(workflows, enough.Token);
        await StageExtensions.UntilAsync(() => Answered(before) >= 20, "robots are answered 200");

        List<long> downtimes = [];
        for (var times = 0; times < 2; times++)
        {
            var reached = Answered(before);

            // A request under way that the ESB does not answer: the old server waits for it longer than a portal waits for an answer.
            var hang = Esb.Faults.Add(new FaultRule(FaultKind.Hang, "crm.item.add", count: 1));
            await StageExtensions.UntilAsync(() => hang.Struck == 1, "a request hangs");
            var began = TimeProvider.System.GetTimestamp();
            Assert.Equal(0, await socket.StopAsync(Cancelled));
            await socket.StartAsync(Stage, Cancelled);
            downtimes.Add((long)TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
            await StageExtensions.UntilAsync(() => Answered(before) >= reached + 20, "the next server answers");
        }

        await enough.CancelAsync();
        await calling;
        await Source.WhenIdleAsync();
        var calls = Source.Automation.Calls.Skip(before).ToList();
        Assert.All(calls, call => Assert.Equal((200, (string?)null), (call.Status, call.Failure?.ToString())));
        await Task.WhenAll(workflows.Select(workflow => workflow.ResultAsync(TimeSpan.FromMinutes(2))));

        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{calls.Count} calls over 2 restarts of {string.Join(" and ", downtimes)} ms: {calls.Count(call => call.Status != 200)} refused, {workflows.Count(workflow => Stage.EsbDealsOf(workflow.DealId).Count != 1)} not there once"));
        Assert.All(workflows, workflow => Stage.OneEsbDealOf(workflow.DealId));
        await socket.StopAsync(Cancelled);
    }

    private int Answered(int before) => Source.Automation.Calls.Skip(before).Count(call => call.Status == 200);

    private async Task CallAsync(List<Workflow> workflows, CancellationToken enough)
    {
        try
        {
            while (true)
            {
                workflows.Add(Stage.Send(Source.AddDeal($"Передача сервера {workflows.Count}")));
                await Task.Delay(Pause, TimeProvider.System, enough);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
