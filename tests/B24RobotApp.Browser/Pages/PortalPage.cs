using System.Globalization;
using B24RobotApp.Sandbox.Portals;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser.Pages;

/// <summary>A portal in a browser's window, as the one who is signed in uses it.</summary>
public sealed class PortalPage(IPage page, SandboxPortal portal)
{
    public IPage Page => page;

    public SandboxPortal Portal => portal;

    /// <summary>The application's page in its frame.</summary>
    public IFrameLocator App => page.FrameLocator(".app-layout iframe");

    public Task OpenAsync(string path) => page.GotoAsync(new Uri(portal.BaseUrl, path).AbsoluteUri);

    public Task OpenKanbanAsync(int category = 0) => OpenAsync(Text($"crm/deal/kanban/category/{category}/"));

    public Task OpenDealAsync(long id, string tab = "main") => OpenAsync(Text($"crm/deal/details/{id}/?tab={tab}"));

    public Task OpenDesignerAsync(int category = 0) => OpenAsync(Text($"crm/deal/automation/{category}/"));

    public Task OpenAppAsync(AppInstallation app) => OpenAsync(Text($"marketplace/app/{app.Id}/"));

    public ILocator Stage(string stageId) => page.Locator($"[data-stage='{stageId}']");

    public ILocator Deal(long id) => page.Locator(Text($"[data-deal='{id}']"));

    /// <summary>Drags a deal's card to a stage.</summary>
    public Task DragDealAsync(long id, string stageId) => Deal(id).DragToAsync(Stage(stageId));

    /// <summary>Drags a robot from the list to a stage, the first whose name has the text; its settings open.</summary>
    public Task DragRobotAsync(string name, string stageId) =>
        page.Locator(".catalogue li").Filter(new() { HasText = name }).First.DragToAsync(Stage(stageId));

    /// <summary>The control of a robot's property in the form that was generated for it.</summary>
    public ILocator Property(string id) => page.Locator($"[data-property='{id}']").Locator("input, select, textarea").First;

    /// <summary>The application's own page for a robot's settings, in its frame in the designer.</summary>
    public IFrameLocator RobotSettings => page.FrameLocator("form[data-robot-form] iframe");

    public Task SaveRobotAsync() => page.Locator("form[data-robot-form] button.primary").ClickAsync();

    /// <summary>Chooses the portal's language in the bar above.</summary>
    public async Task SpeakAsync(string language)
    {
        await page.Locator(".sandbox-bar select[name='language']").SelectOptionAsync(language);
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", language);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
