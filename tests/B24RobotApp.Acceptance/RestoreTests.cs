using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance;

/// <summary>The machine is lost an hour after its backup was made, and the backup is put into an empty directory. The portals' clock and the app's notes of when it listened say that an hour went by.</summary>
public sealed class RestoreTests(RestoreTests.Fixture fixture) : StageTests(fixture), IClassFixture<RestoreTests.Fixture>
{
    private static readonly JsonObject MakesAnew = new() { ["mode"] = new JsonArray("create") };

    private readonly ShiftedClock _clock = fixture.Clock;

    public sealed class Fixture : StageFixture
    {
        internal ShiftedClock Clock { get; } = new(TimeSpan.FromMinutes(-75));

        protected override StageOptions Options => base.Options with { Clock = Clock, Settings = new Dictionary<string, string>(Impatient) { ["Transfers__CatchUpAfter"] = "00:00:00" } };
    }

    [Fact]
    public async Task After_a_restore_nothing_is_doubled_and_nothing_is_lost()
    {
        var contact = Source.AddContact("Клиент", email: "restore@example.com");
        List<long> before = [.. Enumerable.Range(0, 10).Select(number => Add($"До копии {number}"))];
        await Task.WhenAll(before.ConvertAll(deal => Stage.Send(deal).ResultAsync()));

        // Under load: some are over when the backup is made, some are under way, some wait. Half of them make a deal anew.
        Stage.PlaceRobots(MakesAnew);
        var held = Esb.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.add", count: 6));
        List<Workflow> underWay = [.. Enumerable.Range(0, 15).Select(number => Stage.Send(Add($"Во время копии {number}")))];
        Stage.PlaceRobots();
        underWay.AddRange(Enumerable.Range(15, 15).Select(number => Stage.Send(Add($"Во время копии {number}"))));
        await StageExtensions.UntilAsync(() => held.Struck > 0, "creates are under way");
        var backup = Path.Combine(Path.GetTempPath(), $"b24robot-backup-{Guid.NewGuid():N}.zip");
        Assert.Equal(0, (await RunAsync("backup", "--to", backup)).Code);
        held.Release();
        Esb.Faults.Clear();
        await Task.WhenAll(underWay.Select(workflow => workflow.ResultAsync(TimeSpan.FromMinutes(2))));

        // What the backup does not know: new deals, new ones that are made anew, and old ones that come again.
        _clock.Offset = TimeSpan.FromMinutes(-60);
        Stage.PlaceRobots(MakesAnew);
        List<long> madeAnew = [.. Enumerable.Range(0, 5).Select(number => Add($"Заново после копии {number}"))];
        await Task.WhenAll(madeAnew.ConvertAll(deal => Stage.Send(deal).ResultAsync()));
        Stage.PlaceRobots();
        List<long> after = [.. Enumerable.Range(0, 10).Select(number => Add($"После копии {number}"))];
        await Task.WhenAll(after.Concat(before.Take(3)).Select(deal => Stage.Send(deal).ResultAsync()).ToList());
        await Source.WhenIdleAsync();
        await Stage.App.KillAsync();
        List<long> lost = [.. Enumerable.Range(0, 5).Select(number => Add($"Пока сервера нет {number}"))];
        lost.ForEach(deal => Stage.Send(deal));
        await Source.WhenIdleAsync();
        _clock.Offset = TimeSpan.Zero;

        Directory.Delete(Stage.DataDirectory, recursive: true);
        var (code, restored) = await RunAsync("restore", backup);
        Print(restored);
        Assert.Equal(0, code);
        File.Delete(backup);
        Print($"Not over when the backup was made: {Stage.Ask("SELECT COUNT(*) FROM transfers WHERE finished_at IS NULL")} of {Stage.TransferCount()}");
        Assert.NotEqual("0", Stage.Ask("SELECT COUNT(*) FROM transfers WHERE finished_at IS NULL AND json_extract(properties, '$.mode[0]') = 'create'"));
        Stage.Change(
            "UPDATE listening SET since = since - @Earlier, until = until - @Earlier; UPDATE stage_templates SET seen_at = seen_at - @Earlier",
            ("@Earlier", (long)TimeSpan.FromMinutes(65).TotalMilliseconds));
        await Stage.App.StartAsync(Cancelled);
        await StageExtensions.UntilAsync(() => Stage.Ask("SELECT COUNT(*) FROM transfers WHERE finished_at IS NULL") == "0", "all that was open is over", TimeSpan.FromMinutes(2));

        // The hour since the backup is a time without listening: what was sent in it is told from what was lost.
        var verdicts = JsonElement.Parse((await RunAsync("catch-up", "--json")).Output)[0].GetProperty("left").GetProperty("candidates").EnumerateArray()
            .ToLookup(candidate => candidate.GetProperty("verdict").GetString()!, candidate => candidate.GetProperty("itemId").GetInt64());
        Print(string.Join(", ", verdicts.Select(verdict => $"{verdict.Key}: {verdict.Count()}")));
        Assert.Equal(lost, verdicts["likely"].Order());
        await RunAsync("catch-up", "--send");

        // Deals come again that only the lost database knew.
        var again = await Task.WhenAll(after.Take(3).Select(deal => Stage.Send(deal).ResultAsync()).ToList());
        Assert.All(again, result => Assert.Equal("updated", result.Status));
        Assert.Equal("created", (await Stage.SendToEndAsync(Add("Новая"))).Status);
        await StageExtensions.UntilAsync(() => Stage.Ask("SELECT COUNT(*) FROM transfers WHERE finished_at IS NULL") == "0", "what was caught up has arrived", TimeSpan.FromMinutes(2));

        var counts = before.Concat(underWay.Select(workflow => workflow.DealId)).Concat(madeAnew).Concat(after).Concat(lost).ToDictionary(deal => deal, deal => Stage.EsbDealsOf(deal).Count);
        Print($"{counts.Count} deals: lost {counts.Count(count => count.Value == 0)}, doubled {counts.Count(count => count.Value > 1)}; clients {Esb.List(Crm.Contact, new JsonObject { ["=originId"] = $"{contact}" }).Count}");
        Assert.All(counts, count => Assert.Equal(1, count.Value));
        Assert.Single(Esb.List(Crm.Contact, new JsonObject { ["=originId"] = $"{contact}" }));
        var (clean, audit) = await RunAsync("audit");
        Print(audit);
        Assert.Equal(0, clean);

        long Add(string title) => Source.AddDeal(title, rows: Crm.Rows, contactIds: contact);
    }

    private static void Print(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
