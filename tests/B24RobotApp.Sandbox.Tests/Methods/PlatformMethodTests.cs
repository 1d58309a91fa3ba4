using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Methods;

public sealed class PlatformMethodTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;
    private AppInstallation _app = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync();
        _app = _sandbox.InstallApp("crm", "placement");
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task The_profile_tells_the_user_and_whether_he_administers()
    {
        var admin = await _sandbox.CallAsync(_app, "profile");
        var other = await _sandbox.CallAsync(_sandbox.Source.CreateIncomingWebhook(7), "profile");

        Assert.Equal(("1", true, "Анна"), (Text(admin, "ID"), admin.Result!["ADMIN"]!.GetValue<bool>(), Text(admin, "NAME")));
        Assert.Equal(("7", false), (Text(other, "ID"), other.Result!["ADMIN"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task The_scopes_are_those_of_the_caller()
    {
        Assert.Equal("""["crm","placement"]""", (await _sandbox.CallAsync(_app, "scope")).Result!.ToJsonString());
        Assert.Contains("telephony", (await _sandbox.CallAsync(_app, "scope", """{"full":true}""")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Application_info_names_the_client_id_as_code_and_is_no_method_for_webhooks()
    {
        var answer = await _sandbox.CallAsync(_app, "app.info");
        var webhook = await _sandbox.CallAsync(_sandbox.Source.CreateIncomingWebhook(1), "app.info");

        Assert.Equal((_app.ClientId, "L", true), (Text(answer, "CODE"), Text(answer, "STATUS"), answer.Result!["INSTALLED"]!.GetValue<bool>()));
        Assert.Equal("ACCESS_DENIED", webhook.Error);
    }

    [Theory]
    [InlineData("test.crm", true, true)]
    [InlineData("bizproc.robot.add", true, false)]
    [InlineData("profile", true, true)]
    [InlineData("no.such", false, false)]
    public async Task A_method_exists_and_is_available_by_scope(string name, bool exists, bool available)
    {
        var answer = await _sandbox.CallAsync(_app, "method.get", $$"""{"name":"{{name}}"}""");

        Assert.Equal((exists, available), (answer.Result!["isExisting"]!.GetValue<bool>(), answer.Result["isAvailable"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task A_feature_is_there_or_not_and_has_to_be_named()
    {
        _sandbox.Source.Settings.Features.Remove("rest_auth_connector");

        Assert.Equal("Y", Text(await _sandbox.CallAsync(_app, "feature.get", """{"CODE":"rest_offline_extended"}"""), "value"));
        Assert.Equal("N", Text(await _sandbox.CallAsync(_app, "feature.get", """{"CODE":"rest_auth_connector"}"""), "value"));
        Assert.Equal("CODE_EMPTY", (await _sandbox.CallAsync(_app, "feature.get")).Error);
    }

    [Fact]
    public async Task The_servers_time_is_in_its_zone() =>
        Assert.Equal("2026-03-02T12:00:00+03:00", (await _sandbox.CallAsync(_app, "server.time")).Result!.GetValue<string>());

    [Fact]
    public async Task Options_of_the_application_are_set_by_administrators_and_read_by_all()
    {
        var refused = await _sandbox.CallAsync(_app, "app.option.set", """{"options":{"a":"1"}}""", userId: 7);
        await _sandbox.CallAsync(_app, "app.option.set", """{"options":{"a":"1"}}""");
        await _sandbox.CallAsync(_app, "app.option.set", """{"b":"2"}""");

        Assert.Equal("ACCESS_DENIED", refused.Error);
        Assert.Equal("""{"a":"1","b":"2"}""", (await _sandbox.CallAsync(_app, "app.option.get", userId: 7)).Result!.ToJsonString());
        Assert.Equal("1", (await _sandbox.CallAsync(_app, "app.option.get", """{"option":"a"}""")).Result!.GetValue<string>());
        Assert.Null((await _sandbox.CallAsync(_app, "app.option.get", """{"option":"none"}""")).Result);
    }

    [Fact]
    public async Task Options_of_a_user_are_his_own()
    {
        await _sandbox.CallAsync(_app, "user.option.set", """{"options":{"a":"7"}}""", userId: 7);

        Assert.Equal("""{"a":"7"}""", (await _sandbox.CallAsync(_app, "user.option.get", userId: 7)).Result!.ToJsonString());
        Assert.Equal("[]", (await _sandbox.CallAsync(_app, "user.option.get")).Result!.ToJsonString());
        Assert.Equal("ACCESS_DENIED", (await _sandbox.CallAsync(_sandbox.Source.CreateIncomingWebhook(1), "user.option.get")).Error);
    }

    [Fact]
    public async Task A_widget_is_bound_once_listed_with_its_languages_and_unbound()
    {
        var bind = $$"""{"PLACEMENT":"CRM_DEAL_DETAIL_TAB","HANDLER":"{{_sandbox.Application.Url}}tab","LANG_ALL":{"ru":{"TITLE":"ЕСБ"},"en":{"TITLE":"ESB"} } }""";
        await _sandbox.CallAsync(_app, "placement.bind", bind);

        var again = await _sandbox.CallAsync(_app, "placement.bind", bind);
        var widgets = await _sandbox.CallAsync(_app, "placement.get");
        var unbound = await _sandbox.CallAsync(_app, "placement.unbind", """{"PLACEMENT":"CRM_DEAL_DETAIL_TAB"}""");

        Assert.Equal(("ERROR_CORE", "Unable to set placement handler: Handler already binded"), (again.Error, again.Json["error_description"]!.GetValue<string>()));
        var widget = Assert.Single(widgets.Result!.AsArray())!;
        Assert.Equal("ESB", widget["langAll"]!["en"]!["TITLE"]!.GetValue<string>());
        Assert.Equal("[]", widget["options"]!.ToJsonString());
        Assert.Equal("""{"count":2}""", unbound.Result!.ToJsonString());
        Assert.Empty(_app.Placements);
    }

    [Fact]
    public async Task Errors_of_placement_bind_come_with_status_200()
    {
        var missing = await _sandbox.CallAsync(_app, "placement.bind", "{}");
        var user = await _sandbox.CallAsync(_app, "placement.bind", """{"PLACEMENT":"LEFT_MENU","HANDLER":"https://example.com/","USER_ID":1}""");

        Assert.Equal((200, "ERROR_ARGUMENT", "PLACEMENT"), (missing.Status, missing.Error, missing.Json["argument"]!.GetValue<string>()));
        Assert.Equal((200, "ERROR_PLACEMENT_USER_MODE"), (user.Status, user.Error));
    }

    [Fact]
    public async Task A_place_of_another_scope_is_not_found_and_a_webhook_has_no_widgets()
    {
        var place = await _sandbox.CallAsync(_app, "placement.bind", """{"PLACEMENT":"IM_SIDEBAR","HANDLER":"https://example.com/"}""");
        var webhook = await _sandbox.CallAsync(_sandbox.Source.CreateIncomingWebhook(1, "placement"), "placement.get");
        var user = await _sandbox.CallAsync(_app, "placement.get", userId: 7);

        Assert.Equal("ERROR_PLACEMENT_NOT_FOUND", place.Error);
        Assert.Equal((403, "WRONG_AUTH_TYPE"), (webhook.Status, webhook.Error));
        Assert.Equal((403, "ACCESS_DENIED"), (user.Status, user.Error));
    }

    private static string Text(Answer answer, string key) => answer.Result![key]!.GetValue<string>();
}
