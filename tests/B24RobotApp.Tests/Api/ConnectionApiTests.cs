using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Tests.Api;

/// <summary>A portal's own connection as its administrators change it. Nobody listens at its ESB: what is stored all the same needs no ESB.</summary>
public sealed class ConnectionApiTests : ApiTestBase
{
    private const string Esb = "http://127.0.0.1:9/";

    [Fact]
    public async Task Name_and_profile_are_changed_though_the_ESB_does_not_answer_and_the_robot_hears_of_it()
    {
        await using var app = await StartAsync();
        await AddOwnAsync(app, 1);

        using var changed = await PutAsync(app, "/api/connections/own", """{"name":" Склад ","profile":"leads","createMissingFields":false}""");

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        var own = await OwnAsync(app);
        Assert.Equal(("Склад", "leads", false), (own.GetProperty("name").GetString(), own.GetProperty("profile").GetString(), own.GetProperty("createMissingFields").GetBoolean()));
        await Eventually.Async(
            () => Bitrix24.Robots.Values.Any(robot => robot.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).Contains("Склад", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(20), Cancel);
    }

    [Theory]
    [InlineData("""{"profile":"nobodys"}""", "профиля")]
    [InlineData("""{"name":"LONG"}""", "100")]
    public async Task A_change_that_is_no_good_is_refused_and_nothing_of_it_stored(string body, string said)
    {
        await using var app = await StartAsync();
        await AddOwnAsync(app, 1);

        using var refused = await PutAsync(app, "/api/connections/own", body.Replace("LONG", new string('x', 101), StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains(said, await DetailAsync(refused), StringComparison.Ordinal);
        Assert.Equal(("Head office", "default"), ((await OwnAsync(app)).GetProperty("name").GetString(), (await OwnAsync(app)).GetProperty("profile").GetString()));
    }

    [Fact]
    public async Task Of_webhooks_nothing_comes_out_but_in_whose_names_they_act_and_of_the_hosts_not_even_that()
    {
        await using var app = await StartAsync();
        await AddOwnAsync(app, 3);

        var text = (await JsonAsync(app, "/api/connections")).GetRawText();

        Assert.DoesNotContain("secret", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal([7, 8, 9], (await OwnAsync(app)).GetProperty("webhookUsers").EnumerateArray().Select(user => user.GetInt32()));
        Assert.Empty((await RowAsync(app, "esb")).GetProperty("webhookUsers").EnumerateArray());
    }

    [Fact]
    public async Task A_webhook_is_removed_without_asking_the_ESB_but_never_the_last_one_and_never_another_than_was_looked_at()
    {
        await using var app = await StartAsync();
        await AddOwnAsync(app, 3);

        using var removed = await DeleteAsync(app, "/api/connections/own/webhooks/2?of=3");
        using var stale = await DeleteAsync(app, "/api/connections/own/webhooks/2?of=3");
        using var beyond = await DeleteAsync(app, "/api/connections/own/webhooks/3?of=2");
        using var none = await DeleteAsync(app, "/api/connections/own/webhooks/0?of=2");
        using var second = await DeleteAsync(app, "/api/connections/own/webhooks/1?of=2");
        using var last = await DeleteAsync(app, "/api/connections/own/webhooks/1?of=1");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (removed.StatusCode, second.StatusCode));
        Assert.All([stale, beyond, none, last], refused => Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode));
        Assert.Contains("единственный", await DetailAsync(last), StringComparison.Ordinal);
        Assert.Equal([9], (await OwnAsync(app)).GetProperty("webhookUsers").EnumerateArray().Select(user => user.GetInt32()));
    }

    [Fact]
    public async Task A_webhook_of_another_portal_twice_the_same_or_one_that_cannot_be_reached_is_not_added()
    {
        await using var app = await StartAsync();
        await AddOwnAsync(app, 2);

        using var other = await PostAsync(app, "/api/connections/own/webhooks", """{"address":"http://127.0.0.1:10/rest/1/anothersecret/","of":2}""");
        using var twice = await PostAsync(app, "/api/connections/own/webhooks", $$"""{"address":"{{Esb}}rest/8/secret2/"}""");
        using var unreadable = await PutAsync(app, "/api/connections/own/webhooks/1", """{"address":"https://esb.example/"}""");
        using var empty = await PostAsync(app, "/api/connections/own/webhooks", "{}");
        using var unreachable = await PutAsync(app, "/api/connections/own/webhooks/1", $$"""{"address":"{{Esb}}rest/5/yetanothersecret/","of":2}""");

        Assert.All([other, twice, unreadable, empty], refused => Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode));
        Assert.Contains("уже есть", await DetailAsync(twice), StringComparison.Ordinal);
        var said = await unreachable.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("\"connection\":null", said, StringComparison.Ordinal);
        Assert.DoesNotContain("yetanothersecret", said + app.Log, StringComparison.Ordinal);
        Assert.Equal([7, 8], (await OwnAsync(app)).GetProperty("webhookUsers").EnumerateArray().Select(user => user.GetInt32()));
    }

    [Fact]
    public async Task A_paused_connection_says_since_when_and_its_transfers_wait_until_it_goes_on()
    {
        await using var app = await StartAsync();
        await AddOwnAsync(app, 1);
        var at = app.Clock.GetUtcNow();

        using var paused = await PostAsync(app, "/api/connections/own/pause", "");
        Assert.Equal(HttpStatusCode.OK, paused.StatusCode);
        Assert.Equal(at, (await OwnAsync(app)).GetProperty("pausedAt").GetDateTimeOffset(), TimeSpan.FromSeconds(1));

        // A change of its name does not set it off.
        using var renamed = await PutAsync(app, "/api/connections/own", """{"name":"Склад"}""");
        var transfer = Given.Transfer((await app.PortalAsync()).Id, 15, "event-15", "own", app.Clock.GetUtcNow());
        await app.Transfers.TryAddAsync(transfer, Cancel);
        app.Get<TransferSignal>().Wake(new Lane(transfer.Portal, "own"));
        Assert.Equal("Склад", Assert.Single((await JsonAsync(app, "/api/transfers/summary")).GetProperty("pauses").EnumerateArray()).GetProperty("esb").GetString());
        Assert.Equal((TransferState.Queued, 0), await StateAsync(app, transfer.Id));

        using var resumed = await PostAsync(app, "/api/connections/own/resume", "");
        Assert.Equal(JsonValueKind.Null, (await resumed.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("pausedAt").ValueKind);
        await Eventually.Async(async () => await StateAsync(app, transfer.Id) is not (TransferState.Queued, 0), TimeSpan.FromSeconds(20), Cancel);
    }

    [Fact]
    public async Task Transfers_of_a_paused_connection_that_is_deleted_wait_no_longer()
    {
        await using var app = await StartAsync();
        await AddOwnAsync(app, 1);
        using var paused = await PostAsync(app, "/api/connections/own/pause", "");
        var transfer = Given.Transfer((await app.PortalAsync()).Id, 15, "event-15", "own", app.Clock.GetUtcNow());
        await app.Transfers.TryAddAsync(transfer, Cancel);

        using var deleted = await DeleteAsync(app, "/api/connections/own");

        await Eventually.Async(async () => (await app.Transfers.FindAsync(transfer.Id, Cancel))!.Outcome?.ErrorCode is not null, TimeSpan.FromSeconds(20), Cancel);
    }

    [Fact]
    public async Task A_connection_whose_test_deal_is_not_deleted_stays_and_its_code_is_never_given_again()
    {
        await using var app = await StartAsync();
        await AddOwnAsync(app, 1);
        using var paused = await PostAsync(app, "/api/connections/own/pause", "");
        var test = Given.Transfer((await app.PortalAsync()).Id, 15, "test 1", "own", app.Clock.GetUtcNow());
        await app.Transfers.TryAddAsync(test, Cancel);

        using var refused = await DeleteAsync(app, "/api/connections/own");
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("удалите тестовую сделку", (await refused.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("detail").GetString(), StringComparison.Ordinal);

        await app.Transfers.EraseAsync(test.Portal, Cancel);
        using var deleted = await DeleteAsync(app, "/api/connections/own");

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Contains("own", await app.Get<ConnectionStore>().UsedCodesAsync(Cancel));
        Assert.Null(await app.Get<ConnectionStore>().FindAsync("own", Cancel));
    }

    [Fact]
    public async Task What_is_the_hosts_or_another_portals_is_neither_paused_nor_given_webhooks_and_others_than_administrators_change_nothing()
    {
        await using var app = await StartAsync();
        await AddOwnAsync(app, 2);
        var other = await app.Portals.SaveInstallationAsync(Given.Installation(2), Cancel);
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("theirs", owner: other.Id), Cancel);
        async Task<HttpStatusCode[]> TryAllAsync(string code)
        {
            var answers = new List<HttpStatusCode>();
            foreach (var act in new Func<Task<HttpResponseMessage>>[]
            {
                () => PostAsync(app, $"/api/connections/{code}/pause", ""),
                () => PostAsync(app, $"/api/connections/{code}/resume", ""),
                () => PostAsync(app, $"/api/connections/{code}/webhooks", $$"""{"address":"{{Esb}}rest/1/newsecret/"}"""),
                () => PutAsync(app, $"/api/connections/{code}/webhooks/1", $$"""{"address":"{{Esb}}rest/1/newsecret/"}"""),
                () => DeleteAsync(app, $"/api/connections/{code}/webhooks/1?of=1"),
            })
            {
                using var answer = await act();
                answers.Add(answer.StatusCode);
            }

            return [.. answers];
        }

        Assert.All(await TryAllAsync("esb"), status => Assert.Equal(HttpStatusCode.Conflict, status));
        Assert.All(await TryAllAsync("theirs"), status => Assert.Equal(HttpStatusCode.NotFound, status));
        await SignInAsync(app, isAdministrator: false);
        Assert.All(await TryAllAsync("own"), status => Assert.Equal(HttpStatusCode.Forbidden, status));
    }

    private async Task AddOwnAsync(TestApp app, int webhooks)
    {
        await SignInAsync(app);
        var connection = Given.Connection("own", owner: (await app.PortalAsync()).Id) with
        {
            Webhooks = [.. Enumerable.Range(1, webhooks).Select(number => WebhookUrl.TryParse($"{Esb}rest/{6 + number}/secret{number}/", true, out var url, out _) ? url : throw new InvalidOperationException())],
        };
        Assert.True(await app.Get<ConnectionStore>().SaveAsync(connection, Cancel));
    }

    private static Task<JsonElement> OwnAsync(TestApp app) => RowAsync(app, "own");

    private static async Task<JsonElement> RowAsync(TestApp app, string code) =>
        (await JsonAsync(app, "/api/connections")).EnumerateArray().Single(row => row.GetProperty("code").GetString() == code);

    private static async Task<(TransferState State, int Attempt)> StateAsync(TestApp app, TransferId id) =>
        await app.Transfers.FindAsync(id, Cancel) is { } transfer ? (transfer.State, transfer.Attempt) : throw new InvalidOperationException();

    private static Task<HttpResponseMessage> DeleteAsync(TestApp app, string path) => app.Http.DeleteAsync(new Uri(path, UriKind.Relative), Cancel);

    private static async Task<string> DetailAsync(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("detail").GetString()!;
}
