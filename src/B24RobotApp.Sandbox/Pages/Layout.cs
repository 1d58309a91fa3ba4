using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>What stands around every page of a portal: head, left menu, and the bar of the sandbox, where one says who looks, in which language and how bright.</summary>
internal static class Layout
{
    private static readonly (string Code, string Name)[] Languages = [("ru", "Русский"), ("en", "English")];

    public static PageAnswer Page(PageRequest request, string title, Html body, string wide = "") =>
        new PageAnswer.Shown(request.IsInSlider ? InSlider(request, title, body) : Whole(request, title, body, wide));

    /// <summary>A page that says why there is none.</summary>
    public static PageAnswer Problem(PageRequest request, PageProblem problem)
    {
        var body = Html.Of($"""<section class="box"><p class="bad" role="alert">{problem.Message}</p></section>""");
        return new PageAnswer.Shown(request.IsInSlider ? InSlider(request, request.Texts["problem"], body) : Whole(request, request.Texts["problem"], body, ""), problem.Status);
    }

    private static Html InSlider(PageRequest request, string title, Html body) => Document(request, title, Html.Of($"""
        <main class="in-slider">
        <h1>{title}</h1>
        {body}
        </main>
        """));

    private static Html Whole(PageRequest request, string title, Html body, string wide)
    {
        var (portal, texts) = (request.Portal, request.Texts);
        return Document(request, title, Html.Of($"""
            <header class="sandbox-bar">
            <strong>{texts["sandbox"]}</strong>
            <nav aria-label="{texts["portals"]}">{request.Host.Portals.Values.OrderBy(known => known.Code == "esb").ThenBy(known => known.Code, StringComparer.Ordinal).Select(known => PortalLink(known, portal))}{ControlLink(request)}</nav>
            {Switch(request, "user", texts["user"], portal.Users.Where(user => user.IsActive).Select(user => (Code(user), $"{user.Name} {user.LastName}{(user.IsAdmin ? $" ({texts["admin"]})" : "")}")), Code(portal.BrowserUserId))}
            {Switch(request, "language", texts["language"], Languages, portal.Settings.Language)}
            {Switch(request, "theme", texts["theme"], [("light", texts["theme.light"]), ("dark", texts["theme.dark"])], portal.Settings.IsDark ? "dark" : "light")}
            </header>
            <div class="portal">
            <nav class="menu" aria-label="{texts["menu"]}">
            <p class="brand">{portal.Title}</p>
            {Entry(request, "/crm/deal/kanban/category/0/", texts["menu.deals"], "/crm/deal/")}
            {Entry(request, "/crm/deal/automation/0/", texts["menu.robots"], "/crm/deal/automation/")}
            {portal.Applications.Where(app => app is { IsActive: true, Card.IsScriptOnly: false }).Select(app => Entry(request, $"/marketplace/app/{app.Id}/", app.Card.Name))}
            {Entry(request, "/devops/", texts["menu.developers"])}
            </nav>
            <main class="{wide}">
            <h1 id="pagetitle">{title}</h1>
            {body}
            </main>
            </div>
            """));
    }

    private static Html Document(PageRequest request, string title, Html content) => Html.Of($"""
        <!DOCTYPE html>
        <html lang="{request.Texts.Language}" data-theme="{(request.Portal.Settings.IsDark ? "dark" : "light")}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{title}</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/portal.css">
        <script type="module" src="/portal.js"></script>
        </head>
        <body>
        {content}
        </body>
        </html>
        """);

    private static Html PortalLink(SandboxPortal portal, SandboxPortal shown) => Html.Of($"""
        <a href="{portal.BaseUrl}"{Html.If(portal == shown, " aria-current=\"true\"")}>{portal.Title}</a>
        """);

    private static Html ControlLink(PageRequest request) => request.Host.ControlUrl is { } url
        ? Html.Of($"""<a href="{url}">{request.Texts["journal"]}</a>""")
        : default;

    private static Html Switch(PageRequest request, string name, string label, IEnumerable<(string Code, string Name)> choices, string chosen) => Html.Of($"""
        <form method="post" action="/sandbox/view/" data-submit>
        <input type="hidden" name="back" value="{request.PathAndQuery}">
        <label>{label} <select name="{name}">{choices.Select(choice => Option(choice.Code, choice.Name, choice.Code == chosen))}</select></label>
        </form>
        """);

    public static Html Option(string value, string text, bool isChosen = false) => Html.Of($"""<option value="{value}"{Html.If(isChosen, " selected")}>{text}</option>""");

    private static Html Entry(PageRequest request, string path, string text, string? begins = null)
    {
        var isHere = request.Path.StartsWith(begins ?? path, StringComparison.Ordinal)
            && (begins != "/crm/deal/" || !request.Path.StartsWith("/crm/deal/automation/", StringComparison.Ordinal));
        return Html.Of($"""<a href="{path}"{Html.If(isHere, " aria-current=\"page\"")}>{text}</a>""");
    }

    private static string Code(SandboxUser user) => Code(user.Id);

    private static string Code(long id) => id.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
