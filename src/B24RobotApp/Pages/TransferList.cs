using System.Globalization;
using System.Text;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Pages;

/// <summary>A portal's latest transfers as a table.</summary>
internal sealed class TransferList(TransferStore transfers)
{
    public async Task AddToAsync(Page page, PageTexts texts, Portal portal, CancellationToken cancellationToken)
    {
        page.Add($"<h2>{Page.Encode(texts["app.transfers"])}</h2>");
        var latest = await transfers.ListAsync(new TransferQuery { Portal = portal.Id }, cancellationToken);
        if (latest.Count == 0)
        {
            page.Paragraph(texts["app.transfers.none"]);
            return;
        }

        var rows = new StringBuilder();
        foreach (var transfer in latest)
        {
            rows.Append(Row(texts, portal, transfer));
        }

        string Head(string key) => $"<th scope=\"col\">{Page.Encode(texts[key])}</th>";
        page.Add($"""
            <table>
            <thead><tr>{Head("column.time")}{Head("column.deal")}{Head("column.state")}{Head("column.esb")}{Head("column.error")}</tr></thead>
            <tbody>{rows}</tbody>
            </table>
            """);
    }

    private static string Row(PageTexts texts, Portal portal, Transfer transfer)
    {
        var deal = transfer.Request.ItemId.ToString(CultureInfo.InvariantCulture);
        var dealUrl = new Uri(portal.Address, $"crm/deal/details/{deal}/").AbsoluteUri;
        var esb = transfer.Outcome is { EsbDealId: { } id, EsbDealUrl: { } url }
            ? $"<a href=\"{Page.Encode(url)}\" target=\"_blank\" rel=\"noopener noreferrer\">{id.ToString(CultureInfo.InvariantCulture)}</a>"
            : "";
        return $"""
            <tr class="{transfer.State}">
            <td><time datetime="{transfer.Request.ReceivedAt:O}">{transfer.Request.ReceivedAt:yyyy-MM-dd HH:mm:ss} UTC</time></td>
            <td><a href="{Page.Encode(dealUrl)}" target="_blank" rel="noopener noreferrer">{Page.Encode(transfer.Title is { Length: > 0 } title ? title : deal)}</a></td>
            <td>{Page.Encode(texts["state." + transfer.State])}</td>
            <td>{esb}</td>
            <td>{Page.Encode(transfer.Outcome?.ErrorMessage)} {(transfer.Outcome?.ErrorCode is { Length: > 0 } code ? $"<code>{Page.Encode(code)}</code>" : "")}</td>
            </tr>
            """;
    }
}
