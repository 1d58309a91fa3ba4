using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Acceptance;

/// <summary>The app was down for an hour. The portals' clock says so, and the app's own notes of when it listened; the calls are lost for real, by a portal that posts each once to a process that is not there.</summary>
public sealed class CatchUpTests(CatchUpTests.Fixture fixture) : StageTests(fixture), IClassFixture<CatchUpTests.Fixture>
{
    private readonly ShiftedClock _clock = fixture.Clock;

    public sealed class Fixture : StageFixture
    {
        internal ShiftedClock Clock { get; } = new(TimeSpan.FromMinutes(-75));

        protected override StageOptions Options => base.Options with { Clock = Clock, Settings = new Dictionary<string, string>(Impatient) { ["Transfers__CatchUpAfter"] = "00:00:00" } };
    }

    [Fact]
    public async Task After_an_hour_of_downtime_the_lost_calls_are_told_from_imports_and_sent_once_though_their_calls_come_late()
    {
        for (var live = 0; live < 6; live++)
        {
            Assert.Equal("created", (await Stage.SendToEndAsync(Source.AddDeal($"До остановки {live}"))).Status);
        }

        await Stage.App.KillAsync();
        Stage.Change("UPDATE listening SET since = since - @Earlier, until = until - @Earlier", ("@Earlier", (long)TimeSpan.FromMinutes(65).TotalMilliseconds));
        var (lost, imported, movedOn) = PassAnHour();
        await Source.WhenIdleAsync();
        List<Delivery> calls = [.. Source.Automation.Calls.Where(call => call.Failure is not null)];
        Assert.Equal(lost.Count + movedOn.Count, calls.Count);

        await Stage.App.StartAsync(Cancelled);
        await ComplaintAsync("127.0.0.1", "250 items", "200 workflows wait");
        Assert.Empty(lost.SelectMany(Stage.EsbDealsOf));

        Source.Settings.HasWorkflowDesigner = false;
        var withoutWorkflows = await ListAsync("by stage history alone");
        Source.Settings.HasWorkflowDesigner = true;
        var listed = await ListAsync("by history and workflows");
        Assert.Equal(lost, listed["likely"]);
        Assert.Equal(movedOn, listed["doubtful"]);
        Assert.Equal(imported, listed["unlikely"]);
        Assert.Empty(withoutWorkflows["likely"].Intersect(imported.Concat(movedOn)));
        Assert.Empty(withoutWorkflows["unlikely"].Except(imported));

        Assert.Equal(lost.Count, await SendAsync("--send"));
        await ArriveAsync(lost.Count);
        Assert.Empty(movedOn.Concat(imported).SelectMany(Stage.EsbDealsOf));
        Assert.Equal(movedOn.Count, await SendAsync("--send", "--doubtful"));
        await ArriveAsync(lost.Count + movedOn.Count);
        Assert.Equal(0, await SendAsync("--send", "--doubtful"));
        var (extra, missing) = Doubles();
        Print($"Sent {lost.Count} + {movedOn.Count}: missing on the ESB {missing}, doubles {extra}, imports sent {imported.Sum(deal => Stage.EsbDealsOf(deal).Count)}");
        Assert.Equal((0, 0), (extra, missing));

        // They were not lost but late.
        Assert.All(await Task.WhenAll(calls.Select(PostAsync)), status => Assert.Equal(HttpStatusCode.OK, status));
        await StageExtensions.UntilAsync(
            () => Stage.Ask("SELECT COUNT(*) FROM transfers WHERE caught_up = 2 AND finished_at IS NOT NULL") == $"{calls.Count}", "every late call has its answer", TimeSpan.FromMinutes(2));
        var answers = lost.Select(deal => Source.Automation.Workflows.Single(workflow => workflow.DealId == deal)).ToList();
        await Task.WhenAll(answers.Select(workflow => Stage.CompletedAsync(workflow, Cancelled)));
        (extra, missing) = Doubles();
        Print($"{calls.Count} calls come late: {Stage.Ask("SELECT COUNT(*) FROM transfers WHERE caught_up = 2")} join what was sent, {answers.Count(workflow => RobotResult.Of(workflow).Status == "created")} waiting robots answered; missing {missing}, doubles {extra}");
        Assert.All(answers, workflow => Assert.Equal("created", RobotResult.Of(workflow).Status));
        Assert.Equal((0, 0), (extra, missing));
        Assert.Equal($"{6 + calls.Count}", Stage.TransferCount());

        // Of the robot's template no workflow lives any more; the next call shows that it is the same one, and imports stay what they are.
        Assert.Equal("created", (await Stage.SendToEndAsync(Source.AddDeal("После простоя"))).Status);
        Assert.Equal(0, (await RunAsync("catch-up")).Code);

        (int Extra, int Missing) Doubles()
        {
            var found = lost.Concat(movedOn).Select(deal => Stage.EsbDealsOf(deal).Count).ToList();
            return (found.Sum(count => Math.Max(count - 1, 0)), found.Count(count => count == 0));
        }

        async Task<ILookup<string, long>> ListAsync(string how)
        {
            var view = await CatchUpAsync();
            var verdicts = view.GetProperty("left").GetProperty("candidates").EnumerateArray().ToLookup(candidate => candidate.GetProperty("verdict").GetString()!, candidate => candidate.GetProperty("itemId").GetInt64());
            Print($"{lost.Count} lost calls of deals that stand there still, {movedOn.Count} of deals that moved on, {imported.Count} imports (no call), {how}:");
            foreach (var verdict in new[] { "likely", "doubtful", "unlikely" })
            {
                Print($"  {verdict,-8} {verdicts[verdict].Count(),3}: lost {verdicts[verdict].Count(lost.Contains)}, moved on {verdicts[verdict].Count(movedOn.Contains)}, imported {verdicts[verdict].Count(imported.Contains)}");
            }

            Print($"  wrong: {verdicts["likely"].Count(imported.Contains)} likely without a lost call, {verdicts["unlikely"].Count(deal => !imported.Contains(deal))} unlikely with one; workflows that wait without a call: {view.GetProperty("left").GetProperty("workflows").GetArrayLength()}");
            return verdicts;
        }
    }

