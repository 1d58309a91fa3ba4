using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Tests.Running;
using B24RobotApp.Transfers.Tests.Waits;
using B24RobotApp.Transfers.WriteBacks;
using Xunit;

namespace B24RobotApp.Transfers.Tests.WriteBacks;

public sealed class WriteBackTests : IAsyncLifetime
{
    private const string Rules = """
        { "from": "opportunity", "to": "opportunity" },
        { "from": "currencyId", "to": "currencyId" },
        { "from": "stageId", "to": "stageId", "values": { "UC_TRANSFER": "UC_TRANSFER", "NEW": "NEW", "S": "WON" } },
        { "from": "comments", "to": "comments", "policy": "onlyIfEmpty" },
        { "from": "title", "to": "title", "policy": "never" },
        { "from": "responsible", "to": "UF_CRM_ESB_MANAGER" },
        { "from": "link", "to": "UF_CRM_ESB_LINK", "policy": "onlyIfEmpty" }
        """;

    /// <summary>Those whose first robot has called.</summary>
    private readonly HashSet<string> _workflows = [];

    private WaitStage _stage = null!;
    private int _calls;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PortalPair Pair => _stage.Pair;

    public async ValueTask InitializeAsync()
    {
        _stage = await WaitStage.StartAsync();
        foreach (var code in new[] { "UF_CRM_ESB_MANAGER", "UF_CRM_ESB_LINK" })
        {
            Pair.Source.Call("crm.deal.userfield.add", new JsonObject { ["fields"] = new JsonObject { ["FIELD_NAME"] = code, ["USER_TYPE_ID"] = "string" } });
        }
    }

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task A_change_on_the_ESB_goes_back_by_the_rules_and_stands_in_the_transfers_story()
    {
        await UseAsync(Rules, logStages: true);
        var deal = Pair.AddDeal("Поставка", fields => fields["comments"] = "Свой комментарий");
        var (transfer, _) = await Pair.CarryAsync(deal);
        var esbId = transfer.Outcome!.EsbDealId!.Value;
        await _stage.StepAsync();
        Assert.EndsWith($"/crm/deal/details/{esbId}/", Source(deal)["UF_CRM_ESB_LINK"]!.ToString(), StringComparison.Ordinal);

        PortalPair.Update(Pair.Esb, esbId, new JsonObject
        {
            ["opportunity"] = 1700, ["isManualOpportunity"] = "Y", ["stageId"] = "WON", ["comments"] = "Их комментарий", ["title"] = "Их название", ["assignedById"] = PortalPair.Manager,
        });
        await _stage.PassAsync(TimeSpan.FromSeconds(20));

        var source = Source(deal);
        Assert.Equal(
            ("1700", "USD", "WON", "Свой комментарий", "Поставка", "Олег Ветров"),
            (source["opportunity"]!.ToString(), source["currencyId"]!.ToString(), source["stageId"]!.ToString(), source["comments"]!.ToString(), source["title"]!.ToString(), source["UF_CRM_ESB_MANAGER"]!.ToString()));
        var told = (await Pair.Stores.Followed.WriteBacksAsync(transfer.Id, Cancel))[0].Fields.ToDictionary(field => field.From, field => field.Result);
        Assert.Equal(
            (WriteBackResult.Written, WriteBackResult.Written, WriteBackResult.Kept, WriteBackResult.Kept),
            (told["opportunity"], told["stageId"], told["comments"], told["title"]));
        var entries = PortalPair.Methods(Pair.Source).Count(method => method == "crm.timeline.logmessage.add");
        await _stage.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(1, entries);
        Assert.Equal(1, PortalPair.Methods(Pair.Source).Count(method => method == "crm.timeline.logmessage.add"));
    }

