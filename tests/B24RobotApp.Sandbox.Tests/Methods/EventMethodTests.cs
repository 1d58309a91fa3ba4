using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Methods;

public sealed class EventMethodTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;
    private AppInstallation _app = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync();
        _app = _sandbox.InstallApp("crm");
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    private Uri Handler => new(_sandbox.Application.Url, "events");

    [Fact]
    public async Task The_same_handler_is_bound_once()
    {
        Assert.True((await BindAsync("ONCRMDEALADD")).Result!.GetValue<bool>());
        var again = await BindAsync("onCrmDealAdd");

        Assert.Equal((400, "ERROR_CORE", "Unable to set event handler: Handler already binded"),
            (again.Status, again.Error, again.Json["error_description"]!.GetValue<string>()));
        Assert.Single((await _sandbox.CallAsync(_app, "event.get")).Result!.AsArray());
    }

    [Fact]
    public async Task A_bound_handler_is_listed_with_its_user_as_a_text()
    {
        await BindAsync("ONCRMDEALADD");

        var answer = await _sandbox.CallAsync(_app, "event.get");

        Assert.Equal($$"""[{"event":"ONCRMDEALADD","handler":"{{Handler}}","auth_type":"0","offline":0}]""", answer.Result!.ToJsonString());
    }

    [Theory]
    [InlineData("ONCRMNOTHING")]
    [InlineData("ONUSERADD")]
    public async Task An_unknown_event_or_one_of_another_scope_is_not_found(string name) =>
        Assert.Equal("ERROR_EVENT_NOT_FOUND", (await BindAsync(name)).Error);

    [Fact]
    public async Task A_webhook_binds_no_events()
    {
        var answer = await _sandbox.CallAsync(_sandbox.Source.CreateIncomingWebhook(1, "crm"), "event.bind", """{"event":"ONCRMDEALADD"}""");

        Assert.Equal((403, "WRONG_AUTH_TYPE"), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task A_missing_event_or_handler_is_named()
    {
        var noEvent = await _sandbox.CallAsync(_app, "event.bind", "{}");
        var noHandler = await _sandbox.CallAsync(_app, "event.bind", """{"event":"ONCRMDEALADD"}""");

        Assert.Equal(("ERROR_ARGUMENT", "EVENT"), (noEvent.Error, noEvent.Json["argument"]!.GetValue<string>()));
        Assert.Equal("HANDLER", noHandler.Json["argument"]!.GetValue<string>());
    }

    [Fact]
    public async Task Unbinding_says_how_many_went()
    {
        await BindAsync("ONCRMDEALADD");

        Assert.Equal("""{"count":1}""", (await UnbindAsync()).Result!.ToJsonString());
        Assert.Equal("""{"count":0}""", (await UnbindAsync()).Result!.ToJsonString());
    }

    [Fact]
    public async Task An_event_brings_ids_and_the_token_of_who_caused_it_but_no_refresh_token()
    {
        await BindAsync("ONCRMDEALUPDATE");
        RaiseOnCall("ONCRMDEALUPDATE");

        await _sandbox.CallAsync(_app, "test.raise", userId: 7);
        await _sandbox.Source.WhenIdleAsync();

        var form = Assert.Single(_sandbox.Application.Requests).Form;
        Assert.Equal("""{"FIELDS":{"ID":"15"}}""", form["data"]!.ToJsonString());
        Assert.Equal("7", form["auth"]!["user_id"]!.GetValue<string>());
        Assert.NotNull(form["auth"]!["access_token"]);
        Assert.Null(form["auth"]!["refresh_token"]);
    }

    [Fact]
    public async Task Equal_events_of_one_request_are_sent_once()
    {
        await BindAsync("ONCRMDEALUPDATE");
        RaiseOnCall("ONCRMDEALUPDATE");

        await _sandbox.CallAsync(_app, "batch", """{"cmd":{"a":"test.raise","b":"test.raise"}}""");
        await _sandbox.Source.WhenIdleAsync();

        Assert.Single(_sandbox.Application.Requests);
    }

    [Fact]
    public async Task An_event_that_nobody_caused_brings_no_token_unless_bound_for_a_user()
    {
        await BindAsync("ONCRMDEALUPDATE");
        await _sandbox.CallAsync(_app, "event.bind", $$"""{"event":"ONCRMDEALUPDATE","handler":"{{Handler}}/user","auth_type":7}""");

        _sandbox.Source.Events.Raise("ONCRMDEALUPDATE", Fields());
        await _sandbox.Source.WhenIdleAsync();

        Assert.Null(Assert.Single(_sandbox.Application.At("/events")).Form["auth"]!["access_token"]);
        Assert.Equal("7", Assert.Single(_sandbox.Application.At("/events/user")).Form["auth"]!["user_id"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_outgoing_webhook_hears_its_events_without_tokens()
    {
        var webhook = _sandbox.Esb.CreateOutgoingWebhook(Handler, "OnCrmDealUpdate");

        _sandbox.Esb.Events.Raise("ONCRMDEALUPDATE", Fields());
        _sandbox.Esb.Events.Raise("ONCRMDEALADD", Fields());
        await _sandbox.Esb.WhenIdleAsync();

        var auth = Assert.Single(_sandbox.Application.Requests).Form["auth"]!.AsObject();
        Assert.Equal(["domain", "client_endpoint", "server_endpoint", "member_id", "application_token"], auth.Select(entry => entry.Key));
        Assert.Equal(webhook.ApplicationToken, auth["application_token"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_test_event_reaches_who_bound_it()
    {
        await BindAsync("ONAPPTEST");

        await _sandbox.CallAsync(_app, "event.test", """{"any":"thing"}""");
        await _sandbox.Source.WhenIdleAsync();

        Assert.Equal("thing", Assert.Single(_sandbox.Application.Requests).Form["data"]!["QUERY"]!["any"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_queue_never_repeats_an_event_that_failed()
    {
        await BindAsync("ONCRMDEALADD");
        _sandbox.Application.Status = 500;

        _sandbox.Source.Events.Raise("ONCRMDEALADD", Fields());
        await _sandbox.Source.WhenIdleAsync();

        Assert.Single(_sandbox.Application.Requests);
        Assert.Equal(500, Assert.Single(_sandbox.Source.Deliveries.History).Status);
    }

    private void RaiseOnCall(string name) => _sandbox.Source.Methods.Add("test.raise", null, call =>
    {
        call.Portal.Events.Raise(name, Fields());
        return true;
    });

    private static JsonObject Fields() => new() { ["FIELDS"] = new JsonObject { ["ID"] = 15 } };

    private Task<Answer> BindAsync(string name) => _sandbox.CallAsync(_app, "event.bind", $$"""{"event":"{{name}}","handler":"{{Handler}}"}""");

    private Task<Answer> UnbindAsync() => _sandbox.CallAsync(_app, "event.unbind", $$"""{"event":"ONCRMDEALADD","handler":"{{Handler}}"}""");
}
