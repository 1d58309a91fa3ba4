using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Products;

/// <summary>Works out the prices of a row from the one that was sent, which is after discount and with tax.</summary>
internal static class ProductRowMath
{
    private const long Absolute = 1;
    private const long Percent = 2;

    /// <param name="row">As sent.</param>
    /// <param name="precision">Decimal places of prices.</param>
    /// <exception cref="RestError">The discount is not fully given.</exception>
    public static ProductRow Complete(ProductRow row, int precision)
    {
        var tax = 1 + (row.TaxRate ?? 0) / 100;
        var price = Round(row.Price, precision);
        var exclusive = Round(price / tax, precision);
        var (type, rate, sum) = Discount(row, exclusive, precision);
        var netto = Round(exclusive + sum, precision);
        return row with
        {
            Price = price,
            PriceAccount = price,
            PriceExclusive = exclusive,
            PriceNetto = netto,
            PriceBrutto = Round(netto * tax, precision),
            Quantity = Round(row.Quantity, 4),
            DiscountTypeId = type,
            DiscountRate = Round(rate, 4),
            DiscountSum = Round(sum, precision),
        };
    }

    /// <summary>What the rows come to: the items' amount and the tax in it.</summary>
    public static (decimal Amount, decimal Tax) Total(IEnumerable<ProductRow> rows)
    {
        var (amount, tax) = (0m, 0m);
        foreach (var row in rows)
        {
            amount += Round(row.Price * row.Quantity, 2);
            tax += Round((row.Price - row.Price / (1 + (row.TaxRate ?? 0) / 100)) * row.Quantity, 2);
        }
        return (amount, tax);
    }

    private static (long Type, decimal Rate, decimal Sum) Discount(ProductRow row, decimal exclusive, int precision)
    {
        switch (row.DiscountTypeId)
        {
            case Absolute:
                var sum = row.DiscountSum ?? throw SumMissing("Discount Sum (DISCOUNT_SUM) is required if Monetary Discount Type (DISCOUNT_TYPE_ID) is defined.");
                var before = exclusive + sum;
                return (Absolute, row.DiscountRate ?? (before == 0 ? 0 : 100 * sum / before), sum);
            case Percent:
                var rate = row.DiscountRate ?? 0;
                if (rate == 100)
                {
                    return row.DiscountSum is > 0 and var whole
                        ? (Percent, rate, whole)
                        : throw SumMissing("Discount Sum (DISCOUNT_SUM) is required if Percentage Discount Type (DISCOUNT_TYPE_ID) is defined and Discount Rate (DISCOUNT_RATE) is 100%");
                }
                return (Percent, rate, Round(100 * exclusive / (100 - rate), precision) - exclusive);
            default:
                // A discount without its type is forgotten.
                return (Percent, 0, 0);
        }
    }

    private static decimal Round(decimal value, int places) => decimal.Round(value, places, MidpointRounding.AwayFromZero);

    private static RestError SumMissing(string description) => new("CRM_PRODUCTROW_NORMALIZATION_DISCOUNT_SUM_REQUIRED", description);
}
