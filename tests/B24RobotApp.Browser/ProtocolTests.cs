using System.Text.Json;
using System.Text.RegularExpressions;
using B24RobotApp.Browser.Pages;
using B24RobotApp.Browser.Staging;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace B24RobotApp.Browser;

/// <summary>Each command of the frame protocol, spoken by Bitrix24's official SDK in a frame of another site.</summary>
public sealed class ProtocolTests(Chromium chromium, HostStage stage) : IClassFixture<HostStage>, IAsyncLifetime
{
    private PortalPage _portal = null!;

    private SandboxPortal Source => stage.Source;

    public async ValueTask InitializeAsync()
    {
        Source.BrowserUserId = 1;
        Source.Settings.Language = "ru";
        Source.Settings.IsDark = false;
        Source.Faults.Clear();
        _portal = new PortalPage(await chromium.OpenAsync(), Source);
    }

    public async ValueTask DisposeAsync() => await _portal.Page.Context.DisposeAsync();

    [Fact]
    public async Task A_frame_is_loaded_with_the_fields_and_the_name_of_a_real_portal()
    {
        var app = await OpenMainAsync();

        var loaded = stage.Host.Frames.Last();
        Assert.Equal(["DOMAIN", "PROTOCOL", "LANG", "APP_SID"], loaded.Query.Keys);
        Assert.Equal((Source.Domain, "0", "ru"), (loaded.Query["DOMAIN"], loaded.Query["PROTOCOL"], loaded.Query["LANG"]));
        Assert.Equal(
            ["APPLICATION_SCOPE", "APPLICATION_TOKEN", "AUTH_EXPIRES", "AUTH_ID", "PLACEMENT", "REFRESH_ID", "SERVER_ENDPOINT", "member_id", "status"],
            loaded.Fields.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            (Source.MemberId, "L", "DEFAULT", "3600", stage.App.ApplicationToken),
            (loaded.Fields["member_id"], loaded.Fields["status"], loaded.Fields["PLACEMENT"], loaded.Fields["AUTH_EXPIRES"], loaded.Fields["APPLICATION_TOKEN"]));
        Assert.Equal($"{Source.Domain}|0|{loaded.Query["APP_SID"]}", await app.Frame.EvaluateAsync<string>("window.name"));
    }

    [Theory]
    [InlineData("ru", 1, true)]
    [InlineData("en", 7, false)]
    public async Task The_init_data_tell_who_looks_in_which_language_and_where(string language, long user, bool isAdmin)
    {
        Source.Settings.Language = language;
        Source.BrowserUserId = user;
        var app = await OpenMainAsync();

        var told = await app.DoAsync("({ lang: $b24.getLang(), admin: $b24.auth.isAdmin, origin: $b24.getTargetOrigin(), placement: $b24.placement.placement, install: $b24.isInstallMode, member: $b24.auth.getAuthData().member_id, expires: $b24.auth.getAuthData().expires_in })");

        Assert.Equal((language, isAdmin), (told.GetProperty("lang").GetString(), told.GetProperty("admin").GetBoolean()));
        Assert.Equal((Source.BaseUrl.GetLeftPart(UriPartial.Authority), "DEFAULT"), (told.GetProperty("origin").GetString(), told.GetProperty("placement").GetString()));
        Assert.Equal((false, Source.MemberId, 3600), (told.GetProperty("install").GetBoolean(), told.GetProperty("member").GetString(), told.GetProperty("expires").GetInt32()));
    }

    [Fact]
    public async Task A_page_calls_the_portal_across_origins_as_the_one_who_looks()
    {
        Source.BrowserUserId = 7;
        var app = await OpenMainAsync();

        Assert.Equal("7", await ProfileAsync(app));
    }

    [Fact]
    public async Task A_token_that_ran_out_is_refreshed_through_the_portals_page_and_the_call_repeated()
    {
        var app = await OpenMainAsync();
        var before = await app.DoAsync<string>("$b24.auth.getAuthData().access_token");
        Source.Faults.Add(new FaultRule(FaultKind.ExpiredToken, "profile", count: 1));

        Assert.Equal("1", await ProfileAsync(app));

        var after = await app.DoAsync<string>("$b24.auth.getAuthData().access_token");
        Assert.NotEqual(before, after);
        Assert.Contains(stage.Sandbox.OAuthServer.Issued, tokens => tokens.AccessToken == after && tokens.UserId == 1);
    }

    [Fact]
    public async Task The_first_run_of_a_user_is_told_until_the_page_has_said_that_it_knows()
    {
        // The SDK says so by itself.
        var card = Source.SaveLocalApplication(stage.Card("First run") with { InstallUrl = null });
        await _portal.OpenAppAsync(card);
        var app = await SdkFrame.FindAsync(_portal.Page, stage.Host.Url);
        Assert.True(await app.DoAsync<bool>("$b24.isFirstRun"));

        await _portal.OpenAppAsync(card);
        app = await SdkFrame.FindAsync(_portal.Page, stage.Host.Url);

        Assert.False(await app.DoAsync<bool>("$b24.isFirstRun"));
    }

