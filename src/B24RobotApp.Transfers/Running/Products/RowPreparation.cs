using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running.Writing;

namespace B24RobotApp.Transfers.Running.Products;

/// <summary>What rows are prepared with.</summary>
public sealed record RowsToPrepare
{
    public required Portal Portal { get; init; }

    public required EsbConnection Connection { get; init; }

    public required MappedDeal Mapped { get; init; }

    /// <summary>With what the deal was mapped.</summary>
    public required MappingInput Input { get; init; }

    /// <summary>A user of the source portal whose tokens may be used.</summary>
    public required long? UserId { get; init; }
}

/// <summary>Rows as they are sent.</summary>
/// <param name="Deal">The deal with them; <see langword="null"/> if something stands against it.</param>
/// <param name="Sum">What the rows come to; <see langword="null"/> without rows.</param>
/// <param name="Problems">What stands against it.</param>
public sealed record PreparedRows(MappedDeal? Deal, decimal? Sum, IReadOnlyList<MappingProblem> Problems);

/// <summary>Makes a deal's mapped rows fit for the ESB: its products, its units, its currency.</summary>
public sealed class RowPreparation(ProductMatcher products)
{
    private const int Decimals = 2;

    /// <summary>The money in a row.</summary>
    private static readonly string[] Prices = ["price", "discountSum"];

    /// <summary>Prepares the rows, and the amount if the currency is another on the ESB.</summary>
    /// <exception cref="Bitrix24.Errors.Bitrix24Exception">A portal did not answer.</exception>
    public async Task<PreparedRows> PrepareAsync(RowsToPrepare task)
    {
        var problems = new List<MappingProblem>();
        var rate = RateOf(task);
        var deal = rate == 1 ? task.Mapped : WithAmount(task, rate);
        if (task.Mapped.Rows is not { Count: > 0 } mapped)
        {
            return new PreparedRows(deal, null, []);
        }

        var found = await products.FindAsync(new ProductQuestion
        {
            Portal = task.Portal,
            Connection = task.Connection,
            Input = task.Input,
            UserId = task.UserId,
            Products = ProductsOf(task.Input.Source.Rows),
        });
        var rows = mapped.Select((row, index) => Prepare(row, task.Input.Source.Rows[index], task.Input, found, rate, problems)).ToList();
        return problems.Count > 0
            ? new PreparedRows(null, null, [.. problems.Distinct()])
            : new PreparedRows(deal with { Rows = rows }, SumCheck.SumOf(rows.Select(row => JsonSerializer.SerializeToElement(row))), []);
    }

    private static Dictionary<long, string> ProductsOf(IReadOnlyList<JsonElement> rows)
    {
        var products = new Dictionary<long, string>();
        foreach (var row in rows)
        {
            if (row.Id("productId") is > 0 and var id)
            {
                products.TryAdd(id, row.Text("productName") ?? "");
            }
        }

        return products;
    }

    private static JsonObject Prepare(
        JsonObject mapped, JsonElement source, MappingInput input, IReadOnlyDictionary<long, long> found, decimal rate, List<MappingProblem> problems)
    {
        var row = (JsonObject)mapped.DeepClone();
        if (source.Id("productId") is > 0 and var productId && found.TryGetValue(productId, out var esbProduct))
        {
            row["productId"] = esbProduct;
        }

        // PHP tells a tax of 0 % from none by the exact spelling.
        if (source.Property("taxRate").AsDecimal() == 0)
        {
            row["taxRate"] = 0;
        }

        foreach (var price in rate == 1 ? [] : Prices)
        {
            if (source.Property(price).AsDecimal() is { } amount && row.ContainsKey(price))
            {
                row[price] = Convert(amount, rate);
            }
        }

        if (source.Text("measureCode") is { Length: > 0 } unit)
        {
            WriteUnit(row, unit, source, input, problems);
        }

        return row;
    }

    /// <summary>Units have the same codes everywhere, but not every portal has every unit; a kilogram must not become a piece.</summary>
    private static void WriteUnit(JsonObject row, string unit, JsonElement source, MappingInput input, List<MappingProblem> problems)
    {
        if (input.TryFindInTables("measures", unit, out var counterpart))
        {
            row["measureCode"] = counterpart;
        }
        else if (input.Esb.Measures.Count > 0 && int.TryParse(unit, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && !input.Esb.Measures.ContainsKey(code))
        {
            problems.Add(new(
                "TABLE_MISSING",
                input.Texts.TableMissing("measures", unit, source.Text("measureName") ?? unit, "measureCode", input.SourcePortal.Authority, input.Connection)));
        }
    }

    /// <summary>How much of the ESB's currency one unit of the source's is. Where the profile names no rate a currency of another name is the same money (RUR and RUB).</summary>
    private static decimal RateOf(RowsToPrepare task) =>
        task.Input.Source.Deal.Text("currencyId") is { Length: > 0 } from && task.Mapped.ForCreate["currencyId"]?.ToString() is { Length: > 0 } to && from != to
            ? task.Input.Profile.Rates.GetValueOrDefault($"{from}>{to}", 1)
            : 1;

    /// <summary>The amount in the other currency. It is set by hand, since rounded rows come to another cent.</summary>
    private static MappedDeal WithAmount(RowsToPrepare task, decimal rate)
    {
        if (task.Input.Source.Deal.Property("opportunity").AsDecimal() is not { } amount)
        {
            return task.Mapped;
        }

        JsonObject Converted(JsonObject fields)
        {
            var inOther = Convert(amount, rate);
            if (!decimal.TryParse(fields["opportunity"]?.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var mapped) || (mapped != amount && mapped != inOther))
            {
                // Another value than the source's amount was meant as it is.
                return fields;
            }

            var converted = (JsonObject)fields.DeepClone();
            converted["opportunity"] = inOther;
            converted["isManualOpportunity"] = "Y";
            return converted;
        }

        return task.Mapped with { ForCreate = Converted(task.Mapped.ForCreate), ForUpdate = Converted(task.Mapped.ForUpdate) };
    }

    private static decimal Convert(decimal amount, decimal rate) => Math.Round(amount * rate, Decimals, MidpointRounding.AwayFromZero);
}
