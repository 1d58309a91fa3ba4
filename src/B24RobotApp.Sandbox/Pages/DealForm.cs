using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Items;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>The form with which a person makes or changes a deal.</summary>
internal static class DealForm
{
    public static Html New(PageRequest request)
    {
        var category = request.QueryNumber("category");
        var stages = request.Portal.Run(() => request.Portal.Crm.Stages(category));
        return Form(request, null, Html.Of($"""
            <input type="hidden" name="category" value="{category}">
            <label>{request.Texts["field.STAGE_ID"]}<select name="stage">{stages.Select(stage => Layout.Option(stage.StageId, stage.Name))}</select></label>
            """));
    }

    public static Html Edit(PageRequest request, CrmItem deal) => Html.Of($"""
        <details class="box"><summary>{request.Texts["deal.edit"]}</summary>{Form(request, deal, default)}</details>
        """);

    /// <summary>Takes another deal into this one, or deletes it.</summary>
    public static Html MergeAndDelete(PageRequest request, CrmItem deal)
    {
        var texts = request.Texts;
        var others = request.Portal.Run(() => request.Portal.Crm.Deals.Where(other => other.Id != deal.Id).Reverse().ToList());
        return Html.Of($"""
            <details class="box"><summary>{texts["deal.end"]}</summary>
            <form class="inline" method="post" action="{request.Stay($"/crm/deal/details/{deal.Id}/merge")}">
            <label class="grow">{texts["deal.merge"]}<select name="other" required>{others.Select(other => Layout.Option(Id(other.Id), $"{other.Id} · {other.Title}"))}</select></label>
            <button>{texts["deal.merge.do"]}</button>
            </form>
            <form class="inline" method="post" action="/crm/deal/details/{deal.Id}/delete"><button>{texts["deal.delete"]}</button></form>
            </details>
            """);
    }

    /// <summary>What was entered into the form of a deal that is there: what the form does not show stays, and an amount that differs is one by hand.</summary>
    public static JsonObject Read(PageRequest request, CrmItem deal)
    {
        var fields = Read(request);
        if (request.Number("contact") == (deal.Contacts.FirstOrDefault()?.ContactId ?? 0))
        {
            fields.Remove("contactIds");
        }
        if (fields["opportunity"]?.GetValue<decimal>() == decimal.Round(deal.Amount("OPPORTUNITY"), 2))
        {
            fields.Remove("opportunity");
        }
        else
        {
            fields["isManualOpportunity"] = "Y";
        }
        return fields;
    }

    /// <summary>What was entered, as <c>crm.item.add</c> takes it.</summary>
    public static JsonObject Read(PageRequest request)
    {
        var fields = new JsonObject
        {
            ["title"] = request.Text("title"),
            ["currencyId"] = request.Text("currency"),
            ["assignedById"] = request.Number("responsible"),
            ["companyId"] = request.Number("company"),
            ["contactIds"] = request.Number("contact") > 0 ? new JsonArray(request.Number("contact")) : new JsonArray(),
            ["comments"] = request.Text("comments"),
        };
        if (decimal.TryParse(request.Text("amount").Replace(',', '.'), CultureInfo.InvariantCulture, out var amount))
        {
            fields["opportunity"] = amount;
        }
        return fields;
    }

    private static Html Form(PageRequest request, CrmItem? deal, Html further)
    {
        var (portal, texts) = (request.Portal, request.Texts);
        var crm = portal.Crm.Data;
        var currency = deal?.Text("CURRENCY_ID") ?? crm.BaseCurrency.Code;
        var responsible = deal?.Number("ASSIGNED_BY_ID") ?? request.User.Id;
        var contact = deal?.Contacts.FirstOrDefault()?.ContactId ?? 0;
        return Html.Of($"""
            <form class="fields" method="post" action="{request.Stay($"/crm/deal/details/{deal?.Id ?? 0}/save")}">
            <label class="full">{texts["field.TITLE"]}<input name="title" required value="{deal?.Text("TITLE")}"></label>
            <label>{texts["field.OPPORTUNITY"]}<input name="amount" inputmode="decimal" value="{deal?.Amount("OPPORTUNITY").ToString("0.##", CultureInfo.InvariantCulture)}"></label>
            <label>{texts["field.CURRENCY_ID"]}<select name="currency">{crm.Currencies.Select(known => Layout.Option(known.Code, known.Code, known.Code == currency))}</select></label>
            {further}
            <label>{texts["field.ASSIGNED_BY_ID"]}<select name="responsible">{portal.Users.Where(user => user.IsActive || user.Id == responsible).Select(user => Layout.Option(Id(user.Id), $"{user.Name} {user.LastName}", user.Id == responsible))}</select></label>
            <label>{texts["field.COMPANY_ID"]}<select name="company">{Choices(request, EntityTypes.CompanyId, deal?.Number("COMPANY_ID") ?? 0)}</select></label>
            <label>{texts["field.CONTACT_IDS"]}<select name="contact">{Choices(request, EntityTypes.ContactId, contact)}</select></label>
            <label class="full">{texts["field.COMMENTS"]}<textarea name="comments" rows="2">{deal?.Text("COMMENTS")}</textarea></label>
            <button class="primary">{texts["save"]}</button>
            </form>
            """);
    }

    private static List<Html> Choices(PageRequest request, int entityTypeId, long chosen) => request.Portal.Run(() => request.Portal.Crm.Data.Store(entityTypeId).All
        .Select(item => Layout.Option(Id(item.Id), DealFields.Name(request.Portal, entityTypeId, item.Id), item.Id == chosen))
        .Prepend(Layout.Option("0", "—", chosen == 0)).ToList());

    private static string Id(long id) => id.ToString(CultureInfo.InvariantCulture);
}
