using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Mapping;

namespace B24RobotApp.Transfers.Running.Writing;

/// <summary>Holds what an item comes to on the ESB against what it comes to at the source. A portal rounds, and works amounts out by itself; who sends a deal must hear if the sum became another.</summary>
internal static class SumCheck
{
    private const decimal Tolerance = 0.01m;

    /// <summary>The difference, in words; <see langword="null"/> if there is none, or nothing was read to see it by.</summary>
    /// <param name="write">What was to be written.</param>
    /// <param name="fields">The fields that were written.</param>
    /// <param name="rows">The rows as the ESB answered.</param>
    /// <param name="item">The item as the ESB answered after that.</param>
    public static MappingProblem? Find(EsbWrite write, JsonObject fields, CallOutcome? rows, JsonElement item)
    {
        if (write.RowSum is { } sum && rows?.Result is { } result && SumOf(ProductRows.ReadRows(result)) is var arrived && Math.Abs(arrived - sum) > Tolerance)
        {
            return new("SUM_DIFFERS", write.Texts.SumDiffers(Words(sum), Words(arrived)));
        }

        return decimal.TryParse(fields["opportunity"]?.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var wanted)
            && item.ValueKind == JsonValueKind.Object && item.Property("opportunity").AsDecimal() is { } standing && Math.Abs(standing - wanted) > Tolerance
            ? new("SUM_DIFFERS", write.Texts.SumDiffers(Words(wanted), Words(standing)))
            : null;
    }

    /// <summary>What rows come to, each rounded to the smallest coin as a portal does.</summary>
    public static decimal SumOf(IEnumerable<JsonElement> rows) => rows.Sum(row =>
        Math.Round((row.Property("price").AsDecimal() ?? 0) * (row.Property("quantity").AsDecimal() ?? 1), 2, MidpointRounding.AwayFromZero));

    private static string Words(decimal amount) => amount.ToString("0.00##", CultureInfo.InvariantCulture);
}
