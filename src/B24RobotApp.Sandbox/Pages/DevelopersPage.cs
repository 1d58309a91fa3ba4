using System.Globalization;
using B24RobotApp.Sandbox.Methods;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>The developer section: local applications and webhooks.</summary>
internal static class DevelopersPage
{
    /// <summary>The permissions offered first: what this kind of application needs.</summary>
    private static readonly string[] UsualScopes = ["crm", "bizproc", "placement", "im", "user_basic", "user", "catalog", "userfieldconfig", "disk", "department"];

    public static PageAnswer Show(PageRequest request)
    {
        request.RequireAdministrator();
        var (portal, texts) = (request.Portal, request.Texts);
        return Layout.Page(request, texts["menu.developers"], Html.Of($"""
            <section class="box"><h2>{texts["apps"]}</h2>
            <ul class="cards">{portal.Applications.Select(app => Html.Of($"""<li><a href="/devops/application/{app.Id}/">{app.Card.Name}</a> <span class="quiet">{app.ClientId}</span> {State(request, app)}</li>"""))}</ul>
            {ApplicationForm(request)}
            </section>
            <section class="box"><h2>{texts["webhooks"]}</h2>
            <ul class="cards">{portal.Webhooks.Select(webhook => Html.Of($"""<li><code data-webhook>{webhook.Url.AbsoluteUri}</code> <span class="quiet">{string.Join(", ", webhook.Scopes)}</span> <form class="at-once" method="post" action="/devops/webhook/{webhook.Id}/delete"><button class="quiet">{texts["delete"]}</button></form></li>"""))}</ul>
            {WebhookForm(request)}
            </section>
            <section class="box"><h2>{texts["outgoing"]}</h2>
            <ul class="cards">{portal.OutgoingWebhooks.Select(webhook => Html.Of($"""<li><code>{webhook.Handler}</code> <span class="quiet">{string.Join(", ", webhook.Events)}</span> application_token <code data-application-token>{webhook.ApplicationToken}</code> <form class="at-once" method="post" action="/devops/outgoing/{webhook.Id}/delete"><button class="quiet">{texts["delete"]}</button></form></li>"""))}</ul>
            {OutgoingForm(request)}
            </section>
            """));
    }

    /// <summary>An application's card after saving: now it has its keys.</summary>
    public static PageAnswer ShowCard(PageRequest request, string id)
    {
        request.RequireAdministrator();
        var (app, texts) = (request.Application(id), request.Texts);
        return Layout.Page(request, app.Card.Name, Html.Of($"""
            <section class="box">
            <dl>
            <dt>client_id</dt><dd><code id="client-id">{app.ClientId}</code></dd>
            <dt>client_secret</dt><dd><code id="client-secret">{app.ClientSecret}</code></dd>
            <dt>{texts["app.handler"]}</dt><dd>{app.Card.HandlerUrl}</dd>
            <dt>{texts["app.install"]}</dt><dd>{app.Card.InstallUrl}</dd>
            <dt>{texts["scopes"]}</dt><dd>{string.Join(", ", app.Scopes)}</dd>
            <dt>{texts["app.state"]}</dt><dd>{State(request, app)}</dd>
            <dt>{texts["app.robots"]}</dt><dd>{app.Robots.Values.Select(robot => Html.Of($"<div>{robot.Code}: {RobotTexts.Localized(robot.Name, texts.Language)}</div>"))}</dd>
            <dt>{texts["app.widgets"]}</dt><dd>{app.Placements.Select(bound => Html.Of($"""<div><a href="/devops/widget/{bound.Id}/">{bound.Placement}</a> {bound.Title} {bound.RobotCode}</div>"""))}</dd>
            </dl>
            {Html.If(!app.Card.IsScriptOnly, $"<p><a class=\"button primary\" href=\"/marketplace/app/{app.Id}/\">{texts["app.open"]}</a></p>")}
            </section>
            <section class="box">
            <form class="inline" method="post" action="/devops/application/{app.Id}/save"><button>{texts["app.save"]}</button><span class="quiet">{texts["app.save.hint"]}</span></form>
            <form class="inline" method="post" action="/devops/application/{app.Id}/delete"><button>{texts["app.delete"]}</button><label class="check"><input type="checkbox" name="clean" value="Y"> {texts["app.delete.clean"]}</label></form>
            </section>
            """));
    }

    public static PageAnswer AddApplication(PageRequest request)
    {
        request.RequireAdministrator();
        var app = request.Portal.SaveLocalApplication(
            new LocalApplicationCard
            {
                Name = request.Text("name"),
                HandlerUrl = Address(request, "handler"),
                InstallUrl = request.Text("install").Length > 0 ? Address(request, "install") : null,
                IsScriptOnly = request.Text("scriptOnly") == "Y",
                Scopes = Scopes(request),
            },
            request.User.Id);
        return new PageAnswer.GoTo($"/devops/application/{app.Id.ToString(CultureInfo.InvariantCulture)}/");
    }

    /// <summary>The card is saved again as it is; what the portal forgets then is a setting of the sandbox.</summary>
    public static PageAnswer SaveAgain(PageRequest request, string id)
    {
        request.RequireAdministrator();
        request.Portal.SaveCardAgain(request.Application(id));
        return new PageAnswer.GoTo($"/devops/application/{id}/");
    }

