using System.Globalization;
using System.Text;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Api;

/// <summary>Transfers as a table for a spreadsheet: UTF-8 with its mark, separated by what the spreadsheets of the language expect, and no cell is taken for a formula.</summary>
internal sealed class TransferCsv(Portal portal, string language)
{
    private const int Page = 500;

    private readonly bool _russian = TransferTexts.IsRussian(language);

    private char Separator => _russian ? ';' : ',';

    private string[] Head => _russian
        ? ["Передача", "Вид", "Сделка", "Название", "Адрес", "Подключение", "Состояние", "Итог", "Сделка ЕСБ", "Адрес на ЕСБ", "Код", "Что случилось", "Принята", "Завершена", "Попыток"]
        : ["Transfer", "Kind", "Deal", "Title", "Address", "Connection", "State", "Outcome", "ESB deal", "Address on the ESB", "Code", "What happened", "Received", "Ended", "Attempts"];

    /// <summary>Writes all transfers of a query, page by page, so that memory does not grow with their number.</summary>
    public async Task WriteAsync(Stream target, TransferStore store, TransferQuery query, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(target, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true);
        await WriteHeadAsync(writer);
        await WriteRowsAsync(writer, store, query, _ => { }, cancellationToken);
    }

    public Task WriteHeadAsync(TextWriter writer) => WriteLineAsync(writer, Head);

    /// <summary>Writes the lines behind the head.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="store">Where from.</param>
    /// <param name="query">Which.</param>
    /// <param name="written">Hears after each page how many lines it had.</param>
    /// <param name="cancellationToken">Ends it after a page.</param>
    public async Task WriteRowsAsync(TextWriter writer, TransferStore store, TransferQuery query, Action<int> written, CancellationToken cancellationToken)
    {
        long? before = null;
        do
        {
            var page = await store.ListAsync(query with { Before = before, Most = Page }, cancellationToken);
            foreach (var transfer in page)
            {
                await WriteLineAsync(writer, CellsOf(TransferEndpoints.RowOf(transfer, portal)));
            }

            written(page.Count);
            before = page.Count == Page ? page[^1].Sequence : null;
        }
        while (before is not null);
    }

    private static string?[] CellsOf(TransferEndpoints.Row row) =>
    [
        row.Id, row.Kind, Number(row.ItemId), row.Title, row.ItemUrl, row.Connection, row.State.ToString().ToLowerInvariant(), row.Status?.ToString().ToLowerInvariant(), Number(row.EsbId), row.EsbUrl,
        row.ErrorCode, row.ErrorMessage, Time(row.ReceivedAt), Time(row.FinishedAt), Number(row.Attempt),
    ];

    private Task WriteLineAsync(TextWriter writer, IEnumerable<string?> cells) => writer.WriteAsync(string.Join(Separator, cells.Select(Quote)) + "\r\n");

    /// <summary>In quotes whatever it holds; a title that a customer began with "=", be it a wide one, is a text and no formula. Source: OWASP, CSV Injection.</summary>
    private static string Quote(string? cell)
    {
        var text = cell is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠', ..] ? $"'{cell}" : cell ?? "";
        return $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
