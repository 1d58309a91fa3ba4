using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance;

/// <summary>Transfers of one deal keep their order; whoever hangs holds up nobody else, however few places there are.</summary>
public sealed class OrderTests(OrderTests.Fixture fixture) : StageTests(fixture), IClassFixture<OrderTests.Fixture>
{
    private readonly AppInstallation _second = fixture.Second;

    public sealed class Fixture : StageFixture
    {
        /// <summary>The app on the second source portal.</summary>
        public AppInstallation Second { get; private set; } = null!;

        protected override StageOptions Options => new()
        {
            Program = BuiltApp.Program,
            WithSampleData = true,
            MorePortals = [new PortalOptions { Code = "source2", Title = "Второй партнёр" }, new PortalOptions { Code = "esb2", Title = "Второй ЕСБ" }],
            Settings = new Dictionary<string, string> { ["Transfers__Concurrency"] = "32" },
            SettingsOf = SecondConnection,
        };

        protected override async Task InstallAsync()
        {
            await base.InstallAsync();
            Stage.Sandbox.Portals["source2"].Crm.SetPipeline(
                0, "Продажи", new("NEW", "Новая"), new(Stage.RobotStage, "Передать партнёру"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
            Second = await Stage.InstallAsync(Stage.Sandbox.Portals["source2"], CancellationToken.None);
            Stage.PlaceRobots(installation: Second);
        }

        private static Dictionary<string, string> SecondConnection(SandboxHost sandbox) => new()
        {
            ["Esb__Connections__1__Code"] = "esb2",
            ["Esb__Connections__1__WebhookUrl"] = sandbox.Portals["esb2"].CreateIncomingWebhook(1, "crm", "user_basic").Url.AbsoluteUri,
            ["Esb__Connections__1__Portals__0"] = "127.0.0.1",
        };
    }

    [Fact]
    public async Task Calls_of_one_deal_keep_their_order_and_never_overlap()
    {
        var deal = Source.AddDeal("Первая версия", rows: Crm.Rows);
        var held = Esb.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.productrow.set", count: 1));
        Stage.Send(deal);
        await StageExtensions.UntilAsync(() => held.Struck > 0, "the first transfer writes");
        Workflow last = null!;
        foreach (var version in (string[])["Вторая версия", "Третья версия", "Четвёртая версия"])
        {
            Source.Update(Crm.Deal, deal, new JsonObject { ["title"] = version });
            last = Stage.Send(deal);
            await StageExtensions.UntilAsync(() => Source.Automation.Calls[^1].Status == 200, "the call is answered");
        }

        // Another deal passes while the first one is held up: one transfer of it is under way, and no more.
        await Stage.SendToEndAsync(Source.AddDeal("Другая сделка"));
        Assert.Single(Source.Journal.Calls("crm.item.get"), call => IsAbout(call, deal));
        held.Release();
        var result = await last.ResultAsync();

        Assert.Equal("updated", result.Status);
        Assert.Equal("Четвёртая версия", Stage.OneEsbDealOf(deal)["title"]?.ToString());
        AssertOneAfterTheOther(deal, times: 4);
    }

    [Fact]
    public async Task A_hanging_ESB_does_not_hold_up_another_one()
    {
        var esb2 = Stage.Sandbox.Portals["esb2"];
        esb2.Faults.Add(new FaultRule(FaultKind.Held));
        Stage.PlaceRobots(new JsonObject { ["connection"] = "esb2" });
        var stuck = Enumerable.Range(1, 10).Select(number => Stage.Send(AddPlainDeal(Source, $"Ждёт {number}"))).ToList();
        await StageExtensions.UntilAsync(() => esb2.Faults.Rules[0].Struck > 0, "the second ESB hangs");

        Stage.PlaceRobots(new JsonObject { ["connection"] = "esb" });
        foreach (var workflow in Enumerable.Range(1, 10).Select(number => Stage.Send(Source.AddDeal($"Проходит {number}"))).ToList())
        {
            Assert.Equal("created", (await workflow.ResultAsync(TimeSpan.FromSeconds(20))).Status);
        }

        Assert.All(stuck, workflow => Assert.Equal(WorkflowState.Running, workflow.State));
        esb2.Faults.Clear();
        foreach (var workflow in stuck)
        {
            Assert.Equal("created", (await workflow.ResultAsync()).Status);
            Assert.Single(Stage.EsbDealsOf(workflow.DealId, Source, esb2));
        }
    }

    [Fact]
    public async Task A_hanging_source_portal_does_not_hold_up_another_one()
    {
        var source2 = _second.Portal;
        source2.Faults.Add(new FaultRule(FaultKind.Held));
        var stuck = Enumerable.Range(1, 10).Select(number => Stage.Send(source2, AddPlainDeal(source2, $"Ждёт {number}"))).ToList();
        await StageExtensions.UntilAsync(() => source2.Faults.Rules[0].Struck > 0, "the second source hangs");

        foreach (var workflow in Enumerable.Range(1, 10).Select(number => Stage.Send(Source.AddDeal($"Проходит {number}"))).ToList())
        {
            Assert.Equal("created", (await workflow.ResultAsync(TimeSpan.FromSeconds(20))).Status);
        }

        Assert.All(stuck, workflow => Assert.Equal(WorkflowState.Running, workflow.State));
        source2.Faults.Clear();
        foreach (var workflow in stuck)
        {
            Assert.Equal("created", (await workflow.ResultAsync()).Status);
            Assert.Single(Stage.EsbDealsOf(workflow.DealId, source2, Esb));
        }
    }

    private static long AddPlainDeal(SandboxPortal portal, string title) =>
        portal.Add(Crm.Deal, new JsonObject { ["title"] = title, ["opportunity"] = 100, ["currencyId"] = "USD" });

    private static bool IsAbout(JsonObject call, long deal) => call["entityTypeId"]?.ToString() == "2" && call["id"]?.ToString() == $"{deal}";

    /// <summary>Each transfer reads the deal after the one before it has reported.</summary>
    private void AssertOneAfterTheOther(long deal, int times)
    {
        var steps = new List<string>();
        foreach (var entry in Source.Journal.Entries)
        {
            foreach (var call in entry.Calls)
            {
                if (call.Method == "crm.item.get" && IsAbout(call.Parameters!, deal))
                {
                    steps.Add("read");
                }
                else if (call.Method == "crm.timeline.comment.add" && call.Parameters?["fields"]?["ENTITY_ID"]?.ToString() == $"{deal}")
                {
                    steps.Add("reported");
                }
            }
        }

        Assert.Equal(Enumerable.Repeat((string[])["read", "reported"], times).SelectMany(step => step), steps);
    }
}
