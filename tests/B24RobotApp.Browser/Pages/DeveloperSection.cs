using B24RobotApp.Sandbox.Portals;
using Microsoft.Playwright;

namespace B24RobotApp.Browser.Pages;

/// <summary>The developer section, as an administrator uses it.</summary>
public sealed class DeveloperSection(PortalPage portal)
{
    /// <summary>Fills in the card of a local application and saves it. The page shows the application's keys then.</summary>
    public async Task<AppInstallation> AddApplicationAsync(LocalApplicationCard card)
    {
        await portal.OpenAsync("devops/");
        var form = portal.Page.Locator("#add-application");
        await form.Locator("summary").ClickAsync();
        await form.Locator("[name=name]").FillAsync(card.Name);
        await form.Locator("[name=handler]").FillAsync(card.HandlerUrl.AbsoluteUri);
        await form.Locator("[name=install]").FillAsync(card.InstallUrl!.AbsoluteUri);
        await TickAsync(form, card.Scopes);
        await form.Locator("button.primary").ClickAsync();
        var clientId = await portal.Page.Locator("#client-id").InnerTextAsync();
        return portal.Portal.Applications.First(app => app.ClientId == clientId);
    }

    /// <summary>Makes an incoming webhook with these permissions and returns its address.</summary>
    public async Task<Uri> AddWebhookAsync(params IReadOnlyCollection<string> scopes)
    {
        await portal.OpenAsync("devops/");
        var form = portal.Page.Locator("#add-webhook");
        await form.Locator("summary").ClickAsync();
        await TickAsync(form, scopes);
        await form.Locator("button.primary").ClickAsync();
        return new Uri(await portal.Page.Locator("[data-webhook]").Last.InnerTextAsync());
    }

    private static async Task TickAsync(ILocator form, IReadOnlyCollection<string> scopes)
    {
        foreach (var scope in scopes.Except(await TickedAsync(form)))
        {
            await form.GetByLabel(scope, new() { Exact = true }).CheckAsync();
        }
        foreach (var scope in (await TickedAsync(form)).Except(scopes))
        {
            await form.GetByLabel(scope, new() { Exact = true }).UncheckAsync();
        }
    }

    private static Task<string[]> TickedAsync(ILocator form) => form.Locator("[name='scopes[]']:checked").EvaluateAllAsync<string[]>("boxes => boxes.map(box => box.value)");
}
