using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Methods;

public sealed class RobotRegistrationTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;
    private AppInstallation _app = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync();
        _app = _sandbox.InstallApp();
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task A_robot_is_registered_once_and_listed_by_its_code_alone()
    {
        Assert.True((await AddAsync("{}")).Result!.GetValue<bool>());

        Assert.Equal("ERROR_ACTIVITY_ALREADY_INSTALLED", (await AddAsync("{}")).Error);
        Assert.Equal("""["send"]""", (await _sandbox.CallAsync(_app, "bizproc.robot.list")).Result!.ToJsonString());
    }

    [Fact]
    public async Task Keys_of_a_definition_may_be_in_any_case_and_ids_and_options_keep_theirs()
    {
        await AddAsync("""
            {"properties":{"mode":{"Name":{"ru":"Режим","en":"Mode"},"Type":"select","options":{"keyA":"A"},"default":"keyA"}},"use_subscription":"Y"}
            """);

        var robot = _app.Robots["send"];
        Assert.Equal("Y", robot.UseSubscription);
        Assert.Equal("""{"mode":{"NAME":{"RU":"Режим","EN":"Mode"},"TYPE":"select","OPTIONS":{"keyA":"A"},"DEFAULT":"keyA"}}""", robot.Properties.ToJsonString(Plain.Json));
    }

    [Theory]
    [InlineData("""{"CODE":""}""", "ERROR_ACTIVITY_VALIDATION_FAILURE")]
    [InlineData("""{"CODE":"with space"}""", "ERROR_ACTIVITY_VALIDATION_FAILURE")]
    [InlineData("""{"CODE":"кириллица"}""", "ERROR_ACTIVITY_VALIDATION_FAILURE")]
    [InlineData("""{"NAME":""}""", "ERROR_ACTIVITY_VALIDATION_FAILURE")]
    [InlineData("""{"HANDLER":"https://localhost/x"}""", "ERROR_WRONG_HANDLER_URL")]
    [InlineData("""{"HANDLER":"not an address"}""", "ERROR_WRONG_HANDLER_URL")]
    [InlineData("""{"HANDLER":"ftp://example.com/x"}""", "ERROR_UNSUPPORTED_PROTOCOL")]
    [InlineData("""{"PROPERTIES":{"1st":{"Name":"x"}}}""", "ERROR_ACTIVITY_VALIDATION_FAILURE")]
    [InlineData("""{"PROPERTIES":{"with-dash":{"Name":"x"}}}""", "ERROR_ACTIVITY_VALIDATION_FAILURE")]
    [InlineData("""{"PROPERTIES":{"ok":{"Type":"string"}}}""", "ERROR_ACTIVITY_VALIDATION_FAILURE")]
    [InlineData("""{"PROPERTIES":[{"Name":"x"}]}""", "ERROR_ACTIVITY_VALIDATION_FAILURE")]
    [InlineData("""{"RETURN_PROPERTIES":{"_x":{"Name":"x"}}}""", "ERROR_ACTIVITY_VALIDATION_FAILURE")]
    [InlineData("""{"FILTER":"deals"}""", "ERROR_ACTIVITY_VALIDATION_FAILURE")]
    [InlineData("""{"USE_PLACEMENT":"Y"}""", "ERROR_WRONG_HANDLER_URL")]
    public async Task A_definition_that_breaks_a_rule_is_refused(string part, string error)
    {
        var answer = await AddAsync(part);

        Assert.Equal((400, error), (answer.Status, answer.Error));
        Assert.Empty(_app.Robots);
    }

    [Fact]
    public async Task What_does_not_fit_into_the_portals_columns_is_refused()
    {
        var longName = new string('я', 40_000);
        var code = await AddAsync($$"""{"CODE":"{{new string('a', 129)}}"}""");
        var handler = await AddAsync($$"""{"HANDLER":"https://example.com/{{new string('a', 1000)}}"}""");
        var properties = await AddAsync($$$"""{"PROPERTIES":{"a":{"Name":"{{{longName}}}"} } }""");

        Assert.Equal(("ERROR_ACTIVITY_ADD_FAILURE", "ERROR_ACTIVITY_ADD_FAILURE", "ERROR_ACTIVITY_ADD_FAILURE"), (code.Error, handler.Error, properties.Error));
    }

    [Fact]
    public async Task Only_an_administrator_registers_robots()
    {
        var answer = await _sandbox.CallAsync(_app, "bizproc.robot.list", userId: 7);

        Assert.Equal((403, "ACCESS_DENIED"), (answer.Status, answer.Error));
    }

    [Theory]
    [InlineData("bizproc.robot.add")]
    [InlineData("bizproc.robot.update")]
    [InlineData("bizproc.robot.delete")]
    [InlineData("bizproc.robot.list")]
    public async Task A_webhook_has_no_application_to_register_robots_for(string method)
    {
        var answer = await _sandbox.CallAsync(_sandbox.Source.CreateIncomingWebhook(1, "bizproc"), method);

        Assert.Equal((403, "ACCESS_DENIED", "Access denied! Application context required"),
            (answer.Status, answer.Error, answer.Json["error_description"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_plan_without_automation_has_no_robots()
    {
        _sandbox.Source.Settings.HasAutomation = false;
        _sandbox.Source.Settings.HasWorkflowDesigner = false;

        Assert.Equal("ERROR_METHOD_NOT_FOUND", (await AddAsync("{}")).Error);
    }

    [Fact]
    public async Task An_older_portal_wants_the_handler_on_the_applications_host()
    {
        _sandbox.Source.Settings.EnforcesHandlerHost = true;

        Assert.Equal("ERROR_HANDLER_URL_MATCH", (await AddAsync("""{"HANDLER":"https://elsewhere.example.com/"}""")).Error);
        Assert.Equal(200, (await AddAsync("{}")).Status);
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_keeps_the_rest()
    {
        await AddAsync("""{"PROPERTIES":{"a":{"Name":"A"}},"AUTH_USER_ID":1}""");

        var answer = await UpdateAsync("""{"AUTH_USER_ID":7,"HANDLER":"https://new.example.com/r"}""");

        Assert.True(answer.Result!.GetValue<bool>());
        var robot = _app.Robots["send"];
        Assert.Equal((7, "https://new.example.com/r", 1), (robot.AuthUserId, robot.Handler.OriginalString, robot.Properties.Count));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"PLACEMENT_HANDLER":"https://example.com/slider"}""")]
    public async Task An_update_of_nothing_or_of_the_slider_alone_is_refused(string fields)
    {
        await AddAsync("{}");

        var answer = await UpdateAsync(fields);

        Assert.Equal(("ERROR_ACTIVITY_VALIDATION_FAILURE", "No fields to update"), (answer.Error, answer.Json["error_description"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_robot_that_is_not_there_is_neither_updated_nor_deleted()
    {
        Assert.Equal("ERROR_ACTIVITY_NOT_FOUND", (await UpdateAsync("""{"NAME":"X"}""")).Error);
        Assert.Equal("ERROR_ACTIVITY_NOT_FOUND", (await _sandbox.CallAsync(_app, "bizproc.robot.delete", """{"CODE":"send"}""")).Error);
    }

    [Fact]
    public async Task The_settings_slider_comes_and_goes_with_the_robot()
    {
        await AddAsync("""{"USE_PLACEMENT":"Y","PLACEMENT_HANDLER":"https://example.com/slider"}""");
        Assert.Equal("BIZPROC_ACTIVITY_PROPERTIES_DIALOG", Assert.Single(_app.Placements).Placement);

        await UpdateAsync("""{"USE_PLACEMENT":"Y","PLACEMENT_HANDLER":"https://example.com/other"}""");
        Assert.Equal("https://example.com/other", Assert.Single(_app.Placements).Handler.OriginalString);

        await UpdateAsync("""{"USE_PLACEMENT":"N"}""");
        Assert.Empty(_app.Placements);
    }

    private Task<Answer> AddAsync(string part)
    {
        var robot = new JsonObject { ["CODE"] = "send", ["HANDLER"] = new Uri(_sandbox.Application.Url, "robot").ToString(), ["NAME"] = "Отправить" };
        foreach (var (key, value) in JsonNode.Parse(part)!.AsObject())
        {
            robot[key] = value?.DeepClone();
        }
        return _sandbox.CallAsync(_app, "bizproc.robot.add", robot.ToJsonString());
    }

    private Task<Answer> UpdateAsync(string fields) => _sandbox.CallAsync(_app, "bizproc.robot.update", $$"""{"CODE":"send","FIELDS":{{fields}} }""");
}
