using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Frames;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>A deal's card: fields, products, timeline, what its robots did, and the tabs of applications.</summary>
internal static class DealPage
{
    private const string TabPlacement = "CRM_DEAL_DETAIL_TAB";

    public static PageAnswer Show(PageRequest request, string id)
    {
        if (id == "0")
        {
            return Layout.Page(request, request.Texts["deal.add"], DealForm.New(request));
        }

        var deal = Find(request, id);
        var tab = request.Query("tab") ?? "main";
        return Layout.Page(request, deal.Text("TITLE") ?? "", Html.Of($"""
            <p class="quiet">{request.Texts["deal"]} {deal.Id} · {DealFields.Money(deal)}</p>
            {StagesOf(request, deal)}
            <nav class="tabs" aria-label="{request.Texts["tabs"]}">{Tabs(request, deal, tab)}</nav>
            {Tab(request, deal, tab)}
            """));
    }

    /// <exception cref="PageProblem">There is no such stage.</exception>
    public static PageAnswer Move(PageRequest request, string id)
    {
        var deal = Find(request, id);
        request.Portal.Run(() => request.Portal.Crm.MoveDeal(deal.Id, request.Text("stage"), request.User), request.User);
        return new PageAnswer.GoTo(request.Text("back") is { Length: > 0 } back && back.StartsWith("/crm/", StringComparison.Ordinal) ? back : Address(deal.Id));
    }

    public static PageAnswer Save(PageRequest request, string id)
    {
        if (id == "0")
        {
            var fields = DealForm.Read(request);
            fields["categoryId"] = request.Number("category");
            fields["stageId"] = request.Text("stage");
            var added = request.Portal.Call("crm.item.add", new JsonObject { ["entityTypeId"] = EntityTypes.DealId, ["fields"] = fields }, request.User.Id);
            return new PageAnswer.GoTo(request.Stay(Address(added!["item"]!["id"].AsLong() ?? 0)));
        }

        var deal = Find(request, id);
        request.Portal.Call("crm.item.update", new JsonObject { ["entityTypeId"] = EntityTypes.DealId, ["id"] = deal.Id, ["fields"] = DealForm.Read(request, deal) }, request.User.Id);
        return new PageAnswer.GoTo(request.Stay(Address(deal.Id)));
    }

    public static PageAnswer Delete(PageRequest request, string id)
    {
        var deal = Find(request, id);
        request.Portal.Call("crm.item.delete", new JsonObject { ["entityTypeId"] = EntityTypes.DealId, ["id"] = deal.Id }, request.User.Id);
        return new PageAnswer.GoTo($"/crm/deal/kanban/category/{deal.Number("CATEGORY_ID").ToString(CultureInfo.InvariantCulture)}/");
    }

    /// <summary>This deal stays, the other one goes.</summary>
    public static PageAnswer Merge(PageRequest request, string id)
    {
        var (deal, other) = (Find(request, id), Find(request, request.Text("other")));
        request.Portal.Run(() => request.Portal.Crm.MergeDeals(deal.Id, [other.Id], request.User), request.User);
        return new PageAnswer.GoTo(request.Stay(Address(deal.Id)));
    }

    public static PageAnswer AddRow(PageRequest request, string id)
    {
        var deal = Find(request, id);
        var row = new JsonObject { ["ownerType"] = "D", ["ownerId"] = deal.Id, ["productName"] = request.Text("name"), ["price"] = request.Text("price"), ["quantity"] = request.Text("quantity") };
        if (request.Text("discount") is { Length: > 0 } discount)
        {
            (row["discountTypeId"], row["discountRate"]) = (2, discount);
        }
        if (request.Text("tax") is { Length: > 0 } tax)
        {
            row["taxRate"] = tax;
        }
        request.Portal.Call("crm.item.productrow.add", new JsonObject { ["fields"] = row }, request.User.Id);
        return new PageAnswer.GoTo(request.Stay(Address(deal.Id) + "?tab=products"));
    }

    public static PageAnswer AddComment(PageRequest request, string id)
    {
        var deal = Find(request, id);
        var comment = new JsonObject { ["ENTITY_TYPE"] = "deal", ["ENTITY_ID"] = deal.Id, ["COMMENT"] = request.Text("comment") };
        request.Portal.Call("crm.timeline.comment.add", new JsonObject { ["fields"] = comment }, request.User.Id);
        return new PageAnswer.GoTo(request.Stay(Address(deal.Id) + "?tab=timeline"));
    }

    private static CrmItem Find(PageRequest request, string id) =>
        long.TryParse(id, CultureInfo.InvariantCulture, out var number) && request.Portal.Run(() => request.Portal.Crm.Data.Deals.Find(number)) is { } deal
            ? deal
            : throw new PageProblem(request.Texts["deal.unknown"]);

    private static string Address(long id) => string.Create(CultureInfo.InvariantCulture, $"/crm/deal/details/{id}/");

    /// <summary>The deal's way: a click brings it to a stage.</summary>
    private static Html StagesOf(PageRequest request, CrmItem deal)
    {
        var stages = request.Portal.Run(() => request.Portal.Crm.Data.Stages(deal.Type, deal.Number("CATEGORY_ID")));
        return Html.Of($"""
            <form class="way" method="post" action="{Address(deal.Id)}stage" id="way" data-live>
            <input type="hidden" name="back" value="{request.PathAndQuery}">
            {stages.Select(stage => Html.Of($"""<button name="stage" value="{stage.StatusId}"{Html.If(stage.StatusId == deal.Text("STAGE_ID"), " aria-current=\"step\"")}>{stage.Name}</button>"""))}
            </form>
            """);
    }

    private static IEnumerable<Html> Tabs(PageRequest request, CrmItem deal, string shown)
    {
        var texts = request.Texts;
        (string Code, string Title)[] own = [("main", texts["tab.main"]), ("products", texts["tab.products"]), ("timeline", texts["tab.timeline"]), ("robots", texts["tab.robots"])];
        var widgets = Widgets.At(request.Portal, TabPlacement).Select(widget => ($"app_{widget.Binding.Id}", Widgets.Title(widget, texts.Language)));
        return own.Concat(widgets).Select(tab => Html.Of($"""<a href="{request.Stay(Address(deal.Id) + "?tab=" + tab.Item1)}"{Html.If(tab.Item1 == shown, " aria-current=\"page\"")}>{tab.Item2}</a>"""));
    }

    private static Html Tab(PageRequest request, CrmItem deal, string tab)
    {
        switch (tab)
        {
            case "main":
                return Html.Of($"""
                    {DealForm.Edit(request, deal)}
                    {DealForm.MergeAndDelete(request, deal)}
                    <section class="box" id="fields" data-live><dl>{request.Portal.Run(() => DealFields.Of(request, deal).ToList()).Select(field => Html.Of($"<dt>{field.Title}</dt><dd>{RichText.Show(field.Text)}</dd>"))}</dl></section>
                    """);
            case "products":
                return DealRows.Show(request, deal);
            case "timeline":
                return DealTimeline.Show(request, deal);
            case "robots":
                return DealRobots.Show(request, deal);
        }

        var widget = Widgets.At(request.Portal, TabPlacement).FirstOrDefault(known => $"app_{known.Binding.Id}" == tab);
        if (widget.App is null)
        {
            throw new PageProblem(request.Texts["tab.unknown"]);
        }
        var options = new JsonObject { ["ID"] = deal.Id.ToString(CultureInfo.InvariantCulture), ["URI"] = request.PathAndQuery };
        return FrameView.Render(request, widget.App, widget.Binding, options);
    }
}
