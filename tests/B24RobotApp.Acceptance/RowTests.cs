using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Acceptance;

/// <summary>Product rows by the built app: many of them, and a sum that became another.</summary>
public sealed class RowTests(RowTests.Fixture fixture) : StageTests(fixture), IClassFixture<RowTests.Fixture>
{
    public sealed class Fixture : StageFixture;

    [Fact]
    public async Task Trap_40_eight_hundred_rows_arrive_with_the_senders_sum()
    {
        var rows = new JsonArray([.. Enumerable.Range(1, 800).Select(number => new JsonObject
        {
            ["productName"] = $"Позиция {number} & $result[x] 100 %",
            ["price"] = number * 1.37m,
            ["quantity"] = 1 + (number % 4 * 0.25m),
            ["discountTypeId"] = 2,
            ["discountRate"] = number % 3 * 5,
            ["taxRate"] = 20,
            ["taxIncluded"] = "Y",
        })]);
        var deal = Source.AddDeal("Восемьсот", rows: rows);

        var result = await Stage.SendToEndAsync(deal, limit: TimeSpan.FromMinutes(2));

        Assert.Equal(("created", "800", ""), (result.Status, result.Values["products_sent"]!.ToString(), result.ErrorMessage));
        Assert.Equal(Amount(Source.Get(Crm.Deal, deal)), Amount(Esb.Get(Crm.Deal, result.EsbDealId)));
    }

    [Fact]
    public async Task A_sum_that_a_robot_of_the_esb_changed_is_told()
    {
        Esb.Methods.Wrap("crm.item.productrow.set", set => call =>
        {
            var row = call.Parameters["productRows"].AsList()?.OfType<JsonObject>().FirstOrDefault();
            if (row?["productName"]?.ToString() == "Изменчивый")
            {
                row["price"] = 90;
            }

            return set(call);
        });
        var deal = Source.AddDeal("Другая сумма", rows: [new JsonObject { ["productName"] = "Изменчивый", ["price"] = 100, ["quantity"] = 1 }]);

        var result = await Stage.SendToEndAsync(deal);

        Assert.Equal(("created", "Y", "SUM_DIFFERS"), (result.Status, result.Values["success"]!.ToString(), result.ErrorCode));
        Assert.Contains(Source.AppComments(deal), comment => comment.Text.Contains("90.00 вместо 100.00", StringComparison.Ordinal));
    }

    private static decimal Amount(JsonObject deal) => decimal.Parse(deal["opportunity"]!.ToString(), CultureInfo.InvariantCulture);
}
