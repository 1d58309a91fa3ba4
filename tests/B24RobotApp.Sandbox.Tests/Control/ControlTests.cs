using B24RobotApp.Sandbox.Hosting;

namespace B24RobotApp.Sandbox.Tests.Control;

/// <summary>A script can do what a person does in a portal's pages.</summary>
public sealed class ControlTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;

    public async ValueTask InitializeAsync() => _sandbox = await TestSandbox.StartAsync(new SandboxOptions { ControlPort = 0, WithSampleData = true });

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task The_state_names_everything_a_script_needs()
    {
        var state = (await GetAsync("state")).Json;

        Assert.Equal(_sandbox.Host.OAuthServer.BaseUrl.ToString(), state["oauth"]!.GetValue<string>());
        Assert.Equal(["esb", "source"], state["portals"]!.AsArray().Select(portal => portal!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_script_installs_an_application_places_its_robot_moves_a_deal_and_reads_what_came_of_it()
    {
        var app = (await PostAsync("portals/source/apps", $$"""
            {"name":"ESB","handlerUrl":"{{_sandbox.Application.Url}}app","installUrl":"{{_sandbox.Application.Url}}install","scopes":["crm","bizproc"]}
            """)).Json;
        var client = app["clientId"]!.GetValue<string>();
        var page = await PostAsync($"portals/source/apps/{client}/open", "{}");
        await PostAsync($"portals/source/apps/{client}/finish", "{}");
        var robot = await _sandbox.CallAsync(_sandbox.Source.Applications[0], "bizproc.robot.add",
            $$"""{"CODE":"send","NAME":"S","USE_SUBSCRIPTION":"Y","AUTH_USER_ID":1,"HANDLER":"{{_sandbox.Application.Url}}robot","RETURN_PROPERTIES":{"id":{"Name":"Id"} } }""");
        var placed = (await PostAsync("portals/source/robots", $$"""{"type":"app","categoryId":0,"stageId":"EXECUTING","clientId":"{{client}}","code":"send","name":"A1_2_3_4"}""")).Json;
        await PostAsync("portals/source/robots", """{"type":"comment","categoryId":0,"stageId":"EXECUTING","text":"На ЕСБ: {=A1_2_3_4:id}"}""");
        var deal = (await PostAsync("portals/source/deals", """{"title":"Сделка","stageId":"NEW","productRows":[{"productName":"Услуга","price":100,"quantity":2}]}""")).Json["id"]!;

        await PostAsync($"portals/source/deals/{deal}/move", """{"stageId":"EXECUTING"}""");
        await PostAsync("portals/source/idle", "{}");
        var delivery = Assert.Single((await GetAsync("portals/source/deliveries")).Json.AsArray())!;
        var token = delivery["form"]!["event_token"]!.GetValue<string>();
        await _sandbox.CallAsync(_sandbox.Source.Applications[0], "bizproc.event.send", $$"""{"event_token":"{{token}}","return_values":{"id":"77"} }""");
        await PostAsync("portals/source/idle", "{}");

        Assert.Equal(200, page.Json["status"]!.GetValue<int>());
        Assert.True(robot.Result!.GetValue<bool>());
        Assert.Equal("A1_2_3_4", placed["name"]!.GetValue<string>());
        Assert.Null(delivery["form"]!["auth"]);
        var shown = (await GetAsync($"portals/source/deals/{deal}")).Json;
        Assert.Equal("EXECUTING", shown["item"]!["stageId"]!.GetValue<string>());
        Assert.Single(shown["productRows"]!.AsArray());
        Assert.Contains("На ЕСБ: 77", shown["comments"]!.ToJsonString(Plain.Json), StringComparison.Ordinal);
        Assert.Equal("Completed", (await GetAsync("portals/source/workflows")).Json.AsArray()[^1]!["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_boards_show_stages_and_deals()
    {
        var pipelines = (await GetAsync("portals/source/stages")).Json.AsArray();
        var deals = (await GetAsync("portals/source/deals")).Json.AsArray();

        Assert.Contains(pipelines[0]!["stages"]!.AsArray(), stage => stage!["stageId"]!.GetValue<string>() == "WON");
        Assert.NotEmpty(deals);
    }

    [Fact]
    public async Task Webhooks_limits_settings_costs_and_faults_are_changed_while_it_runs()
    {
        var webhook = (await PostAsync("portals/esb/webhooks", """{"userId":1,"scopes":["crm"]}""")).Json;
        var url = new Uri(new Uri(webhook["url"]!.GetValue<string>()), "test.echo");

        await PostAsync("portals/esb/faults", """{"kind":"BadGatewayBefore","pattern":"test.*","count":1}""");
        Assert.Equal(502, (await _sandbox.PostJsonAsync(url, "{}")).Status);
        await PostAsync("portals/esb/limits", """{"limitsRate":true,"burst":1}""");
        Assert.Equal(200, (await _sandbox.PostJsonAsync(url, "{}")).Status);
        Assert.Equal(503, (await _sandbox.PostJsonAsync(url, "{}")).Status);
        await PostAsync("portals/esb/limits", """{"limitsRate":false}""");
        await PostAsync("portals/esb/costs", """{"test.echo":1.5}""");
        Assert.Equal(1.5, (await _sandbox.PostJsonAsync(url, "{}")).Json["time"]!["processing"]!.GetValue<double>());
        await PostAsync("portals/esb/settings", """{"hasRestAccess":false,"generation":"Older"}""");
        Assert.Equal(403, (await _sandbox.PostJsonAsync(url, "{}")).Status);

        var journal = (await GetAsync("portals/esb/journal?last=2")).Json;
        Assert.Equal(5, journal["requests"]!.GetValue<int>());
        Assert.Equal([403, 200], journal["entries"]!.AsArray().Select(entry => entry!["status"]!.GetValue<int>()));
        Assert.Equal("Older", (await GetAsync("portals/esb/settings")).Json["generation"]!.GetValue<string>());
        await DeleteAsync($"portals/esb/webhooks/{webhook["id"]}");
        await PostAsync("portals/esb/settings", """{"hasRestAccess":true}""");
        Assert.Equal("INVALID_CREDENTIALS", (await _sandbox.PostJsonAsync(url, "{}")).Error);
    }

    [Fact]
    public async Task A_portal_is_added_and_moves_to_another_address()
    {
        var portal = (await PostAsync("portals", """{"code":"third"}""")).Json;

        var moved = (await PostAsync("portals/third/address", "{}")).Json;

        Assert.NotEqual(portal["url"]!.GetValue<string>(), moved["url"]!.GetValue<string>());
        Assert.Equal(302, (await _sandbox.GetAsync(new Uri(portal["url"]!.GetValue<string>() + "rest/profile"))).Status);
    }

    [Fact]
    public async Task Any_method_is_called_as_any_user()
    {
        var profile = (await PostAsync("portals/source/call", """{"method":"profile","userId":7}""")).Json;

        Assert.Equal("7", profile["result"]!["ID"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("GET", "portals/none/deals", "", 404, "There is no portal none.")]
    [InlineData("POST", "portals/source/deals/999/move", """{"stageId":"WON"}""", 404, "There is no deal 999.")]
    [InlineData("POST", "portals/source/robots", """{"type":"app"}""", 400, "\"clientId\" is missing.")]
    [InlineData("POST", "portals/source/faults", """{"kind":"Nothing"}""", 400, "\"kind\" is one of ")]
    [InlineData("POST", "portals/source/faults", "{", 400, "The body is no JSON.")]
    [InlineData("POST", "portals/source/call", """{"method":"no.such"}""", 404, "ERROR_METHOD_NOT_FOUND")]
    public async Task What_cannot_be_done_is_said_in_a_line(string method, string path, string body, int status, string error)
    {
        var answer = method == "GET" ? await GetAsync(path) : await PostAsync(path, body);

        Assert.Equal(status, answer.Status);
        Assert.StartsWith(error, answer.Error, StringComparison.Ordinal);
    }

    private Uri Url(string path) => new(_sandbox.Host.ControlUrl!, $"control/{path}");

    private Task<Answer> GetAsync(string path) => _sandbox.GetAsync(Url(path));

    private Task<Answer> PostAsync(string path, string json) => _sandbox.PostJsonAsync(Url(path), json);

    private async Task DeleteAsync(string path)
    {
        using var response = await _sandbox.Http.DeleteAsync(Url(path), TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode);
    }
}
