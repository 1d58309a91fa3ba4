using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Browser.Pages;
using B24RobotApp.Browser.Staging;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>
/// Every page of the app in the portal's frame, in both languages, light and dark, on wide and narrow screens: nothing is wider than its frame, and axe finds nothing serious. With <c>SCREENSHOTS</c> all
/// eight ways are gone and pictures are made; else the two that differ in everything.
/// </summary>
public sealed class PagesTests(Chromium chromium, PagesTests.Fixture fixture) : InstalledTests(chromium, fixture), IClassFixture<PagesTests.Fixture>
{
    /// <summary>Transfers of all kinds stand there.</summary>
    public sealed class Fixture : InstalledStage
    {
        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Stage.PlaceRobots();
            foreach (var deal in new[] { 1, 2, 3 })
            {
                await Sandbox.Demo.Stage.CompletedAsync(Stage.Send(deal), CancellationToken.None);
            }

            Stage.PlaceRobots(new JsonObject { ["stage"] = "C9:NOWHERE" });
            await Sandbox.Demo.Stage.CompletedAsync(Stage.Send(4), CancellationToken.None);
        }
    }

    /// <summary>What a tab asks for last before it shows everything.</summary>
    private static readonly Dictionary<string, string> LastRequests = new()
    {
        ["connections"] = "", ["transfers"] = "", ["profiles"] = "/api/connections", ["checks"] = "/api/audits", ["existing"] = "/api/sendings", ["setup"] = "/api/setup", ["health"] = "/api/health",
    };

    public static TheoryData<string, bool, int> Ways()
    {
        if (!Look.TakesPictures)
        {
            return new TheoryData<string, bool, int> { { "ru", false, 1280 }, { "en", true, 390 } };
        }

        var ways = new TheoryData<string, bool, int>();
        foreach (var language in new[] { "ru", "en" })
        {
            foreach (var isDark in new[] { false, true })
            {
                ways.Add(language, isDark, 1280);
                ways.Add(language, isDark, 390);
            }
        }

        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task All_tabs_of_the_main_page_and_a_transfers_story(string language, bool isDark, int width)
    {
        var way = await GoAsync(language, isDark, width);
        await Portal.OpenAppAsync(Stage.Installation);
        await Expect(Portal.App.Locator("tbody button").First).ToBeVisibleAsync();
        await Expect(Portal.App.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(language == "ru" ? "Отправить в ЕСБ" : "Send to ESB");
        var tabs = Portal.App.GetByRole(AriaRole.Tab);
        foreach (var index in Enumerable.Range(0, await tabs.CountAsync()))
        {
            var id = await tabs.Nth(index).GetAttributeAsync("id") ?? "";
            var name = id[(id.LastIndexOf('-') + 1)..];
            if (LastRequests.GetValueOrDefault(name) is { Length: > 0 } last)
            {
                await Portal.Page.RunAndWaitForResponseAsync(() => tabs.Nth(index).ClickAsync(), response => response.Url.EndsWith(last, StringComparison.Ordinal));
            }
            else
            {
                await tabs.Nth(index).ClickAsync();
            }

            await Expect(Portal.App.GetByRole(AriaRole.Tabpanel)).ToBeVisibleAsync();
            await LookAsync($"main-{name}-{way}");
        }

        await tabs.First.ClickAsync();
        await Portal.App.Locator("tbody button").First.ClickAsync();
        await Expect(Portal.App.GetByRole(AriaRole.Dialog).Locator("dl").First).ToBeVisibleAsync();
        await LookAsync($"main-story-{way}");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_editor_of_profiles(string language, bool isDark, int width)
    {
        var way = await GoAsync(language, isDark, width);
        await Portal.OpenAppAsync(Stage.Installation);
        await Portal.App.GetByRole(AriaRole.Tab, new() { Name = language == "ru" ? "Профили" : "Profiles" }).ClickAsync();
        await Portal.App.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "default@" }).GetByRole(AriaRole.Button).ClickAsync();
        await Expect(Portal.App.Locator("[data-field=title]")).ToBeVisibleAsync();
        await LookAsync($"profile-rules-{way}");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_robots_settings(string language, bool isDark, int width)
    {
        var way = await GoAsync(language, isDark, width);
        await Portal.OpenDesignerAsync();
        await Portal.Stage(Sandbox.Demo.Stage.RobotStage).Locator("[data-robot] a").First.ClickAsync();
        await Expect(Portal.RobotSettings.Locator("select").First).ToBeVisibleAsync();
        await LookAsync($"robot-settings-{way}", "form[data-robot-form] iframe");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_tab_in_a_deals_card(string language, bool isDark, int width)
    {
        var way = await GoAsync(language, isDark, width);
        await Portal.OpenDealAsync(2);
        await Portal.Page.GetByRole(AriaRole.Link, new() { Name = language == "ru" ? "ЕСБ" : "ESB", Exact = true }).Last.ClickAsync();
        await Expect(Portal.Page.FrameLocator("iframe").GetByRole(AriaRole.Link).First).ToBeVisibleAsync();
        await LookAsync($"deal-tab-{way}", "iframe");
    }

    private async Task<string> GoAsync(string language, bool isDark, int width)
    {
        Source.Settings.Language = language;
        await Portal.Page.EmulateMediaAsync(new() { ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light });
        await Portal.Page.SetViewportSizeAsync(width, 900);
        return string.Create(CultureInfo.InvariantCulture, $"{language}-{(isDark ? "dark" : "light")}-{width}");
    }
}
