using System.Globalization;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Products;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>The products of a deal.</summary>
internal static class DealRows
{
    public static Html Show(PageRequest request, CrmItem deal)
    {
        var texts = request.Texts;
        var rows = request.Portal.Run(() => request.Portal.Crm.Data.ProductRows.Of("D", deal.Id).ToList());
        return Html.Of($"""
            <section class="box" id="rows" data-live>
            <table>
            <thead><tr><th>{texts["row.name"]}</th><th class="number">{texts["row.price"]}</th><th class="number">{texts["row.quantity"]}</th><th class="number">{texts["row.discount"].Split(',')[0]}</th><th class="number">{texts["row.tax"].Split(',')[0]}</th></tr></thead>
            <tbody>{rows.Select(Row)}</tbody>
            </table>
            {Html.If(rows.Count == 0, $"<p class=\"quiet\">{texts["nothing"]}</p>")}
            </section>
            <form class="box inline" method="post" action="{request.Stay($"/crm/deal/details/{deal.Id}/row")}">
            <label>{texts["row.name"]}<input name="name" required></label>
            <label>{texts["row.price"]}<input name="price" inputmode="decimal" required size="8"></label>
            <label>{texts["row.quantity"]}<input name="quantity" inputmode="decimal" value="1" size="5"></label>
            <label>{texts["row.discount"]}<input name="discount" inputmode="decimal" size="5"></label>
            <label>{texts["row.tax"]}<input name="tax" inputmode="decimal" size="5"></label>
            <button>{texts["row.add"]}</button>
            </form>
            """);
    }

    private static Html Row(ProductRow row) => Html.Of($"""
        <tr><td>{row.ProductName}</td><td class="number">{Number(row.Price)}</td><td class="number">{Number(row.Quantity)} {row.MeasureName}</td><td class="number">{Discount(row)}</td><td class="number">{(row.TaxRate is { } tax ? $"{Number(tax)} %" : "")}</td></tr>
        """);

    private static string Discount(ProductRow row) => row switch
    {
        { DiscountTypeId: 2, DiscountRate: > 0 } => $"{Number(row.DiscountRate)} %",
        { DiscountSum: > 0 } => Number(row.DiscountSum),
        _ => "",
    };

    private static string Number(decimal? value) => value?.ToString("#,0.####", CultureInfo.InvariantCulture).Replace(',', '\u00A0') ?? "";
}
