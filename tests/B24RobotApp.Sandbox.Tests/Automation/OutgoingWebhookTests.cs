using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Automation;

/// <summary>An outgoing webhook is told which deal changed, once and without tokens, and never what changed.</summary>
public sealed partial class OutgoingWebhookTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;
    private IncomingWebhook _incoming = null!;

    private SandboxPortal Esb => _sandbox.Esb;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync(new SandboxOptions { ControlPort = 0 });
        _incoming = Esb.CreateIncomingWebhook(1, "crm");
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task A_script_registers_it_and_it_hears_what_rest_does_to_a_deal()
    {
        var webhook = await RegisterAsync("OnCrmDealAdd", "ONCRMDEALUPDATE", "ONCRMDEALDELETE");
        var deal = await AddAsync("""{"title":"x","opportunity":100}""");
        await UpdateAsync(deal, """{"opportunity":200}""");
        await UpdateAsync(deal, """{"opportunity":200}""");
        await CallAsync("crm.item.productrow.set", $$"""{"ownerType":"D","ownerId":{{deal}},"productRows":[{"productName":"Row","price":5}]}""");
        await CallAsync("crm.item.productrow.set", $$"""{"ownerType":"D","ownerId":{{deal}},"productRows":[{"productName":"Row","price":5}]}""");
        await CallAsync("crm.item.delete", $$"""{"entityTypeId":2,"id":{{deal}}}""");
        var heard = await HeardAsync();

        Assert.Equal(["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALUPDATE", "ONCRMDEALDELETE"], heard.Select(form => (string?)form["event"]));
        Assert.All(heard, form => Assert.Equal($$$"""{"FIELDS":{"ID":"{{{deal}}}"}}""", form["data"]!.ToJsonString()));
        Assert.Equal(["event", "event_handler_id", "data", "ts", "auth"], heard[0].Select(entry => entry.Key));
        Assert.Equal((webhook["id"]!.ToString(), "1772442000"), ((string?)heard[0]["event_handler_id"], (string?)heard[0]["ts"]));
        Assert.Equal(
            new JsonObject
            {
                ["domain"] = Esb.Domain,
                ["client_endpoint"] = $"{Esb.BaseUrl}rest/",
                ["server_endpoint"] = _sandbox.Host.OAuthServer.RestEndpoint.ToString(),
                ["member_id"] = Esb.MemberId,
                ["application_token"] = webhook["applicationToken"]!.ToString(),
            }.ToJsonString(),
            heard[0]["auth"]!.ToJsonString());
        Assert.Equal("application/x-www-form-urlencoded", _sandbox.Application.Requests[0].ContentType);
    }

    [Fact]
    public async Task Equal_events_of_one_request_are_one_and_each_request_has_its_own()
    {
        await RegisterAsync("ONCRMDEALADD", "ONCRMDEALUPDATE");
        await CallAsync("batch", """
            {"cmd":{
            "deal":"crm.item.add?entityTypeId=2&fields[title]=x",
            "a":"crm.item.update?entityTypeId=2&id=$result[deal][item][id]&fields[opportunity]=1",
            "b":"crm.item.update?entityTypeId=2&id=$result[deal][item][id]&fields[opportunity]=2",
            "rows":"crm.item.productrow.set?ownerType=D&ownerId=$result[deal][item][id]&productRows[0][productName]=r&productRows[0][price]=3"}}
            """);
        Assert.Equal(["ONCRMDEALADD", "ONCRMDEALUPDATE"], (await NamesAsync()).Order());

        await UpdateAsync(1, """{"title":"y"}""");
        await UpdateAsync(1, """{"title":"z"}""");

        Assert.Equal(["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALUPDATE", "ONCRMDEALUPDATE"], (await NamesAsync()).Order());
    }

    [Fact]
    public async Task It_is_told_after_the_answer_has_left()
    {
        await RegisterAsync("ONCRMDEALADD");
        Esb.Faults.Add(new FaultRule(FaultKind.Slow, "crm.item.add", count: 1) { Delay = TimeSpan.FromSeconds(20) });

        var adding = _sandbox.CallAsync(_incoming, "crm.item.add", """{"entityTypeId":2,"fields":{"title":"x"}}""");
        await Eventually.HoldsAsync(() => Esb.Run(() => Esb.Crm.Deals.Any()));
        Assert.Empty(Esb.Deliveries.History);
        await Eventually.HoldsAsync(() =>
        {
            _sandbox.Clock.Advance(TimeSpan.FromSeconds(20));
            return adding.IsCompleted;
        });
        await Esb.WhenIdleAsync();

        Assert.Equal(200, (await adding).Status);
        Assert.Equal("ONCRMDEALADD", Assert.Single(Esb.Deliveries.History).Name);
    }

    [Fact]
    public async Task Items_of_smart_processes_and_invoices_name_their_kind_and_have_events_of_their_own()
    {
        Esb.Run(() => Esb.Crm.AddSmartProcess(147, "Contract"));
        await RegisterAsync("ONCRMDYNAMICITEMADD", "ONCRMDYNAMICITEMUPDATE", "ONCRMDYNAMICITEMDELETE", "ONCRMDYNAMICITEMUPDATE_147", "ONCRMDEALADD");
        await CallAsync("crm.item.add", """{"entityTypeId":147,"fields":{"title":"x"}}""");
        await CallAsync("crm.item.update", """{"entityTypeId":147,"id":1,"fields":{"title":"y"}}""");
        await CallAsync("crm.item.delete", """{"entityTypeId":147,"id":1}""");
        await CallAsync("crm.item.add", """{"entityTypeId":31,"fields":{"title":"x"}}""");
        await AddAsync("""{"title":"x"}""");

        var heard = (await HeardAsync()).ConvertAll(form => $"{form["event"]} {form["data"]!["FIELDS"]!["ENTITY_TYPE_ID"]}");

        Assert.Equal(
            ["ONCRMDEALADD ", "ONCRMDYNAMICITEMADD 147", "ONCRMDYNAMICITEMADD 31", "ONCRMDYNAMICITEMDELETE 147", "ONCRMDYNAMICITEMUPDATE 147", "ONCRMDYNAMICITEMUPDATE_147 147"],
            heard.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ONCRMDEALMOVETOCATEGORY")]
    [InlineData("ONAPPINSTALL")]
    [InlineData("ONCRMDYNAMICITEMADD_147")]
    [InlineData("ONNOTHING")]
    public async Task What_its_card_does_not_offer_cannot_be_heard(string name)
    {
        var answer = await ControlAsync("outgoing-webhooks", $$"""{"handler":"{{_sandbox.Application.Url}}","events":["{{name}}"]}""");

        Assert.Equal((400, $"An outgoing webhook cannot be told of {name}."), (answer.Status, answer.Error));
        Assert.Empty(Esb.OutgoingWebhooks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_change_of_pipeline_is_silent_unless_the_portal_raises_an_update_as_well(bool raises)
    {
        Esb.Run(() => Esb.Crm.SetPipeline(5, "Other", new("NEW", "New"), new("WON", "Won", "S"), new("LOSE", "Lost", "F")));
        await ControlAsync("settings", $$"""{"pipelineChangeRaisesUpdate":{{(raises ? "true" : "false")}}}""");
        var deal = await AddAsync("""{"title":"x"}""");
        await RegisterAsync("ONCRMDEALUPDATE");

        await UpdateAsync(deal, """{"categoryId":5,"stageId":"C5:NEW"}""");

        Assert.Equal(raises ? ["ONCRMDEALUPDATE"] : [], await NamesAsync());
    }

    [Fact]
    public async Task A_lost_event_is_never_sent_a_doubled_one_twice_and_an_answer_of_500_is_not_repeated()
    {
        await RegisterAsync("ONCRMDEALADD", "ONCRMDEALUPDATE");
        await ControlAsync("faults", """{"kind":"DropDelivery","pattern":"ONCRMDEALADD"}""");
        await ControlAsync("faults", """{"kind":"DuplicateDelivery","pattern":"ONCRMDEALUPDATE","count":1}""");
        var deal = await AddAsync("""{"title":"x"}""");
        await UpdateAsync(deal, """{"title":"y"}""");
        Assert.Equal(["ONCRMDEALUPDATE", "ONCRMDEALUPDATE"], await NamesAsync());

        _sandbox.Application.Status = 500;
        await UpdateAsync(deal, """{"title":"z"}""");

        Assert.Equal(3, (await HeardAsync()).Count);
        Assert.Equal(500, Esb.Deliveries.History[^1].Status);
    }

    [Fact]
    public async Task A_delayed_event_waits_for_the_clock_and_keeps_the_time_at_which_it_was_raised()
    {
        await RegisterAsync("ONCRMDEALADD");
        await ControlAsync("faults", """{"kind":"DelayDelivery","pattern":"ONCRM*","delaySeconds":60,"count":1}""");
        await AddAsync("""{"title":"x"}""");
        Assert.Equal(0, Esb.Deliveries.History[0].Posts);

        await UntilPostedAsync();

        Assert.Equal("1772442000", (string?)Assert.Single(await HeardAsync())["ts"]);
        Assert.InRange(_sandbox.Clock.GetUtcNow().ToUnixTimeSeconds(), 1772442060, long.MaxValue);
    }

    [Fact]
    public async Task A_reordered_event_arrives_after_the_next_one()
    {
        await RegisterAsync("ONCRMDEALADD", "ONCRMDEALUPDATE");
        await ControlAsync("faults", """{"kind":"ReorderDelivery","pattern":"ONCRMDEALADD","delaySeconds":3600,"count":1}""");
        var deal = await AddAsync("""{"title":"x"}""");
        await UpdateAsync(deal, """{"title":"y"}""");
        Assert.Equal(["ONCRMDEALUPDATE", "ONCRMDEALADD"], await NamesAsync());

        await ControlAsync("faults", """{"kind":"ReorderDelivery","pattern":"ONCRMDEALADD","delaySeconds":60,"count":1}""");
        await AddAsync("""{"title":"alone"}""");
        await UntilPostedAsync();
        Assert.Equal(3, (await HeardAsync()).Count);
    }

    [Fact]
    public async Task Where_rest_is_not_paid_for_nobody_is_told()
    {
        await RegisterAsync("ONCRMDEALADD");
        Esb.Settings.HasRestAccess = false;
        await ControlAsync("deals", """{"title":"x"}""");

        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task Older_portals_tell_no_handler_and_some_no_endpoints()
    {
        await RegisterAsync("ONCRMDEALADD");
        await ControlAsync("settings", """{"generation":"Older","webhooksNameEndpoints":false}""");
        await AddAsync("""{"title":"x"}""");

        var form = Assert.Single(await HeardAsync());
        Assert.Equal(["event", "data", "ts", "auth"], form.Select(entry => entry.Key));
        Assert.Equal(["domain", "member_id", "application_token"], form["auth"]!.AsObject().Select(entry => entry.Key));
    }

    [Fact]
    public async Task The_journal_of_deliveries_names_the_webhook_and_not_its_token()
    {
        var webhook = await RegisterAsync("ONCRMDEALADD");
        await AddAsync("""{"title":"x"}""");
        await HeardAsync();

        var deliveries = await _sandbox.GetAsync(new Uri(_sandbox.Host.ControlUrl!, "control/portals/esb/deliveries"));

        var delivery = Assert.Single(deliveries.Json.AsArray())!;
        Assert.Equal((webhook["id"]!.ToString(), "ONCRMDEALADD", "200"), (delivery["webhookId"]!.ToString(), delivery["name"]!.ToString(), delivery["status"]!.ToString()));
        Assert.DoesNotContain(webhook["applicationToken"]!.ToString(), deliveries.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_registers_one_on_a_page_sees_its_token_and_deletes_it()
    {
        var handler = new Uri(_sandbox.Application.Url, "outcome");
        Assert.Equal(400, (await PageAsync("devops/outgoing", $"handler={Uri.EscapeDataString(handler.ToString())}")).Status);
        Assert.Equal(303, (await PageAsync("devops/outgoing", $"handler={Uri.EscapeDataString(handler.ToString())}&events[]=ONCRMDEALUPDATE&events[]=ONCRMDEALDELETE")).Status);

        var page = (await _sandbox.GetAsync(new Uri(Esb.BaseUrl, "devops/"))).Text;
        var webhook = Assert.Single(Esb.OutgoingWebhooks);
        Assert.Equal(webhook.ApplicationToken, ShownToken().Match(page).Groups[1].Value);
        Assert.Contains("value=\"ONCRMDEALADD\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("ONCRMDEALMOVETOCATEGORY", page, StringComparison.Ordinal);

        Assert.Equal(303, (await PageAsync($"devops/outgoing/{webhook.Id}/delete", "")).Status);
        Assert.Equal(404, (await PageAsync($"devops/outgoing/{webhook.Id}/delete", "")).Status);
        Assert.Empty(Esb.OutgoingWebhooks);
    }

    [Fact]
    public async Task A_deleted_one_hears_nothing_more()
    {
        var webhook = await RegisterAsync("ONCRMDEALADD");
        var url = new Uri(_sandbox.Host.ControlUrl!, $"control/portals/esb/outgoing-webhooks/{webhook["id"]}");

        using var deleted = await _sandbox.Http.DeleteAsync(url, TestContext.Current.CancellationToken);
        using var again = await _sandbox.Http.DeleteAsync(url, TestContext.Current.CancellationToken);
        await AddAsync("""{"title":"x"}""");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (deleted.StatusCode, again.StatusCode));
        Assert.Empty(await NamesAsync());
    }

    /// <summary>Lets time pass in steps that are shorter than the queue's patience with a handler.</summary>
    private Task UntilPostedAsync() => Eventually.HoldsAsync(() =>
    {
        if (Esb.Deliveries.History[^1].Posts > 0)
        {
            return true;
        }
        _sandbox.Clock.Advance(TimeSpan.FromSeconds(5));
        return false;
    });

    private async Task<JsonObject> RegisterAsync(params string[] events)
    {
        var names = string.Join(',', events.Select(name => $"\"{name}\""));
        var answer = await ControlAsync("outgoing-webhooks", $$"""{"handler":"{{_sandbox.Application.Url}}outcome","events":[{{names}}]}""");
        Assert.Equal(200, answer.Status);
        return answer.Json.AsObject();
    }

    private async Task<List<JsonObject>> HeardAsync()
    {
        await Esb.WhenIdleAsync();
        return [.. _sandbox.Application.At("/outcome").Select(heard => heard.Form)];
    }

    private async Task<IEnumerable<string?>> NamesAsync() => (await HeardAsync()).Select(form => (string?)form["event"]);

    private async Task<long> AddAsync([StringSyntax(StringSyntaxAttribute.Json)] string fields) =>
        (await CallAsync("crm.item.add", $$"""{"entityTypeId":2,"fields":{{fields}}}"""))["item"]!["id"]!.GetValue<long>();

    private Task<JsonNode> UpdateAsync(long deal, [StringSyntax(StringSyntaxAttribute.Json)] string fields) =>
        CallAsync("crm.item.update", $$"""{"entityTypeId":2,"id":{{deal}},"fields":{{fields}}}""");

    /// <summary>Calls and waits until its events have arrived: one after the other, since a portal keeps no order.</summary>
    private async Task<JsonNode> CallAsync(string method, [StringSyntax(StringSyntaxAttribute.Json)] string json)
    {
        var answer = await _sandbox.CallAsync(_incoming, method, json);
        Assert.Equal(200, answer.Status);
        if (Esb.Faults.Rules.All(rule => rule.Kind is not (FaultKind.DelayDelivery or FaultKind.ReorderDelivery)))
        {
            await Esb.WhenIdleAsync();
        }
        return answer.Result!;
    }

    private Task<Answer> ControlAsync(string path, string json) => _sandbox.PostJsonAsync(new Uri(_sandbox.Host.ControlUrl!, $"control/portals/esb/{path}"), json);

    private async Task<Answer> PageAsync(string path, string form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Esb.BaseUrl, path)) { Content = new StringContent(form) };
        request.Content.Headers.ContentType = new("application/x-www-form-urlencoded");
        request.Headers.Add("Origin", Esb.BaseUrl.GetLeftPart(UriPartial.Authority));
        using var response = await _sandbox.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(response);
    }

    [GeneratedRegex("data-application-token>([a-z0-9]{32})<")]
    private static partial Regex ShownToken();
}
