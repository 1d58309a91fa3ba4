using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Portals;

public sealed class ApplicationTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;

    public async ValueTask InitializeAsync() => _sandbox = await TestSandbox.StartAsync();

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    private LocalApplicationCard Card(bool scriptOnly = false, bool withInstallPath = true) => new()
    {
        Name = "ESB",
        HandlerUrl = new Uri(_sandbox.Application.Url, "app?x=1"),
        InstallUrl = withInstallPath ? new Uri(_sandbox.Application.Url, "install") : null,
        IsScriptOnly = scriptOnly,
        Scopes = ["crm", "bizproc", "placement"],
    };

    [Fact]
    public void Only_an_administrator_may_save_a_card() =>
        Assert.Throws<InvalidOperationException>(() => _sandbox.Source.SaveLocalApplication(Card(), userId: 7));

    [Fact]
    public void The_saved_card_shows_a_client_id_and_a_secret_of_its_own()
    {
        var app = _sandbox.Source.SaveLocalApplication(Card());

        Assert.Matches("^local\\.[0-9a-f]{14}\\.[0-9]{8}$", app.ClientId);
        Assert.Equal(50, app.ClientSecret.Length);
        Assert.NotEqual(app.ClientId, _sandbox.Source.SaveLocalApplication(Card()).ClientId);
    }

    [Theory]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, true, true)]
    public void An_application_with_pages_and_an_installation_path_is_not_installed_at_once(bool scriptOnly, bool withInstallPath, bool installed) =>
        Assert.Equal(installed, _sandbox.Source.SaveLocalApplication(Card(scriptOnly, withInstallPath)).IsInstalled);

    [Fact]
    public async Task A_script_only_application_hears_ONAPPINSTALL_once_with_both_tokens_of_who_saved_the_card()
    {
        var app = _sandbox.Source.SaveLocalApplication(Card(scriptOnly: true));
        _sandbox.Source.SaveCardAgain(app);
        await _sandbox.Source.WhenIdleAsync();

        var heard = Assert.Single(_sandbox.Application.Requests);
        Assert.Equal(("POST", "/install", "application/x-www-form-urlencoded"), (heard.Method, heard.Path, heard.ContentType));
        Assert.Equal("ONAPPINSTALL", heard.Form["event"]!.GetValue<string>());
        Assert.Equal("""{"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"ru"}""", heard.Form["data"]!.ToJsonString());
        Assert.Equal(_sandbox.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), heard.Form["ts"]!.GetValue<string>());
        var auth = heard.Form["auth"]!;
        Assert.Equal((_sandbox.Source.MemberId, app.ApplicationToken, "1", "L"),
            (Text(auth, "member_id"), Text(auth, "application_token"), Text(auth, "user_id"), Text(auth, "status")));
        Assert.Equal((_sandbox.Source.Domain, "crm,bizproc,placement", "3600"), (Text(auth, "domain"), Text(auth, "scope"), Text(auth, "expires_in")));
        Assert.NotNull(auth["refresh_token"]);
        var profile = await _sandbox.PostFormAsync(new Uri(Text(auth, "client_endpoint") + "profile"), $"auth={Text(auth, "access_token")}");
        Assert.Equal("1", profile.Result!["ID"]!.GetValue<string>());
    }

    [Fact]
    public async Task No_installation_path_no_callback()
    {
        _sandbox.Source.SaveLocalApplication(Card(scriptOnly: true, withInstallPath: false));
        await _sandbox.Source.WhenIdleAsync();

        Assert.Empty(_sandbox.Application.Requests);
    }

    [Fact]
    public async Task The_install_page_is_posted_each_time_an_administrator_opens_the_application_until_it_is_finished()
    {
        var app = _sandbox.Source.SaveLocalApplication(Card());

        await _sandbox.Source.OpenApplicationAsync(app, cancellationToken: TestContext.Current.CancellationToken);
        await _sandbox.Source.OpenApplicationAsync(app, cancellationToken: TestContext.Current.CancellationToken);
        _sandbox.Source.FinishInstallation(app);
        var page = await _sandbox.Source.OpenApplicationAsync(app, userId: 7, TestContext.Current.CancellationToken);

        Assert.Equal(["/install", "/install", "/app"], _sandbox.Application.Requests.Select(request => request.Path));
        Assert.Equal((200, "<html>ok</html>"), (page.Status, page.Body));
    }

    [Fact]
    public async Task The_frames_form_says_who_looks_and_from_where()
    {
        var app = _sandbox.Source.SaveLocalApplication(Card());

        await _sandbox.Source.OpenApplicationAsync(app, cancellationToken: TestContext.Current.CancellationToken);

        var heard = Assert.Single(_sandbox.Application.Requests);
        Assert.Equal(["DOMAIN", "PROTOCOL", "LANG", "APP_SID"], heard.Query.Select(parameter => parameter.Key));
        Assert.Equal((_sandbox.Source.Domain, "0", "ru"), (Text(heard.Query, "DOMAIN"), Text(heard.Query, "PROTOCOL"), Text(heard.Query, "LANG")));
        Assert.Matches("^[0-9a-f]{32}$", Text(heard.Query, "APP_SID"));
        Assert.Equal(
            ["AUTH_ID", "AUTH_EXPIRES", "REFRESH_ID", "SERVER_ENDPOINT", "APPLICATION_TOKEN", "APPLICATION_SCOPE", "member_id", "status", "PLACEMENT"],
            heard.Form.Select(parameter => parameter.Key));
        Assert.Equal(("3600", "DEFAULT", app.ApplicationToken), (Text(heard.Form, "AUTH_EXPIRES"), Text(heard.Form, "PLACEMENT"), Text(heard.Form, "APPLICATION_TOKEN")));
    }

    [Fact]
    public async Task The_main_pages_own_query_is_kept()
    {
        var app = _sandbox.Source.SaveLocalApplication(Card(withInstallPath: false));

        await _sandbox.Source.OpenApplicationAsync(app, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("1", Text(_sandbox.Application.Requests[0].Query, "x"));
    }

    [Fact]
    public void Before_the_installation_is_finished_ordinary_users_see_a_message_of_the_portal()
    {
        var app = _sandbox.Source.SaveLocalApplication(Card());

        Assert.Throws<InvalidOperationException>(() => _sandbox.Source.CreateFrame(app, userId: 7));
    }

    [Fact]
    public async Task Before_the_installation_is_finished_widgets_are_bound_but_not_shown_and_events_are_not_sent()
    {
        var app = _sandbox.Source.SaveLocalApplication(Card());
        var handler = new Uri(_sandbox.Application.Url, "tab");
        var bound = await _sandbox.CallAsync(app, "placement.bind", $$"""{"PLACEMENT":"CRM_DEAL_DETAIL_TAB","HANDLER":"{{handler}}"}""");
        await _sandbox.CallAsync(app, "event.bind", $$"""{"event":"ONCRMDEALADD","handler":"{{handler}}"}""");

        _sandbox.Source.Events.Raise("ONCRMDEALADD", new JsonObject { ["FIELDS"] = new JsonObject { ["ID"] = 1 } });
        await _sandbox.Source.WhenIdleAsync();

        Assert.True(bound.Result!.GetValue<bool>());
        Assert.Empty(_sandbox.Application.Requests);
        Assert.Throws<InvalidOperationException>(() => _sandbox.Source.CreateFrame(app, 1, "CRM_DEAL_DETAIL_TAB"));
    }

    [Fact]
    public async Task A_widget_gets_its_options_as_a_text_of_json()
    {
        var app = _sandbox.InstallApp();
        await _sandbox.CallAsync(app, "placement.bind", $$"""{"PLACEMENT":"CRM_DEAL_DETAIL_TAB","HANDLER":"{{new Uri(_sandbox.Application.Url, "tab")}}"}""");

        await _sandbox.Source.OpenPlacementAsync(
            app, "CRM_DEAL_DETAIL_TAB", new JsonObject { ["ID"] = "15" }, userId: 7, TestContext.Current.CancellationToken);

        var heard = Assert.Single(_sandbox.Application.Requests);
        Assert.Equal(("CRM_DEAL_DETAIL_TAB", """{"ID":"15"}"""), (Text(heard.Form, "PLACEMENT"), Text(heard.Form, "PLACEMENT_OPTIONS")));
    }

    [Fact]
    public async Task Finishing_tells_who_bound_ONAPPINSTALL_in_the_wizard()
    {
        var app = _sandbox.Source.SaveLocalApplication(Card());
        await _sandbox.CallAsync(app, "event.bind", $$"""{"event":"OnAppInstall","handler":"{{new Uri(_sandbox.Application.Url, "events")}}"}""");

        _sandbox.Source.FinishInstallation(app);
        await _sandbox.Source.WhenIdleAsync();

        Assert.Equal("ONAPPINSTALL", Text(Assert.Single(_sandbox.Application.At("/events")).Form, "event"));
    }

    [Theory]
    [InlineData(true, "1")]
    [InlineData(false, "0")]
    public async Task Deleting_tells_who_bound_ONAPPUNINSTALL_without_any_token(bool clean, string sent)
    {
        var app = _sandbox.InstallApp();
        await _sandbox.CallAsync(app, "event.bind", $$"""{"event":"ONAPPUNINSTALL","handler":"{{new Uri(_sandbox.Application.Url, "events")}}"}""");

        await _sandbox.Source.DeleteApplicationAsync(app, clean);

        var heard = Assert.Single(_sandbox.Application.At("/events"));
        Assert.Equal("ONAPPUNINSTALL", Text(heard.Form, "event"));
        Assert.Equal($$"""{"LANGUAGE_ID":"ru","CLEAN":"{{sent}}"}""", heard.Form["data"]!.ToJsonString());
        Assert.Equal(["domain", "client_endpoint", "server_endpoint", "member_id", "application_token"], heard.Form["auth"]!.AsObject().Select(entry => entry.Key));
        Assert.Empty(app.Robots);
        Assert.Empty(_sandbox.Source.Applications);
    }

    [Fact]
    public async Task Deleting_says_nothing_to_who_bound_nothing()
    {
        await _sandbox.Source.DeleteApplicationAsync(_sandbox.InstallApp());

        Assert.Empty(_sandbox.Application.Requests);
    }

    [Fact]
    public async Task Saving_the_card_again_drops_the_robots()
    {
        var app = _sandbox.InstallApp();
        await _sandbox.CallAsync(app, "bizproc.robot.add", $$"""{"CODE":"r","HANDLER":"{{_sandbox.Application.Url}}","NAME":"R"}""");
        await _sandbox.CallAsync(app, "placement.bind", $$"""{"PLACEMENT":"LEFT_MENU","HANDLER":"{{_sandbox.Application.Url}}"}""");

        _sandbox.Source.SaveCardAgain(app);

        Assert.Empty(app.Robots);
        Assert.Single(app.Placements);
    }

    [Fact]
    public async Task A_portal_can_forget_everything_or_nothing_when_the_card_is_saved_again()
    {
        var app = _sandbox.InstallApp();
        await _sandbox.CallAsync(app, "bizproc.robot.add", $$"""{"CODE":"r","HANDLER":"{{_sandbox.Application.Url}}","NAME":"R"}""");
        await _sandbox.CallAsync(app, "placement.bind", $$"""{"PLACEMENT":"LEFT_MENU","HANDLER":"{{_sandbox.Application.Url}}"}""");

        _sandbox.Source.Settings.ForgottenOnSave = ForgottenOnSave.None;
        _sandbox.Source.SaveCardAgain(app);
        Assert.Equal((1, 1), (app.Robots.Count, app.Placements.Count));

        _sandbox.Source.Settings.ForgottenOnSave = ForgottenOnSave.All;
        _sandbox.Source.SaveCardAgain(app);
        Assert.Equal((0, 0), (app.Robots.Count, app.Placements.Count));
    }

    private static string Text(JsonNode node, string key) => node[key]!.GetValue<string>();
}
