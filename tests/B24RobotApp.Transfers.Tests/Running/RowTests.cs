using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Schemas;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>Product rows: what they come to, their products, their units, their currency.</summary>
public sealed class RowTests : IAsyncLifetime
{
    private const string Rules = """
        {"to":"title","from":"title"},{"to":"opportunity","from":"opportunity"},{"to":"isManualOpportunity","from":"isManualOpportunity"}
        """;

    private static readonly string[] Seen =
        ["productName", "price", "quantity", "discountTypeId", "discountRate", "discountSum", "taxRate", "taxIncluded", "measureCode", "priceBrutto", "priceNetto"];

    private PortalPair _pair = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Rows of every sort, as a person enters them at the source.</summary>
    public static TheoryData<string> Sorts { get; } =
    [
        """{"productName":"Без скидки","price":100,"quantity":3}""",
        """{"productName":"Скидка 10 %","price":1080,"quantity":1,"discountTypeId":2,"discountRate":10,"taxRate":20,"taxIncluded":"Y"}""",
        """{"productName":"Скидка суммой","price":899.99,"quantity":2,"discountTypeId":1,"discountSum":100.01,"taxRate":20,"taxIncluded":"N"}""",
        """{"productName":"Подарок","price":0,"quantity":1}""",
        """{"productName":"Скидка 100 %","price":0,"quantity":5,"discountTypeId":2,"discountRate":100,"discountSum":250}""",
        """{"productName":"Доли","price":33.33,"quantity":0.3333}""",
        """{"productName":"Ставка 0 %","price":50,"quantity":1,"taxRate":0,"taxIncluded":"Y"}""",
        """{"productName":"Налог сверху","price":118.0,"quantity":7.5,"taxRate":18,"taxIncluded":"N","measureCode":166}""",
    ];

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Theory]
    [MemberData(nameof(Sorts))]
    public async Task A_row_arrives_as_it_is_and_comes_to_the_same_sum(string row)
    {
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, JsonNode.Parse(row)!.AsObject(), Row("Ещё", 10.01m, 3));

        var (transfer, returned) = await _pair.CarryAsync(deal);

        var arrived = _pair.EsbDeals[0];
        Assert.Equal((TransferState.Done, ""), (transfer.State, returned["error_message"]!.ToString()));
        Assert.Equal(Told(Rows(_pair.Source, deal)), Told(Rows(_pair.Esb, (long)arrived["id"]!)));
        Assert.Equal(Amount(Items(_pair.Source, 2).Single(item => (long)item["id"]! == deal)), Amount(arrived));
    }

    [Fact]
    public async Task Eight_hundred_rows_arrive_with_their_sum()
    {
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, [.. Enumerable.Range(1, 800).Select(n => Row($"Позиция {n} & 100 %", n * 1.37m, 1 + (n % 4 * 0.25m)))]);

        var (_, returned) = await _pair.CarryAsync(deal);

        Assert.Equal(("800", ""), (returned["products_sent"]!.ToString(), returned["error_message"]!.ToString()));
        Assert.Equal(Amount(Items(_pair.Source, 2).Single(item => (long)item["id"]! == deal)), Amount(_pair.EsbDeals[0]));
    }

    [Fact]
    public async Task A_sum_that_became_another_on_the_esb_is_told_and_the_deal_stands()
    {
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, Row("Станок", 100.5m, 2));
        _pair.Esb.Methods.Wrap("crm.item.productrow.set", set => call =>
        {
            call.Parameters["productRows"]![0]!["price"] = 99;
            return set(call);
        });

        var (transfer, returned) = await _pair.CarryAsync(deal);

        Assert.Equal((TransferState.Done, "created", "Y", "SUM_DIFFERS"), (transfer.State, returned["status"]!.ToString(), returned["success"]!.ToString(), returned["error_code"]!.ToString()));
        Assert.Contains("198.00 вместо 201.00", returned["error_message"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains(_pair.Source.Crm.Comments(deal), comment => comment.Text.Contains("198.00 вместо 201.00", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_manual_amount_that_differs_from_the_rows_stays_the_senders()
    {
        var deal = _pair.AddDeal(further: fields => fields["isManualOpportunity"] = "Y");
        SetRows(_pair.Source, deal, Row("Станок", 100m, 2));

        var (_, returned) = await _pair.CarryAsync(deal);

        Assert.Equal((1500.5m, ""), (Amount(_pair.EsbDeals[0]), returned["error_message"]!.ToString()));
    }

    [Fact]
    public async Task With_a_fixed_rate_prices_and_amount_arrive_in_the_other_currency()
    {
        await _pair.UseProfileAsync($$"""
            {"schema":1,"name":{"en":"Rates"},"rates":{"USD>EUR":0.9137},"rules":[{{Rules}},{"to":"currencyId","constant":"EUR"}]}
            """);
        _pair.Esb.Crm.AddCurrency("EUR", 1.1m);
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, Row("Станок", 99.99m, 3), new() { ["productName"] = "Доставка", ["price"] = 90, ["quantity"] = 1, ["discountTypeId"] = 1, ["discountSum"] = 10 });

        var (_, returned) = await _pair.CarryAsync(deal);

        var arrived = _pair.EsbDeals[0];
        var rows = Rows(_pair.Esb, (long)arrived["id"]!);
        Assert.Equal(("EUR", ""), (arrived["currencyId"]!.ToString(), returned["error_message"]!.ToString()));
        Assert.Equal([91.36m, 82.23m], rows.Select(row => row!["price"]!.GetValue<decimal>()));
        Assert.Equal(9.14m, rows[1]!["discountSum"]!.GetValue<decimal>());
        Assert.Equal(Math.Round((99.99m * 3 + 90) * 0.9137m, 2), Amount(arrived));
    }

    [Fact]
    public async Task A_currency_that_is_missing_for_several_fields_is_named_once()
    {
        foreach (var code in new[] { "FIRST", "SECOND" })
        {
            foreach (var portal in new[] { _pair.Source, _pair.Esb })
            {
                new UserField("money", false).AddTo(portal, code, []);
            }
        }

        await _pair.UseProfileAsync(
            """{"schema":2,"name":{"en":"Money"},"rules":[{"to":"UF_CRM_FIRST","from":"UF_CRM_FIRST"},{"to":"UF_CRM_SECOND","from":"UF_CRM_SECOND"}]}""");
        var deal = _pair.AddDeal(further: fields => (fields["UF_CRM_FIRST"], fields["UF_CRM_SECOND"]) = ("1|GBP", "2|GBP"));

        var (_, returned) = await _pair.CarryAsync(deal);

        Assert.Equal("Валюты GBP на ЕСБ нет. Добавьте её в настройках CRM на ЕСБ и повторите передачу.", returned["error_message"]!.ToString());
    }

    [Fact]
    public async Task Without_a_rate_the_same_money_has_another_name()
    {
        _pair.Esb.Crm.AddCurrency("EUR", 1.1m);
        await _pair.UseProfileAsync($$"""{"schema":1,"name":{"en":"Names"},"rules":[{{Rules}},{"to":"currencyId","constant":"EUR"}]}""");
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, Row("Станок", 99.99m, 3));

        await _pair.CarryAsync(deal);

        Assert.Equal(299.97m, Amount(_pair.EsbDeals[0]));
    }

    [Fact]
    public async Task A_unit_that_the_esb_lacks_is_a_problem_until_a_table_names_another()
    {
        _pair.Esb.Methods.Wrap("crm.measure.list", list => call => new JsonArray([.. list(call)!.AsArray().Where(unit => unit!["CODE"]!.ToString() != "166").Select(unit => unit!.DeepClone())]));
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, new JsonObject { ["productName"] = "Цемент", ["price"] = 10, ["quantity"] = 2, ["measureCode"] = 166 });

        var (failed, _) = await _pair.CarryAsync(deal);
        await _pair.Stores.Tables.SaveAsync(_pair.Portal.Id, "main", [new ValueTableEntry("measures", "166", "796")], Cancel);
        var (sent, _) = await _pair.CarryAsync(deal);

        Assert.Equal((TransferState.Failed, "TABLE_MISSING"), (failed.State, failed.Outcome!.ErrorCode));
        Assert.Contains("166", failed.Outcome.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(TransferState.Done, sent.State);
        Assert.Equal("796", Assert.Single(Rows(_pair.Esb, (long)_pair.EsbDeals[0]["id"]!))!["measureCode"]!.ToString());
    }

    [Fact]
    public async Task Without_the_scope_for_catalogues_rows_travel_without_products()
    {
        await _pair.UseProfileAsync($$"""{"schema":1,"name":{"en":"Products"},"products":{"match":["xmlId","name"]},"rules":[{{Rules}}]}""");
        _pair.Source.Crm.AddProduct(501, "Станок", "LATHE-1");
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, new JsonObject { ["productId"] = 501, ["price"] = 10, ["quantity"] = 1 });

        var (first, _) = await _pair.CarryAsync(deal);
        _pair.Esb.Journal.Clear();
        var (second, _) = await _pair.CarryAsync(_pair.AddDeal());

        Assert.Equal((TransferState.Done, TransferState.Done), (first.State, second.State));
        Assert.Equal("Станок", Rows(_pair.Esb, (long)_pair.EsbDeals[0]["id"]!)[0]!["productName"]!.ToString());
        Assert.DoesNotContain(Methods(_pair.Esb), method => method.StartsWith("catalog.", StringComparison.Ordinal));
    }

    private static decimal Amount(JsonObject deal) => decimal.Parse(deal["opportunity"]!.ToString(), CultureInfo.InvariantCulture);

    /// <summary>What people see of rows.</summary>
    private static IEnumerable<string> Told(JsonArray rows) => rows.Select(row => string.Join(' ', Seen.Select(name => row![name] is JsonValue value && value.TryGetValue(out decimal number) ? number.ToString("0.####", CultureInfo.InvariantCulture) : row[name]?.ToString())));
}