    public static PageAnswer Delete(PageRequest request, string id)
    {
        request.RequireAdministrator();
        request.Portal.DeleteApplication(request.Application(id), clean: request.Text("clean") == "Y");
        return new PageAnswer.GoTo("/devops/");
    }

    public static PageAnswer DeleteWebhook(PageRequest request, string id)
    {
        request.RequireAdministrator();
        var webhook = request.Portal.Webhooks.FirstOrDefault(webhook => webhook.Id.ToString(CultureInfo.InvariantCulture) == id)
            ?? throw new PageProblem(request.Texts["webhook.unknown"]);
        request.Portal.DeleteIncomingWebhook(webhook);
        return new PageAnswer.GoTo("/devops/");
    }

    public static PageAnswer AddWebhook(PageRequest request)
    {
        request.RequireAdministrator();
        request.Portal.CreateIncomingWebhook(request.Number("user"), Scopes(request));
        return new PageAnswer.GoTo("/devops/");
    }

    public static PageAnswer AddOutgoing(PageRequest request)
    {
        request.RequireAdministrator();
        var events = request.Many("events") is { Count: > 0 } chosen ? chosen : throw new PageProblem(request.Texts["events.none"], StatusCodes.Status400BadRequest);
        request.Portal.CreateOutgoingWebhook(Address(request, "handler"), events);
        return new PageAnswer.GoTo("/devops/");
    }

    public static PageAnswer DeleteOutgoing(PageRequest request, string id)
    {
        request.RequireAdministrator();
        var webhook = request.Portal.OutgoingWebhooks.FirstOrDefault(webhook => webhook.Id.ToString(CultureInfo.InvariantCulture) == id)
            ?? throw new PageProblem(request.Texts["webhook.unknown"]);
        request.Portal.DeleteOutgoingWebhook(webhook);
        return new PageAnswer.GoTo("/devops/");
    }

    private static Html State(PageRequest request, AppInstallation app) => Html.Of($"""<span class="state {(app.IsInstalled ? "Completed" : "Waiting")}">{request.Texts[app.IsInstalled ? "app.installed" : "app.unfinished"]}</span>""");

    private static Html ApplicationForm(PageRequest request)
    {
        var texts = request.Texts;
        return Html.Of($"""
            <details id="add-application"><summary>{texts["app.add"]}</summary>
            <form class="fields" method="post" action="/devops/application">
            <label class="full">{texts["app.name"]}<input name="name" required></label>
            <label class="full">{texts["app.handler"]}<input name="handler" type="url" required></label>
            <label class="full">{texts["app.install"]}<input name="install" type="url"></label>
            <label class="check full"><input type="checkbox" name="scriptOnly" value="Y"> {texts["app.scriptOnly.check"]}</label>
            {ScopeBoxes(request, ["crm", "bizproc", "placement", "im", "user_basic"])}
            <button class="primary">{texts["save"]}</button>
            </form></details>
            """);
    }

    private static Html WebhookForm(PageRequest request) => Html.Of($"""
        <details id="add-webhook"><summary>{request.Texts["webhook.add"]}</summary>
        <form class="fields" method="post" action="/devops/webhook">
        <label>{request.Texts["webhook.user"]}<select name="user">{request.Portal.Users.Where(user => user.IsActive).Select(user => Layout.Option(user.Id.ToString(CultureInfo.InvariantCulture), $"{user.Name} {user.LastName}", user.Id == request.User.Id))}</select></label>
        {ScopeBoxes(request, ["crm", "user_basic"])}
        <button class="primary">{request.Texts["save"]}</button>
        </form></details>
        """);

    private static Html OutgoingForm(PageRequest request) => Html.Of($"""
        <details id="add-outgoing"><summary>{request.Texts["outgoing.add"]}</summary>
        <form class="fields" method="post" action="/devops/outgoing">
        <label class="full">{request.Texts["app.handler"]}<input name="handler" type="url" required></label>
        <fieldset class="full"><legend>{request.Texts["events"]}</legend>{request.Portal.Run(() => KnownEvents.ForWebhooks(request.Portal).ToList()).Select(name => Html.Of($"""<label class="check"><input type="checkbox" name="events[]" value="{name}"{Html.If(name is "ONCRMDEALUPDATE" or "ONCRMDEALDELETE", " checked")}> {name}</label>"""))}</fieldset>
        <button class="primary">{request.Texts["save"]}</button>
        </form></details>
        """);

    private static Html ScopeBoxes(PageRequest request, string[] chosen) => Html.Of($"""
        <fieldset class="full"><legend>{request.Texts["scopes"]}</legend>{UsualScopes.Concat(KnownScopes.All.Except(UsualScopes)).Select(scope => Html.Of($"""<label class="check"><input type="checkbox" name="scopes[]" value="{scope}"{Html.If(chosen.Contains(scope), " checked")}> {scope}</label>"""))}</fieldset>
        """);

    /// <exception cref="PageProblem">None was chosen.</exception>
    private static IReadOnlyList<string> Scopes(PageRequest request) => request.Many("scopes") is { Count: > 0 } scopes
        ? scopes
        : throw new PageProblem(request.Texts["scopes.none"], StatusCodes.Status400BadRequest);

    private static Uri Address(PageRequest request, string name) => Uri.TryCreate(request.Text(name), UriKind.Absolute, out var url)
        ? url
        : throw new PageProblem(request.Texts["address"], StatusCodes.Status400BadRequest);
}
