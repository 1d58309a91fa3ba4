using B24RobotApp.Browser.Pages;
using B24RobotApp.Browser.Staging;
using B24RobotApp.Sandbox.Portals;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>An administrator adds the app in the developer section and installs it in the portal's frame.</summary>
public sealed class InstallTests(Chromium chromium, BrowserStage fixture) : IClassFixture<BrowserStage>, IAsyncLifetime
{
    private SandboxPortal Source => fixture.Stage.Source;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>One card of the app at a time.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var app in Source.Applications)
        {
            await Source.DeleteApplicationAsync(app);
        }
    }

    [Theory]
    [InlineData("ru", "Завершить установку", "Передач нет")]
    [InlineData("en", "Finish the installation", "There are no transfers")]
    public async Task The_app_is_installed_in_the_frame_and_shows_its_main_page_then(string language, string finish, string main)
    {
        await using var context = (await chromium.OpenAsync()).Context;
        var portal = new PortalPage(context.Pages[0], Source);
        Source.Settings.Language = language;

        var app = await InstallSteps.RunAsync(portal, fixture.Stage, finish);

        await Expect(portal.App.GetByText(main)).ToBeVisibleAsync();
        Assert.True(app.IsInstalled);
        Assert.Contains("send_to_esb", app.Robots.Keys);
    }

    [Fact]
    public async Task It_works_where_the_browser_lets_the_app_store_nothing()
    {
        var profile = Directory.CreateTempSubdirectory("b24robot-browser-").FullName;
        try
        {
            await using var context = await chromium.OpenRefusingAsync(BrowserStage.AppHost, profile);
            var portal = new PortalPage(context.Pages[0], Source);
            Source.Settings.Language = "ru";

            await InstallSteps.RunAsync(portal, fixture.Stage, "Завершить установку");

            await Expect(portal.App.GetByText("Передач нет")).ToBeVisibleAsync();
            var refused = await portal.Page.Frames.First(frame => frame.Url.Contains(BrowserStage.AppHost, StringComparison.Ordinal)).EvaluateAsync<string[]>("""
                () => {
                  const refused = []
                  for (const store of ['localStorage', 'sessionStorage']) {
                    try { window[store].setItem('a', 'b') } catch { refused.push(store) }
                  }
                  document.cookie = 'a=b; SameSite=None; Secure'
                  if (document.cookie === '') { refused.push('cookie') }
                  return refused
                }
                """);
            Assert.Equal(["localStorage", "sessionStorage", "cookie"], refused);
        }
        finally
        {
            Directory.Delete(profile, recursive: true);
        }
    }
}
