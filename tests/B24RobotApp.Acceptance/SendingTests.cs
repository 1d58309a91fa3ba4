using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;

namespace B24RobotApp.Acceptance;

/// <summary>Deals that were there before the robot are sent by the command line beside the running server.</summary>
public sealed class SendingTests(SendingTests.Fixture fixture) : StageTests(fixture), IClassFixture<SendingTests.Fixture>
{
    public sealed class Fixture : StageFixture;

    [Fact]
    public async Task Existing_deals_are_previewed_and_sent_once_though_the_server_is_killed_and_a_robots_deal_does_not_wait_for_them()
    {
        var deals = Enumerable.Range(1, 120).Select(number => Source.AddDeal($"Старая {number}", new JsonObject { ["assignedById"] = 1 })).ToList();

        var (previewed, preview) = await RunAsync("send", "--stage", "PREPARATION", "--responsible", "1", "--json");
        Assert.Equal((0, 120), (previewed, JsonElement.Parse(preview).GetProperty("total").GetInt32()));
        Assert.Empty(Stage.EsbDealsOf(deals[0]));
        var (begun, _) = await RunAsync("send", "--stage", "PREPARATION", "--responsible", "1", "--yes");
        Assert.Equal(0, begun);

        await StageExtensions.UntilAsync(() => Stage.EsbDealsOf(deals[0]).Count > 0, "the first deal arrives");
        await KillAndStartAsync();
        var live = Source.AddDeal("От робота");
        Assert.Equal("created", (await Stage.SendToEndAsync(live)).Status);

        await StageExtensions.UntilAsync(() => Stage.Ask("SELECT state FROM sendings") == "done", "all are sent");
        Assert.All(deals, deal => Stage.OneEsbDealOf(deal));
        var (_, list) = await RunAsync("sendings", "list", "--json");
        var sending = JsonElement.Parse(list)[0];
        Assert.Equal(("done", 120, 0), (sending.GetProperty("state").GetString(), sending.GetProperty("arrived").GetInt32(), sending.GetProperty("failed").GetInt32()));

        // The audit beside it: all is well, then one of them is deleted on the ESB.
        var (clean, _) = await RunAsync("audit");
        Esb.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = 2, ["id"] = Stage.OneEsbDealOf(deals[0])["id"]!.DeepClone() });
        var (found, audit) = await RunAsync("audit", "--language", "ru");
        var (last, report) = await RunAsync("audit", "--last", "--json");
        Assert.Equal((0, 1, 1), (clean, found, last));
        Assert.Contains($"Сделка {deals[0]} передана", audit, StringComparison.Ordinal);
        Assert.Equal(deals[0], Assert.Single(JsonElement.Parse(report).GetProperty("findings").EnumerateArray()).GetProperty("sourceId").GetInt64());
        Assert.Equal(1, (await RunAsync("sendings", "cancel", sending.GetProperty("id").GetInt64().ToString(CultureInfo.InvariantCulture))).Code);
    }
}
