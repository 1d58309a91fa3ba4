using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Automation;

/// <summary>A deal enters a stage, the robot's call leaves, the answer comes back, later robots use it.</summary>
public sealed class RobotTests : IAsyncLifetime
{
    private const string Robot = """
        {
          "CODE": "send", "NAME": "Отправить", "AUTH_USER_ID": 1, "USE_SUBSCRIPTION": "Y",
          "PROPERTIES": {
            "mode": { "Name": "Режим", "Type": "select", "Options": { "update": "U", "create": "C" }, "Default": "update" },
            "title_over": { "Name": "Название", "Type": "string" },
            "flag": { "Name": "Флаг", "Type": "bool", "Default": "Y" },
            "notify": { "Name": "Кому", "Type": "user", "Multiple": "Y" },
            "fields": { "Name": "Поля", "Type": "string", "Multiple": "Y" },
            "comment": { "Name": "Комментарий", "Type": "text" }
          },
          "RETURN_PROPERTIES": {
            "esb_deal_id": { "Name": "Сделка", "Type": "int" },
            "status": { "Name": "Состояние", "Type": "string", "Default": "none" },
            "done_at": { "Name": "Когда", "Type": "datetime" },
            "ok": { "Name": "Успех", "Type": "bool" },
            "files": { "Name": "Файлы", "Type": "string", "Multiple": "Y" }
          }
        }
        """;

