using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>Many reads at once travel as few lists, and each caller gets what his own call would have brought.</summary>
public sealed class SetReadTests : IAsyncLifetime
{
    private PortalPair _pair = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PortalClient Client => _pair.SourcePortals.For(_pair.Portal, 1);

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Each_of_many_gets_what_he_would_have_got_alone()
    {
        var deals = Enumerable.Range(0, 120).Select(AddDeal).ToList();
        var gone = deals[7];
        _pair.Source.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = 2, ["id"] = gone });
        var alone = new List<string>();
        foreach (var deal in deals)
        {
            alone.Add(Describe(await Client.CallGroupAsync(Group(deal), Cancel)));
        }

        _pair.Source.Journal.Clear();

        var together = await Task.WhenAll(deals.Select(deal => Client.CallGroupAsync(Group(deal), Cancel)));

        Assert.Equal(alone, together.Select(Describe));
        Assert.Contains("NOT_FOUND", Describe(together[7]), StringComparison.Ordinal);
        var methods = Methods(_pair.Source);
        Assert.True(methods.Count(method => method == "crm.item.get") < 60, $"{methods.Count(method => method == "crm.item.get")} single reads of 240");
        Assert.True(methods.Count < 240, $"{methods.Count} calls in place of 480");
    }

    [Fact]
    public async Task A_portal_that_does_not_take_several_owners_is_asked_singly()
    {
        var deals = Enumerable.Range(0, 60).Select(AddDeal).ToList();
        _pair.Source.Crm.Settings.TakesOwnerLists = false;

        var together = await Task.WhenAll(deals.Select(deal => Client.CallGroupAsync(Group(deal), Cancel)));

        Assert.All(together.Zip(deals), pair => Assert.Equal(
            Rows(_pair.Source, pair.Second).Count, ProductRows.ReadRows(pair.First[1].GetOrThrow()).Count()));
    }

    [Fact]
    public async Task Failures_reach_everyone_who_waited_for_the_list()
    {
        var deals = Enumerable.Range(0, 60).Select(AddDeal).ToList();
        await Client.CallGroupAsync(Group(deals[0]), Cancel);
        _pair.Source.Faults.Add(new B24RobotApp.Sandbox.Faults.FaultRule(B24RobotApp.Sandbox.Faults.FaultKind.BadGatewayBefore, "crm.item.list", count: 1));

        var reads = deals.Select(async deal =>
        {
            try
            {
                return (await Client.CallGroupAsync(Group(deal), Cancel))[0].Failure?.Code ?? "";
            }
            catch (B24RobotApp.Bitrix24.Errors.Bitrix24Exception exception)
            {
                return exception.Code;
            }
        });
        var codes = await Task.WhenAll(reads);

        Assert.All(codes, code => Assert.True(code is "" or "HTTP_502", code));
        Assert.Contains("HTTP_502", codes);
        Assert.All(await Task.WhenAll(deals.Select(deal => Client.CallGroupAsync(Group(deal), Cancel))), outcomes => Assert.NotNull(outcomes[0].Result));
    }

    private long AddDeal(int number)
    {
        var company = number % 3 == 0 ? 0 : Add(_pair.Source, 4, new JsonObject { ["title"] = $"ООО {number}" });
        var contacts = Enumerable.Range(0, number % 4).Select(i => Add(_pair.Source, 3, new JsonObject { ["name"] = $"К{number}.{i}", ["fm"] = Communications($"+7916{number:D3}{i:D4}") })).ToList();
        var deal = _pair.AddDeal($"Сделка {number}", fields =>
        {
            fields["companyId"] = company;
            fields["contactIds"] = new JsonArray([.. contacts.Select(id => JsonValue.Create(id))]);
        });
        if (number % 5 != 0)
        {
            SetRows(_pair.Source, deal, [.. Enumerable.Range(1, number % 5 == 4 ? 60 : number % 5).Select(row => Row($"Товар {row}", row))]);
        }

        return deal;
    }

    private static CallGroup Group(long deal) => new(
    [
        CrmItems.Get(2, deal),
        ProductRows.List(2, deal),
        CrmItems.Get(4, JsonValue.Create(new ResultReference(0, "item", "companyId"))!),
        CrmItems.List(3, new JsonObject { ["@id"] = JsonValue.Create(new ResultReference(0, "item", "contactIds")) }, ["*"]),
    ]);

    /// <summary>What a reader takes from the outcomes: of calls that referred to nothing it takes nothing.</summary>
    private static string Describe(IReadOnlyList<CallOutcome> outcomes)
    {
        if (outcomes[0].Result is not { } deal)
        {
            return outcomes[0].Failure!.Code;
        }

        var item = CrmItems.ReadItem(deal);
        var company = item.TryGetProperty("companyId", out var id) && id.ValueKind == JsonValueKind.Number && id.GetInt64() > 0 ? CrmItems.ReadItem(outcomes[2].GetOrThrow()).GetRawText() : "";
        var contacts = item.GetProperty("contactIds").ValueKind == JsonValueKind.Array && item.GetProperty("contactIds").GetArrayLength() > 0
            ? string.Concat(CrmItems.ReadItems(outcomes[3].GetOrThrow()).Select(contact => contact.GetRawText()).Order(StringComparer.Ordinal))
            : "";

        // A list may bring more than the first page at once.
        var rows = ProductRows.ReadRows(outcomes[1].GetOrThrow()).Take(50).Select(row => row.GetProperty("productName").GetString());
        return string.Create(CultureInfo.InvariantCulture, $"{item.GetRawText()} {company} {contacts} {string.Join(',', rows)}");
    }
}
