using System.Globalization;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>The deals that were deleted, and the way back.</summary>
internal static class RecycleBinPage
{
    public static PageAnswer Show(PageRequest request)
    {
        var texts = request.Texts;
        var deals = request.Portal.Run(() => request.Portal.Crm.DeletedDeals.Reverse().ToList());
        return Layout.Page(request, texts["bin"], Html.Of($"""
            <section class="box" id="bin" data-live>
            <ul class="cards">{deals.Select(deal => Html.Of($"""<li>{deal.Id} · {deal.Title} <form class="at-once" method="post" action="/crm/deal/recyclebin/{deal.Id}/restore"><button class="quiet">{texts["bin.restore"]}</button></form></li>"""))}</ul>
            {Html.If(deals.Count == 0, $"<p class=\"quiet\">{texts["nothing"]}</p>")}
            </section>
            """));
    }

    /// <summary>The deal comes back under a new number, and its card is shown.</summary>
    /// <exception cref="PageProblem">It is not in the recycle bin.</exception>
    public static PageAnswer Restore(PageRequest request, string id)
    {
        var restored = long.TryParse(id, CultureInfo.InvariantCulture, out var number)
            ? request.Portal.Run(() => request.Portal.Crm.RestoreDeal(number), request.User)
            : null;
        return new PageAnswer.GoTo($"/crm/deal/details/{(restored ?? throw new PageProblem(request.Texts["bin.unknown"])).ToString(CultureInfo.InvariantCulture)}/");
    }
}
