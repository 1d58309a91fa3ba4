using B24RobotApp.Browser.Staging;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>The app's tab in a deal's card.</summary>
public sealed class DealTabTests(Chromium chromium, InstalledStage fixture) : InstalledTests(chromium, fixture), IClassFixture<InstalledStage>
{
    [Fact]
    public async Task A_deal_is_sent_from_its_card_and_the_tab_tells_where_it_stands()
    {
        await Portal.OpenDealAsync(2);
        await Portal.Page.GetByRole(AriaRole.Link, new() { Name = "ЕСБ", Exact = true }).Last.ClickAsync();
        var tab = Portal.Page.FrameLocator("iframe");
        await Expect(tab.GetByText("На ЕСБ этой сделки ещё нет.")).ToBeVisibleAsync(new() { Timeout = 20_000 });

        await tab.GetByRole(AriaRole.Button, new() { Name = "Отправить сейчас" }).ClickAsync();

        var link = tab.GetByRole(AriaRole.Link, new() { NameRegex = new("На ЕСБ") });
        await Expect(link).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(tab.GetByText("стадия «")).ToBeVisibleAsync();
        await LookAsync("deal-tab-ru-light-1280", "iframe");
    }
}
