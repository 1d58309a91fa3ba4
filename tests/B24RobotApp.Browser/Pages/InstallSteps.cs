using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser.Pages;

/// <summary>What an administrator does to install the app: card, keys, end.</summary>
internal static class InstallSteps
{
    /// <param name="portal">The portal's window.</param>
    /// <param name="stage">Where the app runs.</param>
    /// <param name="finish">The text of the button that ends the installation.</param>
    public static async Task<AppInstallation> RunAsync(PortalPage portal, Stage stage, string finish)
    {
        var app = await new DeveloperSection(portal).AddApplicationAsync(stage.Card(isScriptOnly: false));
        var id = await portal.Page.Locator("#client-id").InnerTextAsync();
        var secret = await portal.Page.Locator("#client-secret").InnerTextAsync();
        await portal.Page.Locator("a.button.primary").ClickAsync();

        await portal.App.GetByLabel("client_id").FillAsync(id, new() { Timeout = 30_000 });
        await portal.App.GetByLabel("client_secret").FillAsync(secret);
        await portal.App.Locator("form:has([name=clientSecret]) button").ClickAsync();
        await Expect(portal.App.GetByLabel("client_secret")).ToHaveCountAsync(0);

        await portal.App.GetByRole(AriaRole.Button, new() { Name = finish }).ClickAsync();
        await Expect(portal.Page).ToHaveURLAsync(new Regex(@"/marketplace/app/\d+/\?install_finished=Y$"));
        return app;
    }
}