    [Fact]
    public async Task What_the_source_portal_refuses_is_told_in_the_story_and_not_tried_again_and_what_passes_is_tried_until_it_is_through()
    {
        await UseAsync("""{ "from": "opportunity", "to": "opportunity" }""");
        var deal = Pair.AddDeal();
        var (transfer, _) = await Pair.CarryAsync(deal);
        await _stage.StepAsync();
        Pair.Source.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.item.update", count: 1) { Code = "ACCESS_DENIED" });
        PortalPair.Update(Pair.Esb, transfer.Outcome!.EsbDealId!.Value, new JsonObject { ["opportunity"] = 7 });
        await _stage.PassAsync(TimeSpan.FromMinutes(1));
        var refused = (await Pair.Stores.Followed.WriteBacksAsync(transfer.Id, Cancel))[0];
        Assert.Equal(WriteBackResult.Refused, refused.Fields.Single().Result);
        Assert.Contains("ACCESS_DENIED", refused.Problem, StringComparison.Ordinal);
        Assert.Equal("1500.5", Source(deal)["opportunity"]!.ToString());

        var outage = Pair.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        PortalPair.Update(Pair.Esb, transfer.Outcome.EsbDealId.Value, new JsonObject { ["opportunity"] = 8 });
        await _stage.PassAsync(TimeSpan.FromMinutes(1));
        Pair.Source.Faults.Remove(outage);
        await _stage.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("8", Source(deal)["opportunity"]!.ToString());
    }

