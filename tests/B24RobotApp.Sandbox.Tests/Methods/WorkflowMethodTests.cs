using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Methods;

public sealed class WorkflowMethodTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;
    private AppInstallation _app = null!;
    private IncomingWebhook _webhook = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync();
        _app = _sandbox.InstallApp();
        _webhook = _sandbox.Source.CreateIncomingWebhook(1, "bizproc");
        await _sandbox.CallAsync(_app, "bizproc.robot.add", $$"""{"CODE":"send","NAME":"S","HANDLER":"{{_sandbox.Application.Url}}","USE_SUBSCRIPTION":"Y"}""");
        _sandbox.Source.Automation.Place(0, "NEW", new AppRobotStep(_app.ClientId, "send", []));
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task Waiting_workflows_are_listed_as_texts_with_three_fields_unless_asked_for_more()
    {
        var deal = Enter();

        var few = await ListAsync("{}");
        var all = await ListAsync("""{"SELECT":["ID","OWNED_UNTIL","DOCUMENT_ID","ENTITY","MODULE_ID","STARTED","STARTED_BY","TEMPLATE_ID","NONSENSE"]}""");

        Assert.Equal(["ID", "MODIFIED", "OWNED_UNTIL"], Row(few).Select(field => field.Key));
        Assert.Equal(1, few.Json["total"]!.GetValue<int>());
        Assert.Equal(
            $$"""{"ID":"{{_sandbox.Source.Automation.Workflows[0].Id}}","OWNED_UNTIL":null,"DOCUMENT_ID":"DEAL_{{deal}}","ENTITY":"CCrmDocumentDeal","MODULE_ID":"crm","STARTED":"2026-03-02T12:00:00+03:00","STARTED_BY":"0","TEMPLATE_ID":"1"}""",
            Row(all).ToJsonString(Plain.Json));
    }

    [Fact]
    public async Task A_locked_workflow_shows_until_when()
    {
        _sandbox.Source.Settings.WorkflowLock = TimeSpan.FromMinutes(1);
        Enter();

        Assert.Equal("2026-03-02T12:01:00+03:00", Row(await ListAsync("{}"))["OWNED_UNTIL"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(PortalGeneration.Newest, "=DOCUMENT_ID", 1)]
    [InlineData(PortalGeneration.Older, "=DOCUMENT_ID", 3)]
    [InlineData(PortalGeneration.Older, "DOCUMENT_ID", 1)]
    [InlineData(PortalGeneration.Newest, "%DOCUMENT_ID", 3)]
    [InlineData(PortalGeneration.Newest, "@DOCUMENT_ID", 3)]
    [InlineData(PortalGeneration.Newest, "!DOCUMENT_ID", 2)]
    [InlineData(PortalGeneration.Newest, "NONSENSE", 3)]
    public async Task A_filter_that_is_not_supported_is_dropped_without_a_word(PortalGeneration generation, string key, int found)
    {
        _sandbox.Source.Settings.Generation = generation;
        Enter();
        Enter();
        var deal = Enter();

        var answer = await ListAsync($$$"""{"FILTER":{"{{{key}}}":"DEAL_{{{deal}}}"}}""");

        Assert.Equal(found, answer.Result!.AsArray().Count);
    }

    [Fact]
    public async Task Times_are_compared_as_times_and_the_newest_change_comes_first()
    {
        var old = Enter();
        _sandbox.Clock.Advance(TimeSpan.FromHours(1));
        var young = Enter();

        var late = await ListAsync("""{"FILTER":{">MODIFIED":"2026-03-02T09:30:00+00:00"},"SELECT":["DOCUMENT_ID"]}""");
        var sorted = await ListAsync("""{"SELECT":["DOCUMENT_ID"]}""");

        Assert.Equal($$"""[{"DOCUMENT_ID":"DEAL_{{young}}"}]""", late.Result!.ToJsonString());
        Assert.Equal($$"""[{"DOCUMENT_ID":"DEAL_{{young}}"},{"DOCUMENT_ID":"DEAL_{{old}}"}]""", sorted.Result!.ToJsonString());
    }

    [Fact]
    public async Task A_page_has_fifty_and_minus_one_counts_nothing()
    {
        for (var i = 0; i < 60; i++)
        {
            Enter();
        }

        var first = await ListAsync("{}");
        var second = await ListAsync("""{"start":50}""");
        var uncounted = await ListAsync("""{"start":-1}""");

        Assert.Equal((50, 60, 50), (first.Result!.AsArray().Count, first.Json["total"]!.GetValue<int>(), first.Json["next"]!.GetValue<int>()));
        Assert.Equal((10, true), (second.Result!.AsArray().Count, second.Json["next"] is null));
        Assert.Equal((50, true, true), (uncounted.Result!.AsArray().Count, uncounted.Json["total"] is null, uncounted.Json["next"] is null));
    }

    [Fact]
    public async Task Terminating_ends_a_workflow_once_and_an_unknown_id_is_an_error_without_a_code()
    {
        Enter();
        var workflow = _sandbox.Source.Automation.Workflows[0];

        var ended = await _sandbox.CallAsync(_webhook, "bizproc.workflow.terminate", $$"""{"ID":"{{workflow.Id}}","STATUS":"Хватит"}""");
        var again = await _sandbox.CallAsync(_webhook, "bizproc.workflow.terminate", $$"""{"ID":"{{workflow.Id}}"}""");
        var empty = await _sandbox.CallAsync(_webhook, "bizproc.workflow.terminate");

        Assert.True(ended.Result!.GetValue<bool>());
        Assert.Equal((WorkflowState.Terminated, "Хватит"), (workflow.State, workflow.Log[^1]));
        Assert.Equal((400, ""), (again.Status, again.Error));
        Assert.Equal("ERROR_WRONG_WORKFLOW_ID", empty.Error);
    }

    [Fact]
    public async Task Killing_removes_the_data_too()
    {
        Enter();

        await _sandbox.CallAsync(_webhook, "bizproc.workflow.kill", $$"""{"ID":"{{_sandbox.Source.Automation.Workflows[0].Id}}"}""");

        Assert.Empty(_sandbox.Source.Automation.Workflows);
    }

    [Fact]
    public async Task The_robots_of_stages_are_no_templates()
    {
        _sandbox.Source.Automation.DesignerTemplates.Add(new JsonObject { ["ID"] = "525", ["NAME"] = "Согласование", ["AUTO_EXECUTE"] = "0" });

        var answer = await _sandbox.CallAsync(_webhook, "bizproc.workflow.template.list", """{"SELECT":["ID","NAME"]}""");

        Assert.Equal("""[{"ID":"525","NAME":"Согласование"}]""", answer.Result!.ToJsonString(Plain.Json));
    }

    [Fact]
    public async Task Workflows_are_for_administrators_and_on_plans_that_have_the_designer()
    {
        var user = await _sandbox.CallAsync(_sandbox.Source.CreateIncomingWebhook(7, "bizproc"), "bizproc.workflow.instances");
        _sandbox.Source.Settings.HasWorkflowDesigner = false;
        var plan = await ListAsync("{}");

        Assert.Equal((403, "ACCESS_DENIED"), (user.Status, user.Error));
        Assert.Equal((404, "ERROR_METHOD_NOT_FOUND"), (plan.Status, plan.Error));
        Assert.Equal(200, (await _sandbox.CallAsync(_app, "bizproc.robot.list")).Status);
    }

    private long Enter() => _sandbox.Source.Run(() => _sandbox.Source.Crm.AddDeal("Сделка", "NEW", 0));

    private Task<Answer> ListAsync(string json) => _sandbox.CallAsync(_webhook, "bizproc.workflow.instances", json);

    private static JsonObject Row(Answer answer) => Assert.Single(answer.Result!.AsArray())!.AsObject();
}
