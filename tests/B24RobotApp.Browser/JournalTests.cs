using B24RobotApp.Browser.Staging;
using B24RobotApp.Sandbox.Faults;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>The page beside the portals: who asked for what, and what goes wrong on purpose.</summary>
public sealed class JournalTests(Chromium chromium, HostStage stage) : IClassFixture<HostStage>
{
    [Fact]
    public async Task A_fault_is_switched_on_strikes_and_stands_in_the_journal()
    {
        var page = await chromium.OpenAsync();
        await using var context = page.Context;
        await page.GotoAsync(stage.Sandbox.ControlUrl!.AbsoluteUri);
        await page.Locator("[name=place]").SelectOptionAsync("portals/esb");
        await page.Locator("[name=kind]").SelectOptionAsync(nameof(FaultKind.QueryLimitExceeded));
        await page.Locator("[name=pattern]").FillAsync("crm.item.*");
        await page.Locator("#fault-form button").ClickAsync();
        await Expect(page.Locator("#faults")).ToContainTextAsync("crm.item.*");

        var webhook = stage.Sandbox.Portals["esb"].CreateIncomingWebhook(1, "crm");
        var answer = await page.APIRequest.GetAsync(new Uri(webhook.Url, "crm.item.list?entityTypeId=2").AbsoluteUri);

        Assert.Equal(503, answer.Status);
        var request = page.Locator("#journal .request").Filter(new() { HasText = "crm.item.list" }).First;
        await Expect(request).ToContainTextAsync("503");
        await Expect(request).ToContainTextAsync(nameof(FaultKind.QueryLimitExceeded));
    }

    [Fact]
    public async Task From_the_page_one_comes_to_both_portals_and_back()
    {
        var page = await chromium.OpenAsync();
        await using var context = page.Context;
        await page.GotoAsync(stage.Sandbox.ControlUrl!.AbsoluteUri);

        await page.GetByRole(AriaRole.Link, new() { Name = stage.Sandbox.Portals["esb"].BaseUrl.AbsoluteUri }).ClickAsync();
        await Expect(page.Locator(".brand")).ToHaveTextAsync("ЕСБ");
        await page.GetByRole(AriaRole.Link, new() { Name = "Журнал и сбои" }).ClickAsync();
        await Expect(page.Locator("#journal")).ToBeVisibleAsync();
    }
}