    [Fact]
    public async Task Changes_of_a_day_without_the_app_and_of_a_day_on_which_a_portal_does_not_answer_come_back_once_each()
    {
        await UseAsync("""{ "from": "opportunity", "to": "opportunity" }, { "from": "stageId", "to": "stageId", "values": { "NEW": "NEW", "S": "WON" } }""");
        var deals = new List<(long Source, long Esb)>();
        for (var i = 0; i < 60; i++)
        {
            var deal = Pair.AddDeal($"Сделка {i}");
            deals.Add((deal, (await Pair.CarryAsync(deal)).Transfer.Outcome!.EsbDealId!.Value));
        }

        await _stage.PassAsync(TimeSpan.FromMinutes(1));
        Pair.Source.Journal.Clear();

        // Nobody looks for a day.
        Pair.Clock.Advance(TimeSpan.FromHours(12));
        Change(7);
        Pair.Clock.Advance(TimeSpan.FromHours(12));
        _stage.Restart();
        await _stage.PassAsync(TimeSpan.FromMinutes(1));
        Assert.All(deals, deal => Assert.Equal("7", Source(deal.Source)["opportunity"]!.ToString()));
        Assert.Equal(deals.Count, Writes());

        // The ESB is silent for a day, then the source.
        var outage = Pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        Change(8);
        await _stage.PassAsync(TimeSpan.FromDays(1), TimeSpan.FromMinutes(20));
        Pair.Esb.Faults.Remove(outage);
        await _stage.PassAsync(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));
        Assert.All(deals, deal => Assert.Equal("8", Source(deal.Source)["opportunity"]!.ToString()));
        Assert.Equal(2 * deals.Count, Writes());
        outage = Pair.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore));
        Change(9);
        await _stage.PassAsync(TimeSpan.FromDays(1), TimeSpan.FromMinutes(20));
        Pair.Source.Faults.Remove(outage);
        await _stage.PassAsync(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));

        Assert.All(deals, deal => Assert.Equal("9", Source(deal.Source)["opportunity"]!.ToString()));
        await _stage.PassAsync(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));
        Assert.Equal(3 * deals.Count, Pair.Source.Journal.Entries.Where(entry => entry.Status == 200)
            .SelectMany(entry => entry.Calls.Count > 0 ? entry.Calls.Select(call => call.Method) : [entry.Method]).Count(method => method == "crm.item.update"));

        void Change(int amount) => deals.ForEach(deal => PortalPair.Update(Pair.Esb, deal.Esb, new JsonObject { ["opportunity"] = amount }));
        int Writes() => PortalPair.Methods(Pair.Source).Count(method => method == "crm.item.update");
    }

    [Fact]
    public async Task A_thousand_changes_on_both_sides_travel_once_each_and_none_comes_back()
    {
        const int Deals = 20;
        const int Changes = 1000;
        await UseAsync(Rules);
        Pair.Source.Automation.Clear(0, "NEW");
        Pair.Source.Automation.Clear(0, PortalPair.RobotStage);
        foreach (var stage in new[] { "NEW", PortalPair.RobotStage })
        {
            // Whatever stage a deal comes to, a robot sends it.
            Pair.Source.Automation.Place(0, stage, new AppRobotStep(Pair.App.ClientId, "send_to_esb", []) { Waits = true });
        }

        _calls = Pair.Source.Automation.Calls.Count;
        var deals = new List<(long Source, long Esb)>();
        for (var i = 0; i < Deals; i++)
        {
            var deal = Pair.AddDeal($"Сделка {i}");
            await QuietAsync();
            deals.Add((deal, EsbIdOf(deal)));
        }

        Pair.Source.Journal.Clear();
        Pair.Esb.Journal.Clear();
        var random = new Random(5);
        var (bySource, byEsb, amount) = (0, 0, 10_000);
        for (var round = 0; round < Changes / Deals; round++)
        {
            foreach (var (source, esb) in deals)
            {
                amount++;
                if (random.Next(2) == 0)
                {
                    // Someone at the source: the amount, then the card.
                    PortalPair.Update(Pair.Source, source, new JsonObject { ["opportunity"] = amount });
                    Pair.Source.Crm.MoveItem(2, source, Source(source)["stageId"]!.ToString() == "NEW" ? PortalPair.RobotStage : "NEW");
                    bySource++;
                }
                else
                {
                    var stage = Esb(esb)["stageId"]!.ToString() == "NEW" ? PortalPair.RobotStage : "NEW";
                    PortalPair.Update(Pair.Esb, esb, new JsonObject { ["opportunity"] = amount, ["stageId"] = stage });
                    _stage.Hints.Add("main", new Transfers.Waits.EsbItem(2, esb));
                    byEsb++;
                }
            }

            await QuietAsync();
            Pair.Clock.Advance(TimeSpan.FromSeconds(30));
        }

        await QuietAsync();
        var (toEsb, toSource) = (Count(Pair.Esb), Count(Pair.Source));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Changes} changes: {bySource} at the source made {toEsb} writes to the ESB, {byEsb} on the ESB made {toSource} writes to the source; {Pair.Source.Automation.Calls.Count - _calls} robot calls left");
        Assert.Equal((bySource, byEsb), (toEsb, toSource));
        Assert.All(deals, deal => Assert.Equal(Source(deal.Source)["opportunity"]!.ToString(), Esb(deal.Esb)["opportunity"]!.ToString()));

        static int Count(Sandbox.Portals.SandboxPortal portal) => PortalPair.Methods(portal).Count(method => method == "crm.item.update");
    }

    [Fact]
    public async Task Two_ESBs_of_one_deal_each_write_back_by_their_own_profile_learn_of_each_others_changes_and_make_no_circle()
    {
        const string Stage = """{ "from": "stageId", "to": "stageId", "values": { "UC_TRANSFER": "UC_TRANSFER", "NEW": "NEW" } }""";
        await UseAsync($$"""{ "from": "opportunity", "to": "opportunity" }, {{Stage}}""");
        await UseAsync($$"""{ "from": "opportunity", "to": "opportunity", "policy": "never" }, { "from": "responsible", "to": "UF_CRM_ESB_MANAGER" }, {{Stage}}""", code: "second");
        var second = await Pair.AddEsbAsync("second");
        second.Users.Add(new(PortalPair.Manager, "Инна", "Белова"));
        second.Crm.SetPipeline(0, "Продажи", new("NEW", "Новая"), new(PortalPair.RobotStage, "Передать"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
        foreach (var stage in new[] { "NEW", PortalPair.RobotStage })
        {
            Pair.Source.Automation.Clear(0, stage);
            foreach (var _ in (string[])["main", "second"])
            {
                Pair.Source.Automation.Place(0, stage, new AppRobotStep(Pair.App.ClientId, "send_to_esb", []) { Waits = true });
            }
        }

        _calls = Pair.Source.Automation.Calls.Count;
        var deal = Pair.AddDeal();
        await QuietAsync();
        var there = PortalPair.Items(second, 2).Single()["id"]!.GetValue<long>();
        JsonObject Second() => Item(second, there);
        await PassQuietlyAsync();
        Pair.Source.Journal.Clear();
        Pair.Esb.Journal.Clear();
        second.Journal.Clear();

        // The first one's amount goes on to the second one; its own echo does not come back to it.
        PortalPair.Update(Pair.Esb, EsbIdOf(deal), new JsonObject { ["opportunity"] = 1700, ["stageId"] = PortalPair.RobotStage });
        await PassQuietlyAsync();
        Assert.Equal(("1700", PortalPair.RobotStage, "1700"), (Source(deal)["opportunity"]!.ToString(), Source(deal)["stageId"]!.ToString(), Second()["opportunity"]!.ToString()));
        Assert.Equal((1, 0, 1), (Writes(Pair.Source), Writes(Pair.Esb), Writes(second)));

        // The second one's amount is its own affair, its stage and its people are not.
        PortalPair.Update(second, there, new JsonObject { ["opportunity"] = 99, ["assignedById"] = PortalPair.Manager });
        await PassQuietlyAsync();
        Assert.Equal(("1700", "Инна Белова"), (Source(deal)["opportunity"]!.ToString(), Source(deal)["UF_CRM_ESB_MANAGER"]!.ToString()));
        PortalPair.Update(second, there, new JsonObject { ["stageId"] = PortalPair.RobotStage });
        PortalPair.Update(second, there, new JsonObject { ["stageId"] = "NEW" });
        await PassQuietlyAsync();
        PortalPair.Update(second, there, new JsonObject { ["stageId"] = PortalPair.RobotStage });
        Pair.Source.Crm.MoveItem(2, deal, "NEW");
        await PassQuietlyAsync();

        var (toSource, toFirst, toSecond) = (Writes(Pair.Source), Writes(Pair.Esb), Writes(second));
        await PassQuietlyAsync();
        await PassQuietlyAsync();
        Assert.Equal((toSource, toFirst, toSecond), (Writes(Pair.Source), Writes(Pair.Esb), Writes(second)));
        Assert.Equal("1700", Esb(EsbIdOf(deal))["opportunity"]!.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine($"{toSource} writes to the source, {toFirst} to the first ESB, {toSecond} to the second");
        Assert.InRange(toSource, 3, 5);

        // What a person moves at the source is sent again.
        Assert.InRange(toFirst, 0, 1);

        static int Writes(Sandbox.Portals.SandboxPortal portal) => PortalPair.Methods(portal).Count(method => method == "crm.item.update");
    }

    private async Task PassQuietlyAsync()
    {
        for (var passed = 0; passed < 12; passed++)
        {
            Pair.Clock.Advance(TimeSpan.FromSeconds(10));
            await QuietAsync();
        }
    }

    /// <summary>Lets the app do everything until nothing is left to do: the robots' calls, the transfers, the looks.</summary>
    private async Task QuietAsync()
    {
        do
        {
            while (_calls < Pair.Source.Automation.Calls.Count)
            {
                var form = Pair.Source.Automation.Calls[_calls++].Form;
                var robot = _workflows.Add(form["workflow_id"]!.ToString()) ? "main" : "second";
                var id = form["document_id"]![2]!.ToString();
                await Pair.Stores.Transfers.TryAddAsync(
                    Given.Transfer(Pair.Portal.Id, long.Parse(id.AsSpan(id.LastIndexOf('_') + 1), System.Globalization.CultureInfo.InvariantCulture), form["event_token"]!.ToString(), robot, Pair.AppClock.GetUtcNow(), properties: PortalPair.Properties(("profile", robot == "main" ? "default" : robot)).ToJsonString()),
                    Cancel);
            }

            while (await Pair.AttemptManyAsync(100) + await Pair.AttemptManyAsync(100, "second") > 0)
            {
                // More wait behind them.
            }

            await _stage.StepAsync();
            await Pair.Source.WhenIdleAsync();
        }
        while (_calls < Pair.Source.Automation.Calls.Count || _stage.Hints.Connections.Count > 0);
    }

    private async Task UseAsync(string rules, bool logStages = false, string code = "default") => await Pair.Stores.Profiles.SaveAsync(code, $$"""
        {"schema":2,"name":{"en":"Both ways"},"logStages":{{(logStages ? "true" : "false")}},"writeBack":[{{rules}}],"rules":[
          {"to":"title","from":"title"},{"to":"opportunity","from":"opportunity"},{"to":"currencyId","from":"currencyId"},{"to":"isManualOpportunity","constant":true},{"to":"comments","from":"comments"}]}
        """, null, Cancel);

    private JsonObject Source(long id) => Item(Pair.Source, id);

    private JsonObject Esb(long id) => Item(Pair.Esb, id);

    private static JsonObject Item(Sandbox.Portals.SandboxPortal portal, long id) =>
        portal.Call("crm.item.get", new JsonObject { ["entityTypeId"] = 2, ["id"] = id, ["useOriginalUfNames"] = "Y" })!["item"]!.AsObject();

    private long EsbIdOf(long deal) => Pair.EsbDeals.Single(item => item["originId"]!.ToString() == $"{deal}")["id"]!.GetValue<long>();
}