    /// <summary>Fifty minutes, in each of which four deals lose their call (one of them is created on the stage), one is imported, and one loses its call and moves on five minutes later.</summary>
    private (List<long> Lost, List<long> Imported, List<long> MovedOn) PassAnHour()
    {
        const int Minutes = 50;
        List<long> lost = [], imported = [], movedOn = [];
        for (var minute = 0; minute < Minutes + 5; minute++)
        {
            _clock.Offset = TimeSpan.FromMinutes(minute - 60);
            if (minute >= 5)
            {
                Move(movedOn[minute - 5], "WON");
            }

            if (minute < Minutes)
            {
                lost.AddRange(Enumerable.Range(0, 3).Select(number => Move(Source.AddDeal($"Потерянная {minute}.{number}"), Stage.RobotStage)));
                lost.Add(Source.AddDeal($"Созданная {minute}", new JsonObject { ["stageId"] = Stage.RobotStage }));
                imported.Add(Import($"Импорт {minute}", minute % 2 == 0));
                movedOn.Add(Move(Source.AddDeal($"Ушла дальше {minute}"), Stage.RobotStage));
            }
        }

        _clock.Offset = TimeSpan.Zero;
        return (lost, imported, movedOn);
    }

    private long Move(long deal, string stage)
    {
        Source.Run(() => Source.Crm.MoveDeal(deal, stage));
        return deal;
    }

    private long Import(string title, bool keepsOldDates)
    {
        var fields = new JsonObject { ["title"] = title, ["stageId"] = Stage.RobotStage, ["assignedById"] = 7 };
        if (keepsOldDates)
        {
            fields["createdTime"] = "2024-01-10T10:00:00+03:00";
        }

        return Source.Call("crm.item.import", new JsonObject { ["entityTypeId"] = Crm.Deal, ["fields"] = fields })!["item"]!["id"]!.GetValue<long>();
    }

    private async Task<JsonElement> CatchUpAsync(params string[] words) => JsonElement.Parse((await RunAsync(["catch-up", "--json", .. words])).Output)[0];

    private async Task<int> SendAsync(params string[] words) => (await CatchUpAsync(words)).GetProperty("sent").GetInt32();

    private Task ArriveAsync(int count) => StageExtensions.UntilAsync(
        () => Stage.Ask("SELECT COUNT(*) FROM transfers WHERE caught_up = 1 AND state = 'done'") == $"{count}", $"{count} have arrived", TimeSpan.FromMinutes(2));

    private static async Task<HttpStatusCode> PostAsync(Delivery call)
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, call.Handler)
        {
            Content = new StringContent(PhpForm.Build(call.Form), new MediaTypeHeaderValue("application/x-www-form-urlencoded")),
        };
        using var answer = await http.SendAsync(request, Cancelled);
        return answer.StatusCode;
    }

    private static void Print(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);
}
