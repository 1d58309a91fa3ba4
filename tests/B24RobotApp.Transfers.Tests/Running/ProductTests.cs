using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Schemas;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>The ESB's products for those of the source, where both may be asked about their catalogues.</summary>
public sealed class ProductTests : IAsyncLifetime
{
    private const string Rules = """{"to":"title","from":"title"},{"to":"currencyId","from":"currencyId"}""";

    private PortalPair _pair = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pair = await StartAsync(scopes: "catalog");

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Products_are_found_by_code_article_name_or_table_else_the_row_is_free()
    {
        _pair.Source.Crm.AddProduct(501, "Станок", "LATHE-1");
        _pair.Source.Crm.AddProduct(502, "Сверло", "", ("property94", "A-77"));
        _pair.Source.Crm.AddProduct(503, "Масло", "");
        _pair.Source.Crm.AddProduct(504, "Ветошь", "");
        _pair.Source.Crm.AddProduct(505, "Неизвестно где", "NOWHERE");
        _pair.Esb.Crm.AddProduct(9501, "Lathe", "LATHE-1");
        _pair.Esb.Crm.AddProduct(9502, "Drill", "", ("property112", "A-77"));
        _pair.Esb.Crm.AddProduct(9503, "Масло", "OIL");
        _pair.Esb.Crm.AddProduct(9504, "Rags", "RAGS");
        await _pair.Stores.Tables.SaveAsync(_pair.Portal.Id, "main", [new ValueTableEntry("products", "504", "9504")], Cancel);
        await _pair.UseProfileAsync($$"""
            {"schema":1,"name":{"en":"Products"},"products":{"match":["xmlId","article","name","table"],"articleProperty":"property94 > property112"},"rules":[{{Rules}}]}
            """);
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, [.. Enumerable.Range(501, 5).Select(id => new JsonObject { ["productId"] = id, ["price"] = 10, ["quantity"] = 1 }), Row("Свободная")]);

        await _pair.CarryAsync(deal);

        var rows = Rows(_pair.Esb, (long)_pair.EsbDeals[0]["id"]!);
        Assert.Equal(["9501", "9502", "9503", "9504", "0", "0"], rows.Select(row => row!["productId"]?.ToString() ?? "0"));
        Assert.Equal(["Станок", "Сверло", "Масло", "Ветошь", "Неизвестно где", "Свободная"], rows.Select(row => row!["productName"]!.ToString()));
    }

    [Fact]
    public async Task Products_that_were_looked_up_are_not_asked_for_again()
    {
        _pair.Source.Crm.AddProduct(501, "Станок", "LATHE-1");
        _pair.Esb.Crm.AddProduct(9501, "Lathe", "LATHE-1");
        await _pair.UseProfileAsync($$"""{"schema":1,"name":{"en":"Products"},"products":{"match":["xmlId"]},"rules":[{{Rules}}]}""");
        foreach (var title in new[] { "Первая", "Вторая" })
        {
            var deal = _pair.AddDeal(title);
            SetRows(_pair.Source, deal, new JsonObject { ["productId"] = 501, ["price"] = 10, ["quantity"] = 1 });
            await _pair.CarryAsync(deal);
        }

        Assert.Single(Methods(_pair.Esb), method => method == "catalog.product.list");
        Assert.Single(Methods(_pair.Source), method => method == "catalog.product.list");
        Assert.All(_pair.EsbDeals, item => Assert.Equal("9501", Rows(_pair.Esb, (long)item["id"]!)[0]!["productId"]!.ToString()));
    }
}