    [Fact]
    public async Task The_end_of_the_installation_brings_the_main_page()
    {
        var card = Source.SaveLocalApplication(stage.Card("Installed in a frame"));
        await _portal.OpenAppAsync(card);
        var app = await SdkFrame.FindAsync(_portal.Page, stage.Host.Url, "install");
        Assert.True(await app.DoAsync<bool>("$b24.isInstallMode"));

        await app.StartAsync("$b24.installFinish()");

        await Expect(_portal.Page).ToHaveURLAsync(new Regex(@"/marketplace/app/\d+/\?install_finished=Y$"));
        app = await SdkFrame.FindAsync(_portal.Page, stage.Host.Url, "main");
        Assert.False(await app.DoAsync<bool>("$b24.isInstallMode"));
        Assert.True(card.IsInstalled);
    }

    [Fact]
    public async Task Nobody_but_an_administrator_sees_the_installation()
    {
        var card = Source.SaveLocalApplication(stage.Card("Not for everybody"));
        Source.BrowserUserId = 7;

        await _portal.OpenAppAsync(card);

        await Expect(_portal.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Попросите администратора");
        await Expect(_portal.Page.Locator("iframe")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Options_are_kept_for_the_user_and_by_administrators_for_all()
    {
        var app = await OpenMainAsync();
        await app.DoAsync<object?>("$b24.options.appSet('colour', 'a:b')");
        await app.StartAsync("$b24.parent.message.send('setUserOption', { name: 'size', value: 5 })");
        Assert.Equal("size", (await app.DoAsync("window.later")).GetProperty("name").GetString());

        app = await OpenMainAsync();

        Assert.Equal(("a:b", 5), (await app.DoAsync<string>("$b24.options.appGet('colour')"), await app.DoAsync<int>("$b24.options.userGet('size')")));
        Assert.Equal("a:b", (await app.DoAsync(Call("app.option.get"))).GetProperty("colour").GetString());

        Source.BrowserUserId = 7;
        app = await OpenMainAsync();
        await app.DoAsync<object?>("$b24.options.appSet('colour', 'mine')"); // Unanswered: the SDK gives up waiting.

        Assert.Equal("a:b", (await app.DoAsync(Call("app.option.get"))).GetProperty("colour").GetString());
    }

    [Fact]
    public async Task The_main_page_sets_title_and_size_and_scrolls_its_window()
    {
        var app = await OpenMainAsync();

        await app.DoAsync<object?>("$b24.parent.setTitle('Передачи: 3')");
        var size = await app.DoAsync("$b24.parent.resizeWindow(500, 3000)");
        await app.DoAsync<object?>("$b24.parent.scrollParentWindow(400)");

        await Expect(_portal.Page).ToHaveTitleAsync("Передачи: 3");
        await Expect(_portal.Page.Locator("h1")).ToHaveTextAsync("Передачи: 3");
        Assert.Equal((500, 3000), (size.GetProperty("width").GetDouble(), size.GetProperty("height").GetDouble()));
        Assert.Equal(400, await _portal.Page.EvaluateAsync<int>("window.scrollY"));
    }

    [Fact]
    public async Task The_window_is_loaded_again_when_the_page_asks_for_it()
    {
        var app = await OpenMainAsync();
        var session = await app.DoAsync<string>("$b24.getAppSid()");

        var isLoaded = _portal.Page.WaitForLoadStateAsync(LoadState.Load);
        await _portal.Page.RunAndWaitForRequestFinishedAsync(() => app.StartAsync("$b24.parent.reloadWindow()"), new() { Predicate = request => request.Url.Contains("/main?", StringComparison.Ordinal) });
        await isLoaded;

        app = await SdkFrame.FindAsync(_portal.Page, stage.Host.Url);
        Assert.NotEqual(session, await app.DoAsync<string>("$b24.getAppSid()"));
    }

    [Fact]
    public async Task A_deals_tab_knows_its_deal_and_has_the_commands_of_a_card()
    {
        var app = await OpenTabAsync(2);

        Assert.Equal("CRM_DEAL_DETAIL_TAB", await app.DoAsync<string>("$b24.placement.placement"));
        Assert.Equal("2", await app.DoAsync<string>("$b24.placement.options.ID"));
        Assert.StartsWith("/crm/deal/details/2/", JsonDocument.Parse(stage.Host.Frames.Last().Fields["PLACEMENT_OPTIONS"]).RootElement.GetProperty("URI").GetString(), StringComparison.Ordinal);
        Assert.Equal("""{"command":["reloadData"],"event":[]}""", await app.DoAsync<string>("JSON.stringify(await $b24.placement.getInterface())"));

        // A card lets its tab be higher, not narrower; title and scrolling are not a tab's to set, so the SDK waits in vain.
        var title = await _portal.Page.TitleAsync();
        var size = await app.DoAsync("$b24.parent.resizeWindow(300, 700)");
        Assert.Equal(700, size.GetProperty("height").GetDouble());
        Assert.True(size.GetProperty("width").GetDouble() > 600);
        await app.DoAsync<object?>("$b24.parent.setTitle('Mine')");
        Assert.Equal(title, await _portal.Page.TitleAsync());
    }

    [Fact]
    public async Task After_reloadData_the_card_shows_what_has_become_of_the_deal()
    {
        var app = await OpenTabAsync(4);
        await app.DoAsync(Call("crm.item.update", "{ entityTypeId: 2, id: 4, fields: { stageId: 'PREPARATION' } }"));

        await app.DoAsync<object?>("$b24.placement.call('reloadData')");

        await Expect(_portal.Page.Locator("#way [aria-current]")).ToHaveTextAsync("Переговоры");
    }

    [Fact]
    public async Task A_page_opens_a_deal_over_itself_and_hears_when_it_is_closed()
    {
        var app = await OpenMainAsync();

        await app.StartAsync("$b24.slider.openPath($b24.slider.getUrl('/crm/deal/details/2/'))");
        var slider = _portal.Page.FrameLocator(".slider iframe");
        await Expect(slider.Locator("h1")).ToHaveTextAsync("Обучение отдела продаж");
        await _portal.Page.Locator(".slider-close").ClickAsync();

        Assert.True((await app.DoAsync("window.later")).GetProperty("isClose").GetBoolean());
        await Expect(_portal.Page.Locator(".slider")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_tab_of_the_application_works_in_a_card_that_is_itself_in_a_slider()
    {
        var tab = stage.App.Placements.First(bound => bound.Placement == "CRM_DEAL_DETAIL_TAB");
        var app = await OpenMainAsync();

        await app.StartAsync($"$b24.slider.openPath($b24.slider.getUrl('/crm/deal/details/4/?tab=app_{tab.Id}'))");
        var inside = await InsideSliderAsync();

        Assert.Equal(("CRM_DEAL_DETAIL_TAB", "4"), (await inside.DoAsync<string>("$b24.placement.placement"), await inside.DoAsync<string>("$b24.placement.options.ID")));
        Assert.Contains("IFRAME=Y", await inside.DoAsync<string>("$b24.placement.options.URI"), StringComparison.Ordinal);
        Assert.Equal("1", await ProfileAsync(inside));
    }

    [Fact]
    public async Task Other_parts_of_the_portal_are_not_opened()
    {
        var app = await OpenMainAsync();

        var answer = await app.DoAsync("$b24.parent.message.send('openPath', { path: '/devops/' })");

        Assert.Equal(("error", "PATH_NOT_AVAILABLE"), (answer.GetProperty("result").GetString(), answer.GetProperty("errorCode").GetString()));
        await Expect(_portal.Page.Locator(".slider")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_page_opens_another_of_its_own_in_a_slider_which_closes_itself()
    {
        var app = await OpenMainAsync();

        await app.StartAsync("$b24.slider.openSliderAppPage({ transfer: '17', bx24_width: 640 })");
        var inside = await InsideSliderAsync();
        var told = await inside.DoAsync("({ options: $b24.placement.options, slider: $b24.placement.isSliderMode })");

        Assert.Equal(("17", "Y", true), (told.GetProperty("options").GetProperty("transfer").GetString(), told.GetProperty("options").GetProperty("IFRAME").GetString(), told.GetProperty("slider").GetBoolean()));
        Assert.Equal(640, (await _portal.Page.Locator(".slider-panel").BoundingBoxAsync())!.Width);

        // A slider's size is the portal's own: the SDK waits in vain.
        Assert.True((await inside.DoAsync("$b24.parent.resizeWindow(300, 300)")).GetProperty("isSafely").GetBoolean());

        await inside.StartAsync("$b24.parent.closeApplication()");
        await Expect(_portal.Page.Locator(".slider")).ToHaveCountAsync(0);
        await app.DoAsync<object?>("window.later"); // The opener hears of it.
    }

    [Fact]
    public async Task People_are_chosen_in_the_portals_own_list()
    {
        var app = await OpenMainAsync();
        var list = _portal.Page.GetByRole(AriaRole.Dialog);

        await app.StartAsync("$b24.dialog.selectUsers()");
        await list.GetByLabel("Анна Кузнецова").CheckAsync();
        await list.GetByLabel("Мария Соколова").CheckAsync();
        await list.GetByRole(AriaRole.Button, new() { Name = "Выбрать" }).ClickAsync();
        Assert.Equal("1,12", await app.DoAsync<string>("(await window.later).map(user => user.id).join()"));

        await app.StartAsync("$b24.dialog.selectUser()");
        await list.GetByLabel("Олег Ветров").CheckAsync();
        await list.GetByRole(AriaRole.Button, new() { Name = "Выбрать" }).ClickAsync();
        Assert.Equal("Олег Ветров", await app.DoAsync<string>("(await window.later).name"));
    }

    [Fact]
    public async Task Events_of_a_place_reach_the_page_one_message_each_and_others_never()
    {
        var binding = stage.App.Placements.First(bound => bound.Placement == "PAGE_BACKGROUND_WORKER");
        await _portal.OpenAsync($"devops/widget/{binding.Id}/");
        var app = await SdkFrame.FindAsync(_portal.Page, stage.Host.Url, "worker");
        await app.Frame.EvaluateAsync("() => { window.heard = [] }");
        await app.DoAsync<object?>("$b24.placement.bindEvent('BackgroundCallCard::muteButtonClick', event => window.heard.push(event.event))");
        await app.DoAsync<object?>("$b24.placement.bindEvent('Somebody::else', event => window.heard.push('else'))");

        var button = _portal.Page.GetByRole(AriaRole.Button, new() { Name = "BackgroundCallCard::muteButtonClick" });
        await button.ClickAsync();
        await button.ClickAsync();

        await app.Frame.WaitForFunctionAsync("() => window.heard.length === 2");
        Assert.Equal("BackgroundCallCard::muteButtonClick", await app.Frame.EvaluateAsync<string>("window.heard[0]"));
    }

    [Fact]
    public async Task Messages_of_another_origin_or_session_change_nothing()
    {
        var app = await OpenMainAsync();
        var title = await _portal.Page.TitleAsync();
        var session = await app.DoAsync<string>("$b24.getAppSid()");

        await app.Frame.EvaluateAsync("() => parent.postMessage('setTitle:{\"title\":\"of another session\"}:key:0123456789abcdef', '*')");
        await _portal.Page.EvaluateAsync($"() => window.postMessage('setTitle:{{\"title\":\"of another origin\"}}:key:{session}', '*')");
        await app.Frame.EvaluateAsync("() => parent.postMessage('no command at all', '*')");
        await app.DoAsync("$b24.parent.message.send('getInterface', {})"); // Messages keep their order: by now those were read.

        Assert.Equal(title, await _portal.Page.TitleAsync());
        var heard = await app.Frame.EvaluateAsync<string[]>("window.messages.map(message => message.origin)");
        Assert.All(heard, origin => Assert.Equal(Source.BaseUrl.GetLeftPart(UriPartial.Authority), origin));
    }

    [Fact]
    public async Task A_command_with_a_colon_in_its_name_arrives_as_an_object_and_is_ignored_where_it_is_unknown()
    {
        var app = await OpenMainAsync();

        var answer = await app.DoAsync("$b24.parent.message.send('im:setTextareaContent', { text: 'x', isSafely: true, safelyTime: 200 })");

        Assert.True(answer.GetProperty("isSafely").GetBoolean());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_in_a_frame_learns_from_its_browser_how_bright_the_portal_is(bool isDark)
    {
        Source.Settings.IsDark = isDark;
        var app = await OpenMainAsync();

        Assert.Equal(isDark, await app.Frame.EvaluateAsync<bool>("matchMedia('(prefers-color-scheme: dark)').matches"));
    }

    private static string Call(string method, string parameters = "{}") =>
        $"(await $b24.actions.v2.call.make({{ method: '{method}', params: {parameters} }})).getData().result";

    private static Task<string> ProfileAsync(SdkFrame app) => app.DoAsync<string>($"({Call("profile")}).ID");

    private async Task<SdkFrame> OpenMainAsync()
    {
        await _portal.OpenAppAsync(stage.App);
        return await SdkFrame.FindAsync(_portal.Page, stage.Host.Url, "main");
    }

    private async Task<SdkFrame> OpenTabAsync(long deal)
    {
        await _portal.OpenDealAsync(deal);
        await _portal.Page.GetByRole(AriaRole.Link, new() { Name = "Вкладка" }).ClickAsync();
        return await SdkFrame.FindAsync(_portal.Page, stage.Host.Url, "tab");
    }

    private async Task<SdkFrame> InsideSliderAsync()
    {
        var frame = await _portal.Page.WaitForAsync(page => page.Frames.FirstOrDefault(frame =>
            frame.Url.StartsWith(stage.Host.Url.AbsoluteUri, StringComparison.Ordinal) && frame.ParentFrame is { } parent && parent != page.MainFrame));
        await frame.WaitForFunctionAsync("() => window.started");
        await frame.EvaluateAsync("() => window.started.then(() => true)");
        return new SdkFrame(frame);
    }
}
