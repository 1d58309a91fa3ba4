using B24RobotApp.Sandbox.Crm.Items;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>The deals of a pipeline on their stages. A card is dragged to another stage, or sent there by its list of stages.</summary>
internal static class KanbanPage
{
    public static PageAnswer Show(PageRequest request, string category)
    {
        var (portal, texts) = (request.Portal, request.Texts);
        var shown = Pipelines.Find(request, category);
        return Layout.Page(request, texts["menu.deals"], Html.Of($"""
            <div class="toolbar">
            <nav class="tabs" aria-label="{texts["pipelines"]}">{Pipelines.Tabs(request, "/crm/deal/kanban/category/", shown.Id)}</nav>
            <a class="button" href="/crm/deal/details/0/?category={shown.Id}">{texts["deal.add"]}</a>
            <a href="/crm/deal/automation/{shown.Id}/">{texts["menu.robots"]}</a>
            <a href="/crm/deal/recyclebin/" data-drop="deal" data-drop-post="/crm/deal/details/*/delete">{texts["bin"]}</a>
            </div>
            <div class="board" id="board" data-live>{portal.Run(() => Stages(request, shown.Id))}</div>
            """), "wide");
    }

    private static Html Stages(PageRequest request, int category)
    {
        var crm = request.Portal.Crm;
        var stages = crm.Data.Stages(crm.Data.Deals.Type, category);
        var robots = request.Portal.Automation.Robots;
        var deals = crm.Data.Deals.All.Where(deal => deal.Number("CATEGORY_ID") == category).ToLookup(deal => deal.Text("STAGE_ID"));
        var choices = stages.Select(stage => (stage.StatusId, stage.Name)).ToList();
        return Html.Join(stages.Select(stage => Html.Of($"""
            <section class="stage {stage.SemanticId}" data-stage="{stage.StatusId}" data-drop="deal" data-drop-post="/crm/deal/details/*/stage" data-drop-field="stage" data-drop-value="{stage.StatusId}">
            <h2>{stage.Name} <span class="count">{deals[stage.StatusId].Count()}</span></h2>
            {Robots(request, robots.GetValueOrDefault((category, stage.StatusId))?.Count ?? 0)}
            {deals[stage.StatusId].Reverse().Select(deal => Card(request, deal, choices))}
            </section>
            """)));
    }

    private static Html Robots(PageRequest request, int count) => count == 0 ? default : Html.Of($"""<p class="quiet">{request.Texts["robots.count"]} {count}</p>""");

    private static Html Card(PageRequest request, CrmItem deal, List<(string Id, string Name)> stages) => Html.Of($"""
        <article class="deal" draggable="true" data-drag="deal" data-value="{deal.Id}" data-deal="{deal.Id}">
        <a href="/crm/deal/details/{deal.Id}/">{deal.Text("TITLE")}</a>
        <p class="quiet">{deal.Id} · {DealFields.Money(deal)}</p>
        <p class="quiet">{DealFields.Client(request.Portal, deal)}</p>
        <form method="post" action="/crm/deal/details/{deal.Id}/stage" data-submit>
        <input type="hidden" name="back" value="{request.PathAndQuery}">
        <select name="stage" aria-label="{request.Texts["deal.move"]}">{stages.Select(stage => Layout.Option(stage.Id, stage.Name, stage.Id == deal.Text("STAGE_ID")))}</select>
        </form>
        </article>
        """);
}
