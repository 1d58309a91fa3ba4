using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Crm;

/// <summary>What becomes of a deal on its portal, by the hands of people, and how much of it a client can learn over HTTP.</summary>
public sealed class DealLifeTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;
    private IncomingWebhook _webhook = null!;

    private SandboxPortal Esb => _sandbox.Esb;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync(new SandboxOptions { ControlPort = 0 });
        _webhook = Esb.CreateIncomingWebhook(1, "crm");
        Esb.CreateOutgoingWebhook(new Uri(_sandbox.Application.Url, "outcome"), "ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE");
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task A_deleted_deal_is_not_found_and_comes_back_under_a_new_id_with_its_origin_rows_and_times()
    {
        var deal = await AddAsync("""{"title":"x","originatorId":"b24:m","originId":"15"}""");
        await CallAsync("crm.item.productrow.set", $$"""{"ownerType":"D","ownerId":{{deal}},"productRows":[{"productName":"Row","price":5,"quantity":2}]}""");
        var before = await GetAsync(deal);
        await Esb.WhenIdleAsync();
        _sandbox.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(200, await DeleteAsync($"deals/{deal}"));
        Assert.Equal("NOT_FOUND", (await _sandbox.CallAsync(_webhook, "crm.item.get", $$"""{"entityTypeId":2,"id":{{deal}}}""")).Error);
        Assert.Empty(await ListAsync($$"""{"@id":[{{deal}}]}"""));
        Assert.Empty(await ListAsync("""{"=originatorId":"b24:m","=originId":"15"}"""));
        Assert.Equal(deal, (long)Assert.Single((await ControlAsync("recycle-bin")).Json.AsArray())!["id"]!);

        var restored = (long)(await ControlAsync($"recycle-bin/{deal}/restore", "{}")).Json["id"]!;

        Assert.True(restored > deal);
        Assert.Equal(404, (await ControlAsync($"recycle-bin/{deal}/restore", "{}")).Status);
        Assert.Equal([restored], await ListAsync("""{"=originatorId":"b24:m","=originId":"15"}"""));
        var after = await GetAsync(restored);
        Assert.Equal((before["updatedTime"]!.ToString(), "10"), (after["updatedTime"]!.ToString(), after["opportunity"]!.ToString()));
        Assert.Empty(await ListAsync("""{">updatedTime":"2026-03-02T12:00:00+03:00"}"""));
        Assert.Equal(
            [$"ONCRMDEALADD {deal}", $"ONCRMDEALADD {restored}", $"ONCRMDEALDELETE {deal}", $"ONCRMDEALUPDATE {deal}"],
            await HeardAsync());
    }

    [Fact]
    public async Task A_deal_of_somebody_else_is_denied_and_one_that_is_gone_not_found()
    {
        var deal = await AddAsync("""{"title":"x"}""");
        Esb.Run(() => Esb.Crm.Rights.OwnDealsOnly.Add(7));
        var seller = Esb.CreateIncomingWebhook(7, "crm");

        async Task<(int, string?)> GetAsSellerAsync() =>
            await _sandbox.CallAsync(seller, "crm.item.get", $$"""{"entityTypeId":2,"id":{{deal}}}""") is var answer ? (answer.Status, answer.Error) : default;

        Assert.Equal((400, "ACCESS_DENIED"), await GetAsSellerAsync());
        Assert.Empty((await _sandbox.CallAsync(seller, "crm.item.list", $$"""{"entityTypeId":2,"filter":{"@id":[{{deal}}]} }""")).Result!["items"]!.AsArray());
        await DeleteAsync($"deals/{deal}");
        Assert.Equal((400, "NOT_FOUND"), await GetAsSellerAsync());
    }

    [Theory]
    [InlineData("""{"title":"kept","originatorId":"b24:a","originId":"1"}""", "1", 0)]
    [InlineData("""{"title":"kept"}""", "2", 1)]
    public async Task A_merge_keeps_one_deal_which_takes_an_origin_only_if_it_had_none(string fields, string origin, int updates)
    {
        var survivor = await AddAsync(fields);
        var loser = await AddAsync("""{"title":"gone","originatorId":"b24:a","originId":"2"}""");

        Assert.Equal(200, (await ControlAsync($"deals/{survivor}/merge", $$"""{"otherIds":[{{loser}}]}""")).Status);

        Assert.Equal(("kept", origin), ((string?)(await GetAsync(survivor))["title"], (string?)(await GetAsync(survivor))["originId"]));
        Assert.Equal("NOT_FOUND", (await _sandbox.CallAsync(_webhook, "crm.item.get", $$"""{"entityTypeId":2,"id":{{loser}}}""")).Error);
        var heard = await HeardAsync();
        Assert.Contains($"ONCRMDEALDELETE {loser}", heard);
        Assert.Equal(updates, heard.Count(name => name == $"ONCRMDEALUPDATE {survivor}"));
    }

    [Theory]
    [InlineData("[]", "INVALID_ARG_VALUE")]
    [InlineData("[1]", "INVALID_ARG_VALUE")]
    [InlineData("[2,99]", "NOT_FOUND")]
    public async Task A_merge_with_nothing_itself_or_a_deal_that_is_not_there_changes_nothing(string others, string error)
    {
        await AddAsync("""{"title":"one"}""");
        await AddAsync("""{"title":"two","originId":"2"}""");

        Assert.Equal(error, (await ControlAsync("deals/1/merge", $$"""{"otherIds":{{others}}}""")).Error);

        Assert.Equal([1, 2], await ListAsync("{}"));
        Assert.Equal(["ONCRMDEALADD 1", "ONCRMDEALADD 2"], await HeardAsync());
    }

    [Fact]
    public async Task An_import_with_times_of_its_own_is_missed_by_a_cursor_but_told_as_an_event()
    {
        await AddAsync("""{"title":"x"}""");
        const string Old = """{"title":"old","stageId":"WON","createdTime":"2020-01-01T10:00:00Z","updatedTime":"2021-01-01T10:00:00Z","movedTime":"2021-01-01T10:00:00Z"}""";

        Assert.Equal("CRM_FIELD_ERROR_VALUE_NOT_VALID", (await ControlAsync("deals/import", $$"""{"fields":{{Old}},"userId":7}""")).Error);
        var imported = (long)(await ControlAsync("deals/import", $$"""{"fields":{{Old}}}""")).Json["id"]!;

        var deal = await GetAsync(imported);
        Assert.Equal(("2021-01-01T13:00:00+03:00", "2021-01-01T13:00:00+03:00"), ((string?)deal["updatedTime"], (string?)deal["movedTime"]));
        Assert.Equal([1L], await ListAsync("""{">=updatedTime":"2026-03-02T12:00:00+03:00"}"""));
        Assert.Equal([imported], await ListAsync($$"""{"@id":[{{imported}}]}"""));
        Assert.Contains($"ONCRMDEALADD {imported}", await HeardAsync());
    }

    [Fact]
    public async Task A_cursor_over_the_time_of_change_sees_whole_seconds_in_the_servers_zone()
    {
        _sandbox.Clock.Advance(TimeSpan.FromMilliseconds(300));
        await AddAsync("""{"title":"one"}""");
        await AddAsync("""{"title":"two"}""");
        _sandbox.Clock.Advance(TimeSpan.FromMilliseconds(500));
        await AddAsync("""{"title":"three"}""");
        _sandbox.Clock.Advance(TimeSpan.FromSeconds(5));
        await CallAsync("crm.item.productrow.set", """{"ownerType":"D","ownerId":1,"productRows":[{"productName":"Row","price":5}]}""");
        _sandbox.Clock.Advance(TimeSpan.FromSeconds(5));
        await CallAsync("crm.item.productrow.set", """{"ownerType":"D","ownerId":1,"productRows":[{"productName":"Row","price":5}]}""");
        await CallAsync("crm.item.update", """{"entityTypeId":2,"id":2,"fields":{"title":"two"}}""");

        var page = await CallAsync("crm.item.list", """
            {"entityTypeId":2,"select":["id","updatedTime","movedTime"],"filter":{">=updatedTime":"2026-03-02T09:00:00Z"},"order":{"updatedTime":"ASC","id":"ASC"},"start":-1}
            """, withEnvelope: true);

        Assert.Equal(["result", "time"], page.AsObject().Select(entry => entry.Key));
        Assert.Equal(
            ["2 2026-03-02T12:00:00+03:00", "3 2026-03-02T12:00:00+03:00", "1 2026-03-02T12:00:05+03:00"],
            page["result"]!["items"]!.AsArray().Select(item => $"{item!["id"]} {item["updatedTime"]}"));
        Assert.All(page["result"]!["items"]!.AsArray(), item => Assert.Equal("2026-03-02T12:00:00+03:00", (string?)item!["movedTime"]));
        Assert.Equal([1L], await ListAsync("""{">updatedTime":"2026-03-02T12:00:00+03:00"}"""));
        Assert.Equal([3L], await ListAsync("""{"=updatedTime":"2026-03-02T10:00:00+01:00",">id":2}"""));
    }

    [Fact]
    public async Task A_person_drags_a_card_to_won_changes_amount_and_responsible_and_is_the_one_who_did_it()
    {
        await CallAsync("crm.item.add", """{"entityTypeId":3,"fields":{"name":"A"}}""");
        await CallAsync("crm.item.add", """{"entityTypeId":3,"fields":{"name":"B"}}""");
        var deal = await AddAsync("""{"title":"x","contactIds":[1,2]}""");
        await CallAsync("crm.item.productrow.set", $$"""{"ownerType":"D","ownerId":{{deal}},"productRows":[{"productName":"Row","price":5}]}""");
        await Esb.WhenIdleAsync();
        _sandbox.Clock.Advance(TimeSpan.FromSeconds(10));
        Esb.BrowserUserId = 7;
        async Task SaveAsync(string form) => Assert.Equal(303, (await PageAsync($"details/{deal}/save", form)).Status);

        await SaveAsync("title=x&amount=5&currency=USD&responsible=1&company=0&contact=1&comments=");
        Assert.Equal(2, (await HeardAsync()).Count());
        await SaveAsync("title=x&amount=70&currency=USD&responsible=7&company=0&contact=1&comments=");
        var changed = await GetAsync(deal);
        await Esb.WhenIdleAsync();
        _sandbox.Clock.Advance(TimeSpan.FromSeconds(10));
        await PageAsync($"details/{deal}/stage", "stage=WON");
        var won = await GetAsync(deal);

        Assert.Equal(("70", "7", "7", "[1,2]"), ($"{changed["opportunity"]}", $"{changed["assignedById"]}", $"{changed["updatedBy"]}", changed["contactIds"]!.ToJsonString()));
        Assert.Equal(("2026-03-02T12:00:10+03:00", "2026-03-02T12:00:00+03:00", "1"), ((string?)changed["updatedTime"], (string?)changed["movedTime"], $"{changed["movedBy"]}"));
        Assert.Equal(("WON", "S", "2026-03-02T12:00:20+03:00", "7"), ((string?)won["stageId"], (string?)won["stageSemanticId"], (string?)won["movedTime"], $"{won["movedBy"]}"));
        Assert.Equal(3, (await HeardAsync()).Count(name => name == $"ONCRMDEALUPDATE {deal}"));
    }

    [Fact]
    public async Task An_application_that_bound_the_event_gets_the_token_of_the_person_who_changed_the_deal()
    {
        var source = _sandbox.Source;
        var app = _sandbox.InstallApp("crm");
        await _sandbox.CallAsync(app, "event.bind", $$"""{"event":"ONCRMDEALUPDATE","handler":"{{_sandbox.Application.Url}}bound"}""");
        var deal = source.Run(() => source.Crm.AddDeal("x", "NEW", 0));
        source.BrowserUserId = 7;

        await PageAsync($"details/{deal}/stage", "stage=LOSE", source);
        await source.WhenIdleAsync();

        Assert.Equal("7", (string?)Assert.Single(_sandbox.Application.At("/bound")).Form["auth"]!["user_id"]);
    }

    [Fact]
    public async Task People_delete_restore_and_merge_on_pages()
    {
        var first = await AddAsync("""{"title":"first"}""");
        var second = await AddAsync("""{"title":"second"}""");

        var deleted = await PageAsync($"details/{second}/delete", "");
        var bin = await _sandbox.GetAsync(new Uri(Esb.BaseUrl, "crm/deal/recyclebin/"));
        var restored = await PageAsync($"recyclebin/{second}/restore", "");
        var again = await PageAsync($"recyclebin/{second}/restore", "");
        var third = restored.Headers["Location"].Split('/')[^2];
        var card = await _sandbox.GetAsync(new Uri(Esb.BaseUrl, $"crm/deal/details/{first}/"));
        await PageAsync($"details/{first}/merge", $"other={third}");

        Assert.Equal((303, "/crm/deal/kanban/category/0/"), (deleted.Status, deleted.Headers["Location"]));
        Assert.Contains($"{second} · second", bin.Text, StringComparison.Ordinal);
        Assert.Equal((303, 404), (restored.Status, again.Status));
        Assert.Contains($"<option value=\"{third}\">", card.Text, StringComparison.Ordinal);
        Assert.Equal([first], await ListAsync("{}"));
    }

    [Fact]
    public async Task A_script_changes_and_moves_a_deal_as_the_user_it_names()
    {
        var deal = await AddAsync("""{"title":"x"}""");

        await ControlAsync($"deals/{deal}/change", """{"fields":{"opportunity":70},"userId":7}""");
        await ControlAsync($"deals/{deal}/move", """{"stageId":"LOSE","userId":7}""");

        var item = await GetAsync(deal);
        Assert.Equal(("70", "7", "7", "F"), ($"{item["opportunity"]}", $"{item["updatedBy"]}", $"{item["movedBy"]}", (string?)item["stageSemanticId"]));
        Assert.Equal(404, (await ControlAsync($"deals/{deal}/move", """{"stageId":"NEW","userId":99}""")).Status);
    }

    [Fact]
    public async Task A_quiet_entry_stands_in_the_timeline_and_neither_changes_the_deal_nor_is_told()
    {
        var deal = await AddAsync("""{"title":"x"}""");
        await Esb.WhenIdleAsync();
        _sandbox.Clock.Advance(TimeSpan.FromHours(1));

        var incomplete = await _sandbox.CallAsync(_webhook, "crm.timeline.logmessage.add", $$"""{"fields":{"entityTypeId":2,"entityId":{{deal}},"title":"t","text":"x"} }""");
        var entry = await CallAsync("crm.timeline.logmessage.add", $$"""{"fields":{"entityTypeId":2,"entityId":{{deal}},"title":"Won","text":"on the ESB","iconCode":"info"} }""");

        Assert.Equal((400, "100"), (incomplete.Status, incomplete.Error));
        Assert.Equal(("Won", "2026-03-02T13:00:00+03:00", "1"), ((string?)entry["logMessage"]!["title"], (string?)entry["logMessage"]!["created"], $"{entry["logMessage"]!["authorId"]}"));
        Assert.Equal("2026-03-02T12:00:00+03:00", (string?)(await GetAsync(deal))["updatedTime"]);
        Assert.Equal([$"ONCRMDEALADD {deal}"], await HeardAsync());
        Assert.Contains("on the ESB", (await _sandbox.GetAsync(new Uri(Esb.BaseUrl, $"crm/deal/details/{deal}/?tab=timeline"))).Text, StringComparison.Ordinal);
    }

    /// <summary>Events and the deals they name, sorted: a portal keeps no order.</summary>
    private async Task<IEnumerable<string>> HeardAsync()
    {
        await Esb.WhenIdleAsync();
        return _sandbox.Application.At("/outcome").Select(heard => $"{heard.Form["event"]} {heard.Form["data"]!["FIELDS"]!["ID"]}").Order(StringComparer.Ordinal);
    }

    private async Task<long> AddAsync([StringSyntax(StringSyntaxAttribute.Json)] string fields) =>
        (await CallAsync("crm.item.add", $$"""{"entityTypeId":2,"fields":{{fields}}}"""))["item"]!["id"]!.GetValue<long>();

    private async Task<JsonObject> GetAsync(long deal) =>
        (await CallAsync("crm.item.get", $$"""{"entityTypeId":2,"id":{{deal}}}"""))["item"]!.AsObject();

    private async Task<IEnumerable<long>> ListAsync([StringSyntax(StringSyntaxAttribute.Json)] string filter) =>
        (await CallAsync("crm.item.list", $$"""{"entityTypeId":2,"select":["id"],"filter":{{filter}},"order":{"updatedTime":"ASC","id":"ASC"},"start":-1}"""))["items"]!
            .AsArray().Select(item => (long)item!["id"]!);

    private async Task<JsonNode> CallAsync(string method, [StringSyntax(StringSyntaxAttribute.Json)] string json, bool withEnvelope = false)
    {
        var answer = await _sandbox.CallAsync(_webhook, method, json);
        Assert.Equal(200, answer.Status);
        return withEnvelope ? answer.Json : answer.Result!;
    }

    private Task<Answer> ControlAsync(string path) => _sandbox.GetAsync(ControlUrl(path));

    private Task<Answer> ControlAsync(string path, string json) => _sandbox.PostJsonAsync(ControlUrl(path), json);

    private async Task<int> DeleteAsync(string path)
    {
        using var response = await _sandbox.Http.DeleteAsync(ControlUrl(path), TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    private Uri ControlUrl(string path) => new(_sandbox.Host.ControlUrl!, $"control/portals/esb/{path}");

    private async Task<Answer> PageAsync(string path, string form, SandboxPortal? portal = null)
    {
        portal ??= Esb;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(portal.BaseUrl, $"crm/deal/{path}")) { Content = new StringContent(form) };
        request.Content.Headers.ContentType = new("application/x-www-form-urlencoded");
        request.Headers.Add("Origin", portal.BaseUrl.GetLeftPart(UriPartial.Authority));
        using var response = await _sandbox.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(response);
    }
}