    private TestSandbox _sandbox = null!;
    private AppInstallation _app = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync();
        _app = _sandbox.InstallApp();
        await RegisterAsync(Robot);
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task A_robots_call_is_a_form_with_brackets_in_which_everything_is_text()
    {
        var step = Place("""{"title_over":"{=Document:TITLE} в ЕСБ","notify":[7,"user_1"],"fields":["UF_A=1","UF_B={=Document:TITLE}"]}""", TimeSpan.FromMinutes(11));
        var deal = Enter("Ромашка");

        var call = await CallAsync();

        Assert.Equal(("POST", "/robot", "application/x-www-form-urlencoded"), (call.Method, call.Path, call.ContentType));
        var form = call.Form;
        Assert.Equal(
            ["workflow_id", "code", "document_id", "document_type", "event_token", "properties", "use_subscription", "timeout_duration", "ts", "auth"],
            form.Select(entry => entry.Key));
        Assert.Matches("^[0-9a-f]{14}\\.[0-9]{8}$", Text(form, "workflow_id"));
        Assert.Equal($$"""["crm","CCrmDocumentDeal","DEAL_{{deal}}"]""", form["document_id"]!.ToJsonString());
        Assert.Equal("""["crm","CCrmDocumentDeal","DEAL"]""", form["document_type"]!.ToJsonString());
        Assert.Matches($"^{Text(form, "workflow_id")}\\|{step.Name}\\|[a-z0-9]{{32}}\\.[0-9a-f]{{64}}$", Text(form, "event_token"));
        Assert.Equal(
            """{"mode":"update","title_over":"Ромашка в ЕСБ","flag":"Y","notify":["user_7","user_1"],"fields":["UF_A=1","UF_B=Ромашка"],"comment":""}""",
            form["properties"]!.ToJsonString(Plain.Json));
        Assert.Equal(("send", "Y", "660"), (Text(form, "code"), Text(form, "use_subscription"), Text(form, "timeout_duration")));
        Assert.Equal(_sandbox.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), Text(form, "ts"));
    }

    [Theory]
    [InlineData(1, "CCrmDocumentLead", "LEAD", "NEW", "IN_PROCESS")]
    [InlineData(7, @"Bitrix\Crm\Integration\BizProc\Document\Quote", "QUOTE", "DRAFT", "SENT")]
    [InlineData(147, @"Bitrix\Crm\Integration\BizProc\Document\Dynamic", "DYNAMIC_147", "", "")]
    public async Task Robots_run_on_other_kinds_of_items_too(int entityTypeId, string documentClass, string name, string first, string second)
    {
        var portal = _sandbox.Source;
        portal.Run(() => portal.Crm.AddSmartProcess(147, "Заявки"));
        var item = portal.Call("crm.item.add", new() { ["entityTypeId"] = entityTypeId, ["fields"] = new JsonObject { ["title"] = "Заявка" } })!["item"]!;
        var category = (int)(item["categoryId"]?.GetValue<long>() ?? 0);
        (first, second) = first.Length > 0 ? (first, second) : ($"DT147_{category}:NEW", $"DT147_{category}:CLIENT");
        Assert.Equal(first, Text(item, "stageId"));
        portal.Automation.Place(category, second, new AppRobotStep(_app.ClientId, "send", []) { Waits = true }, entityTypeId);

        portal.Call("crm.item.update", new() { ["entityTypeId"] = entityTypeId, ["id"] = item["id"]!.DeepClone(), ["fields"] = new JsonObject { ["stageId"] = second } });

        var form = (await CallAsync()).Form;
        Assert.Equal(["crm", documentClass, $"{name}_{item["id"]}"], form["document_id"]!.AsArray().Select(part => part!.ToString()));
        Assert.Equal(["crm", documentClass, name], form["document_type"]!.AsArray().Select(part => part!.ToString()));
        Assert.Empty(portal.Automation.Robots);
    }

    [Theory]
    [InlineData("""{"INCLUDE":[["crm","CCrmDocumentDeal"]]}""", true, false)]
    [InlineData("""{"INCLUDE":[["crm"]],"EXCLUDE":[["crm","CCrmDocumentDeal"]]}""", false, true)]
    [InlineData("""{"EXCLUDE":["b24"]}""", false, false)]
    [InlineData("""{"INCLUDE":["b24"]}""", true, true)]
    public async Task The_designer_offers_a_robot_where_its_filter_says(string filter, bool onDeals, bool onLeads)
    {
        await RegisterAsync(Robot.Replace("\"CODE\": \"send\"", $"\"CODE\": \"filtered\", \"FILTER\": {filter}", StringComparison.Ordinal));
        bool IsOffered(int entityTypeId)
        {
            try
            {
                _sandbox.Source.Automation.Place(0, "NEW", new AppRobotStep(_app.ClientId, "filtered", []), entityTypeId);
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }

        Assert.Equal((onDeals, onLeads), (IsOffered(2), IsOffered(1)));
    }

    [Fact]
    public async Task A_robots_call_brings_tokens_of_the_robots_user_and_the_applications_token()
    {
        Place("{}");
        Enter();

        var auth = (await CallAsync()).Form["auth"]!;

        Assert.Equal(("1", _sandbox.Source.MemberId, _app.ApplicationToken, "3600"),
            (Text(auth, "user_id"), Text(auth, "member_id"), Text(auth, "application_token"), Text(auth, "expires_in")));
        Assert.NotNull(auth["refresh_token"]);
        var profile = await _sandbox.PostFormAsync(new Uri(Text(auth, "client_endpoint") + "profile"), $"auth={Text(auth, "access_token")}");
        Assert.Equal("1", Text(profile.Result!, "ID"));
    }

    [Fact]
    public async Task A_renewed_application_token_comes_with_the_next_call()
    {
        Place("{}");
        var old = _app.ApplicationToken;
        _sandbox.Source.RenewApplicationToken(_app);
        Enter();

        var sent = Text((await CallAsync()).Form["auth"]!, "application_token");

        Assert.Equal(_app.ApplicationToken, sent);
        Assert.NotEqual(old, sent);
    }

    [Fact]
    public async Task An_administrator_can_give_a_placed_robot_another_user()
    {
        _sandbox.Source.Automation.Place(0, "WON", new AppRobotStep(_app.ClientId, "send", []) { AuthUserId = 7 });
        Enter(stage: "WON");

        Assert.Equal("7", Text((await CallAsync()).Form["auth"]!, "user_id"));
    }

    [Theory]
    [InlineData(RobotTokens.AccessOnly, true)]
    [InlineData(RobotTokens.None, false)]
    public async Task Tokens_may_be_missing(RobotTokens tokens, bool hasAccessToken)
    {
        _sandbox.Source.Settings.RobotTokens = tokens;
        Place("{}");
        Enter();

        var auth = (await CallAsync()).Form["auth"]!;

        Assert.Equal(hasAccessToken, auth["access_token"] is not null);
        Assert.Null(auth["refresh_token"]);
        Assert.Equal(_app.ApplicationToken, Text(auth, "application_token"));
    }

    [Fact]
    public async Task Every_entry_has_a_token_of_its_own()
    {
        Place("{}");
        var deal = Enter();
        Move(deal, "PREPARATION");
        Move(deal, "NEW");
        await _sandbox.Source.WhenIdleAsync();

        var tokens = _sandbox.Application.At("/robot").Select(call => Text(call.Form, "event_token")).ToList();

        Assert.Equal(2, tokens.Distinct().Count());
    }

    [Fact]
    public async Task What_a_robot_returns_is_used_by_the_next_one()
    {
        var robot = Place("{}");
        _sandbox.Source.Automation.Place(0, "NEW", new SetFieldStep("TITLE", $"ЕСБ {{={robot.Name}:esb_deal_id}} {{={robot.Name}:STATUS}} {{={robot.Name}:IsTimeout}}"));
        var deal = Enter("Ромашка");
        var call = await CallAsync();
        Assert.Equal("Ромашка", Title(deal));

        var answer = await SendAsync(call, """{"ESB_Deal_ID":"15","status":"created","unknown":"x"}""");

        Assert.True(answer.Result!.GetValue<bool>());
        Assert.Equal("ЕСБ 15 created 0", Title(deal));
        Assert.Equal(WorkflowState.Completed, Workflow().State);
        Assert.False(Workflow().Returned[robot.Name].ContainsKey("unknown"));
    }

    [Theory]
    [InlineData("""{"done_at":"1772442000"}""", "done_at", "02.03.2026 12:00:00")]
    [InlineData("""{"done_at":"2026-03-02T09:00:00+00:00"}""", "done_at", "02.03.2026 14:00:00")]
    [InlineData("""{"ok":"Y"}""", "ok", "Y")]
    [InlineData("""{"ok":"N"}""", "ok", "N")]
    [InlineData("""{"files":["a","b"]}""", "files", """["a","b"]""")]
    [InlineData("""{"files":"a"}""", "files", """["a"]""")]
    [InlineData("""{"esb_deal_id":0}""", "esb_deal_id", "0")]
    [InlineData("""{"status":""}""", "status", "")]
    [InlineData("{}", "status", "none")]
    public async Task Returned_values_are_taken_by_their_types(string values, string id, string expected)
    {
        // The caller's own zone is two hours off: unix seconds do not care, other times are shifted.
        _sandbox.Source.Users[0] = _sandbox.Source.Users[0] with { ZoneOffset = TimeSpan.FromHours(2) };
        var robot = Place("{}");
        Enter();

        await SendAsync(await CallAsync(), values);

        var value = Workflow().Returned[robot.Name][id]!;
        Assert.Equal(expected, value is JsonArray ? value.ToJsonString() : value.ToString());
    }

    [Theory]
    [InlineData(PortalGeneration.Older)]
    [InlineData(PortalGeneration.Newest)]
    public async Task A_forged_token_is_denied(PortalGeneration generation)
    {
        _sandbox.Source.Settings.Generation = generation;
        Place("{}");
        Enter();
        var token = Text((await CallAsync()).Form, "event_token");

        foreach (var forged in new[] { "", "garbage", token[..^1], "x" + token, token.Replace("|", "||", StringComparison.Ordinal) })
        {
            var answer = await SendAsync(forged, "{}");
            Assert.Equal((403, "ACCESS_DENIED"), (answer.Status, answer.Error));
        }
        Assert.True(Workflow().IsWaiting);
    }

    [Fact]
    public async Task An_older_portal_says_404_when_the_workflow_is_gone_and_a_newest_says_true()
    {
        Place("{}");
        var deal = Enter();
        var call = await CallAsync();
        Move(deal, "PREPARATION");

        _sandbox.Source.Settings.Generation = PortalGeneration.Older;
        var older = await SendAsync(call, "{}");
        _sandbox.Source.Settings.Generation = PortalGeneration.Newest;
        var newest = await SendAsync(call, "{}");

        Assert.Equal((400, "404"), (older.Status, older.Error));
        Assert.Equal(System.Text.Json.JsonValueKind.Number, older.Json["error"]!.GetValueKind());
        Assert.True(newest.Result!.GetValue<bool>());
    }

    [Fact]
    public async Task An_older_portal_says_423_while_the_workflow_is_locked_and_takes_the_answer_later()
    {
        _sandbox.Source.Settings.Generation = PortalGeneration.Older;
        _sandbox.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(3);
        Place("{}");
        Enter();
        var call = await CallAsync();

        var locked = await SendAsync(call, """{"status":"created"}""");
        _sandbox.Clock.Advance(TimeSpan.FromSeconds(3));
        var later = await SendAsync(call, """{"status":"created"}""");

        Assert.Equal((400, "423"), (locked.Status, locked.Error));
        Assert.True(later.Result!.GetValue<bool>());
        Assert.Equal(WorkflowState.Completed, Workflow().State);
    }

    [Fact]
    public async Task A_newest_portal_says_true_and_loses_what_is_sent_to_a_locked_workflow()
    {
        _sandbox.Source.Settings.WorkflowLock = TimeSpan.FromSeconds(3);
        var robot = Place("{}");
        Enter();
        var call = await CallAsync();

        var locked = await SendAsync(call, """{"status":"created"}""");
        Assert.True(locked.Result!.GetValue<bool>());
        Assert.True(Workflow().IsWaiting);

        _sandbox.Clock.Advance(TimeSpan.FromSeconds(3));
        await SendAsync(call, """{"status":"created"}""");
        await Eventually.HoldsAsync(() => Workflow().State == WorkflowState.Completed);
        Assert.Equal("created", Workflow().Returned[robot.Name]["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_call_that_leaves_during_its_request_finds_the_workflow_locked_until_the_request_is_over()
    {
        _sandbox.Source.Settings.Generation = PortalGeneration.Older;
        _sandbox.Source.Settings.RobotsLeaveDuringRequest = true;
        Place("{}");
        _sandbox.Source.Faults.Add(new FaultRule(FaultKind.Slow, "test.enter") { Delay = TimeSpan.FromSeconds(5) });
        _sandbox.Source.Methods.Add("test.enter", null, call => call.Portal.Crm.AddDeal("Сделка", "NEW", 0));

        var entering = _sandbox.CallAsync(_app, "test.enter");
        await Eventually.HoldsAsync(() => _sandbox.Application.At("/robot").Any());
        var call = _sandbox.Application.At("/robot").Single();
        var locked = await AnswerAsync(Text(call.Form, "event_token"), "{}");
        await Eventually.HoldsAsync(() =>
        {
            _sandbox.Clock.Advance(TimeSpan.FromSeconds(5));
            return entering.IsCompleted;
        });
        await Eventually.HoldsAsync(() => Workflow().OwnedUntil is null);

        Assert.Equal("423", locked.Error);
        Assert.True((await SendAsync(call, "{}")).Result!.GetValue<bool>());
    }

    [Fact]
    public async Task Answering_twice_is_harmless()
    {
        var robot = Place("{}");
        Place("{}");
        Enter();
        var call = await CallAsync();

        await SendAsync(call, """{"status":"created"}""");
        var again = await SendAsync(call, """{"status":"failed"}""");

        Assert.True(again.Result!.GetValue<bool>());
        Assert.Equal("created", Workflow().Returned[robot.Name]["status"]!.GetValue<string>());
        Assert.True(Workflow().IsWaiting);
    }

    [Fact]
    public async Task The_log_is_written_while_the_robot_goes_on_waiting()
    {
        Place("{}");
        Enter();
        var token = Text((await CallAsync()).Form, "event_token");

        var empty = await _sandbox.CallAsync(_app, "bizproc.activity.log", $$"""{"EVENT_TOKEN":"{{token}}","LOG_MESSAGE":""}""");
        await _sandbox.CallAsync(_app, "bizproc.activity.log", $$"""{"EVENT_TOKEN":"{{token}}","LOG_MESSAGE":"ещё немного"}""");
        await Eventually.HoldsAsync(() => Workflow().Log.Count > 0);

        Assert.Equal("ERROR_EMPTY_LOG_MESSAGE", empty.Error);
        Assert.Equal(["ещё немного"], Workflow().Log);
        Assert.True(Workflow().IsWaiting);
    }

    [Fact]
    public async Task A_robot_that_is_not_answered_in_time_closes_with_its_defaults()
    {
        var robot = Place("{}", TimeSpan.FromMinutes(5));
        _sandbox.Source.Automation.Place(0, "NEW", new SetFieldStep("TITLE", $"{{={robot.Name}:status}} {{={robot.Name}:IsTimeout}}"));
        var deal = Enter();
        var call = await CallAsync();

        _sandbox.Clock.Advance(TimeSpan.FromMinutes(5));
        var late = await SendAsync(call, """{"status":"created"}""");

        Assert.Equal("none 1", Title(deal));
        Assert.True(late.Result!.GetValue<bool>());
    }

    [Fact]
    public async Task Without_a_time_out_the_workflow_waits_for_ever()
    {
        Place("{}");
        Enter();
        await CallAsync();

        _sandbox.Clock.Advance(TimeSpan.FromDays(365));

        Assert.True(Workflow().IsWaiting);
    }

    [Fact]
    public async Task Leaving_the_stage_ends_the_workflow_and_its_later_robots_do_not_run()
    {
        Place("{}");
        _sandbox.Source.Automation.Place(0, "NEW", new SetFieldStep("TITLE", "never"));
        var deal = Enter("Ромашка");
        var call = await CallAsync();

        Move(deal, "PREPARATION");
        await SendAsync(call, "{}");

        Assert.Equal(WorkflowState.Terminated, Workflow().State);
        Assert.Equal("Ромашка", Title(deal));
    }

    [Fact]
    public void A_robot_can_move_the_deal_on_and_the_next_stages_robots_run()
    {
        _sandbox.Source.Automation.Place(0, "NEW", new MoveStep("PREPARATION"));
        _sandbox.Source.Automation.Place(0, "PREPARATION", new SetFieldStep("TITLE", "moved"));

        var deal = Enter();

        Assert.Equal(("PREPARATION", "moved"), (_sandbox.Source.Crm.FindDeal(deal)!.StageId, Title(deal)));
    }

    [Fact]
    public void Robots_that_move_a_deal_in_a_circle_are_stopped()
    {
        _sandbox.Source.Automation.Place(0, "NEW", new MoveStep("PREPARATION"));
        _sandbox.Source.Automation.Place(0, "PREPARATION", new MoveStep("NEW"));

        Enter();

        Assert.Contains(_sandbox.Source.Automation.Workflows, workflow => workflow.State == WorkflowState.Failed);
    }

    [Fact]
    public async Task A_robot_registered_without_waiting_is_closed_at_once()
    {
        await RegisterAsync(Robot.Replace("\"USE_SUBSCRIPTION\": \"Y\"", "\"USE_SUBSCRIPTION\": \"N\"", StringComparison.Ordinal).Replace("\"send\"", "\"quick\"", StringComparison.Ordinal));
        _sandbox.Source.Automation.Place(0, "NEW", new AppRobotStep(_app.ClientId, "quick", []));
        Enter();

        var call = await CallAsync();

        Assert.Equal("N", Text(call.Form, "use_subscription"));
        Assert.Equal(WorkflowState.Completed, Workflow().State);
        Assert.False(Workflow().Returned.Values.Single().ContainsKey("IsTimeout"));
    }

    [Theory]
    [InlineData(false, "N")]
    [InlineData(true, "Y")]
    public async Task A_robot_registered_without_the_word_waits_as_the_designer_says_and_starts_with_no(bool chosen, string sent)
    {
        await RegisterAsync(Robot.Replace("\"USE_SUBSCRIPTION\": \"Y\",", "", StringComparison.Ordinal).Replace("\"send\"", "\"open\"", StringComparison.Ordinal));
        _sandbox.Source.Automation.Place(0, "NEW", new AppRobotStep(_app.ClientId, "open", []) { Waits = chosen });
        Enter();

        Assert.Equal(sent, Text((await CallAsync()).Form, "use_subscription"));
    }

    [Fact]
    public async Task The_queue_calls_once_whatever_comes_back()
    {
        _sandbox.Application.Status = 500;
        Place("{}");
        Enter();
        await _sandbox.Source.WhenIdleAsync();

        Assert.Single(_sandbox.Application.At("/robot"));
        Assert.Equal(500, Assert.Single(_sandbox.Source.Automation.Calls).Status);
        Assert.True(Workflow().IsWaiting);
    }

    [Fact]
    public async Task The_queue_waits_ten_seconds_for_an_answer()
    {
        var hold = new TaskCompletionSource();
        _sandbox.Application.Hold = hold.Task;
        Place("{}");
        Enter();
        await Eventually.HoldsAsync(() => _sandbox.Application.At("/robot").Any());

        _sandbox.Clock.Advance(TimeSpan.FromSeconds(10));
        await _sandbox.Source.WhenIdleAsync();
        hold.SetResult();

        Assert.Equal("no answer in 10 seconds", Assert.Single(_sandbox.Source.Automation.Calls).Failure);
        Assert.Single(_sandbox.Application.At("/robot"));
    }

    [Fact]
    public async Task A_call_can_be_lost_doubled_or_late()
    {
        Place("{}");
        _sandbox.Source.Faults.Add(new FaultRule(FaultKind.DropDelivery, "send", count: 1));
        Enter();
        await _sandbox.Source.WhenIdleAsync();
        Assert.Empty(_sandbox.Application.At("/robot"));

        _sandbox.Source.Faults.Add(new FaultRule(FaultKind.DuplicateDelivery, "send", count: 1));
        Enter();
        await _sandbox.Source.WhenIdleAsync();
        var twice = _sandbox.Application.At("/robot").ToList();
        Assert.Equal(2, twice.Count);
        Assert.Equal(twice[0].Body, twice[1].Body);

        _sandbox.Source.Faults.Add(new FaultRule(FaultKind.DelayDelivery, "send", count: 1) { Delay = TimeSpan.FromMinutes(1) });
        Enter();
        var late = _sandbox.Source.Automation.Calls[^1];
        await Eventually.HoldsAsync(() =>
        {
            // Short steps: once it is under way, ten seconds more would be its time-out.
            _sandbox.Clock.Advance(late.Posts == 0 ? TimeSpan.FromSeconds(5) : TimeSpan.Zero);
            return late.IsDone;
        });
        Assert.True(_sandbox.Clock.GetUtcNow() - late.QueuedAt >= TimeSpan.FromMinutes(1));
        Assert.Equal(3, _sandbox.Application.At("/robot").Count());
    }

    [Fact]
    public async Task A_robot_that_was_deleted_fails_its_workflow()
    {
        Place("{}");
        await _sandbox.CallAsync(_app, "bizproc.robot.delete", """{"CODE":"send"}""");

        Enter();

        Assert.Equal(WorkflowState.Failed, Workflow().State);
    }

    [Fact]
    public async Task A_robot_of_a_deleted_application_fails_its_workflow()
    {
        Place("{}");
        await _sandbox.Source.DeleteApplicationAsync(_app);

        Enter();

        Assert.Equal(WorkflowState.Failed, Workflow().State);
        Assert.Empty(_sandbox.Application.At("/robot"));
    }

    [Fact]
    public async Task Ids_that_the_robot_has_itself_bring_no_value_of_their_own_and_return_no_value()
    {
        await RegisterAsync("""
            {"CODE":"own","NAME":"Own","USE_SUBSCRIPTION":"Y","AUTH_USER_ID":1,
             "PROPERTIES":{"Title":{"Name":"T","Default":"mine"},"x":{"Name":"X"},"X":{"Name":"X2"}},
             "RETURN_PROPERTIES":{"x":{"Name":"X"},"StatusMessage":{"Name":"S"},"y":{"Name":"Y"}}}
            """);
        var robot = _sandbox.Source.Automation.Place(0, "NEW", new AppRobotStep(_app.ClientId, "own", new JsonObject { ["x"] = "1", ["X"] = "2" }));
        Enter();
        var call = await CallAsync();
        await SendAsync(call, """{"x":"a","StatusMessage":"b","y":"c"}""");

        Assert.Equal("""{"Title":"own","x":"2","X":"2"}""", call.Form["properties"]!.ToJsonString());
        await Eventually.HoldsAsync(() => Workflow().State == WorkflowState.Completed);
        Assert.Equal(["y", "IsTimeout"], Workflow().Returned[robot.Name].Select(entry => entry.Key));
    }

    [Fact]
    public void A_portal_without_automation_runs_no_robots()
    {
        Place("{}");
        _sandbox.Source.Settings.HasAutomation = false;

        Enter();

        Assert.Empty(_sandbox.Source.Automation.Workflows);
    }

    private async Task RegisterAsync(string robot)
    {
        var definition = JsonNode.Parse(robot)!.AsObject();
        definition["HANDLER"] = new Uri(_sandbox.Application.Url, "robot").ToString();
        Assert.True((await _sandbox.CallAsync(_app, "bizproc.robot.add", definition.ToJsonString())).Result!.GetValue<bool>());
    }

    private AppRobotStep Place(string properties, TimeSpan timeout = default) => _sandbox.Source.Automation.Place(
        0, "NEW", new AppRobotStep(_app.ClientId, "send", JsonNode.Parse(properties)!.AsObject()) { Timeout = timeout });

    private long Enter(string title = "Сделка", string stage = "NEW") => _sandbox.Source.Run(() => _sandbox.Source.Crm.AddDeal(title, stage, 0));

    private void Move(long deal, string stage) => _sandbox.Source.Run(() => _sandbox.Source.Crm.MoveDeal(deal, stage));

    private string Title(long deal) => _sandbox.Source.Crm.FindDeal(deal)!.Title;

    private Workflow Workflow() => _sandbox.Source.Automation.Workflows[^1];

    private async Task<RecordingApp.Heard> CallAsync()
    {
        await _sandbox.Source.WhenIdleAsync();
        return _sandbox.Application.At("/robot").Last();
    }

    private Task<Answer> SendAsync(RecordingApp.Heard call, string values) => SendAsync(Text(call.Form, "event_token"), values);

    private async Task<Answer> SendAsync(string token, string values)
    {
        var answer = await AnswerAsync(token, values);
        // A newest portal works after the response.
        await _sandbox.Source.WhenIdleAsync();
        return answer;
    }

    private Task<Answer> AnswerAsync(string token, string values) =>
        _sandbox.CallAsync(_app, "bizproc.event.send", $$"""{"event_token":"{{token}}","return_values":{{values}},"log_message":""}""");

    private static string Text(JsonNode node, string key) => node[key]!.GetValue<string>();
}
