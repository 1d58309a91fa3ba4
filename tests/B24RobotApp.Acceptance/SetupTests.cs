using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance;

/// <summary>What the steps of the installation ask of the app, beside what a person sees of them in a browser.</summary>
public sealed class SetupTests(SetupTests.Fixture fixture) : StageTests(fixture), IClassFixture<SetupTests.Fixture>
{
    public sealed class Fixture : StageFixture;

    [Fact]
    public async Task A_test_deal_stands_in_the_way_of_nothing_and_is_deleted_once()
    {
        using var api = await SignInAsync();
        var deal = Source.AddDeal("Пробная", rows: Crm.Rows);

        using var first = await api.PostAsJsonAsync("api/setup/tests", new { connection = "esb", dealId = deal, category = "0", stage = "NEW" }, Cancelled);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var test = await ArrivedAsync(api);
        var esbDeal = Stage.OneEsbDealOf(deal);
        using var second = await api.PostAsJsonAsync("api/setup/tests", new { connection = "esb", dealId = deal }, Cancelled);
        Assert.Equal(("Проверка связи: Пробная", "0"), (esbDeal["title"]!.ToString(), esbDeal["companyId"]?.ToString() ?? "0"));
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);

        // The real transfer makes a deal of its own; the test's is not taken for it.
        Assert.Equal("created", (await Stage.SendToEndAsync(deal, [])).Status);
        Assert.Equal(2, Stage.EsbDealsOf(deal).Count);

        var address = $"api/setup/tests/{test.GetProperty("transfer").GetString()}";
        Assert.Equal(HttpStatusCode.NoContent, (await api.DeleteAsync(new Uri(address, UriKind.Relative), Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await api.DeleteAsync(new Uri(address, UriKind.Relative), Cancelled)).StatusCode);
        Assert.Equal("Пробная", Stage.OneEsbDealOf(deal)["title"]!.ToString());
        Assert.False((await SetupAsync(api)).GetProperty("test").GetProperty("isThere").GetBoolean());
    }

    [Fact]
    public async Task What_no_test_has_made_is_not_deleted()
    {
        using var api = await SignInAsync();
        var deal = Source.AddDeal("Настоящая", rows: Crm.Rows);
        await Stage.SendToEndAsync(deal, []);
        var transfer = Stage.Ask("SELECT id FROM transfers WHERE item_id = @Deal", ("@Deal", deal));

        using var answer = await api.DeleteAsync(new Uri($"api/setup/tests/{transfer}", UriKind.Relative), Cancelled);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Stage.OneEsbDealOf(deal);
    }

    [Fact]
    public async Task A_deal_that_nobody_may_read_is_no_test_and_an_ESB_that_keeps_its_deals_says_so()
    {
        using var api = await SignInAsync();
        using var unknown = await api.PostAsJsonAsync("api/setup/tests", new { connection = "esb", dealId = 987654 }, Cancelled);
        using var nowhere = await api.PostAsJsonAsync("api/setup/tests", new { connection = "nowhere", dealId = 1 }, Cancelled);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.NotFound), (unknown.StatusCode, nowhere.StatusCode));

        var deal = Source.AddDeal("Остаётся", rows: Crm.Rows);
        await api.PostAsJsonAsync("api/setup/tests", new { connection = "esb", dealId = deal, category = "0", stage = "NEW" }, Cancelled);
        var test = await ArrivedAsync(api);
        Esb.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.item.delete") { Code = "ACCESS_DENIED" });
        using var kept = await api.DeleteAsync(new Uri($"api/setup/tests/{test.GetProperty("transfer").GetString()}", UriKind.Relative), Cancelled);
        Esb.Faults.Clear();

        Assert.Equal(HttpStatusCode.Conflict, kept.StatusCode);
        Assert.Contains("удалите вручную", JsonNode.Parse(await kept.Content.ReadAsStringAsync(Cancelled))!["detail"]!.ToString(), StringComparison.Ordinal);
        Assert.True((await SetupAsync(api)).GetProperty("test").GetProperty("isThere").GetBoolean());
        await api.DeleteAsync(new Uri($"api/setup/tests/{test.GetProperty("transfer").GetString()}", UriKind.Relative), Cancelled);
    }

    [Fact]
    public async Task What_is_missing_is_said_in_words_and_fields_are_created_on_demand()
    {
        using var api = await SignInAsync();
        var checks = (await SetupAsync(api)).GetProperty("checks").EnumerateArray().Select(line => $"{line.GetProperty("status")}: {line.GetProperty("text")}").ToList();
        Assert.Contains("good: Права приложения выданы", checks);
        Assert.Contains("good: Робот «Отправить в ЕСБ» есть в дизайнере роботов", checks);
        Assert.Contains(checks, line => line.Contains("внутри частной сети", StringComparison.Ordinal));

        Source.Faults.Add(new FaultRule(FaultKind.Refuse, "bizproc.robot.list") { Code = "ERROR_METHOD_NOT_FOUND" });
        checks = [.. (await SetupAsync(api)).GetProperty("checks").EnumerateArray().Select(line => $"{line.GetProperty("status")}: {line.GetProperty("text")}")];
        Source.Faults.Clear();
        Assert.Contains(checks, line => line.StartsWith("bad: На тарифе этого портала нет роботов", StringComparison.Ordinal));

        using var fields = await api.PostAsync(new Uri("api/connections/esb/fields", UriKind.Relative), null, Cancelled);
        var created = await fields.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        Assert.Equal((4, 0), (created.GetProperty("there").GetArrayLength(), created.GetProperty("missing").GetArrayLength()));
    }

    private async Task<HttpClient> SignInAsync()
    {
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Stage.App.Url };
        var frame = new { memberId = Source.MemberId, accessToken = Stage.Sandbox.OAuthServer.Issue(Stage.Installation, 1).AccessToken, language = "ru" };
        using var session = await http.PostAsJsonAsync("api/session", frame, Cancelled);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await session.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("token").GetString());
        return http;
    }

    private static Task<JsonElement> SetupAsync(HttpClient api) => api.GetFromJsonAsync<JsonElement>("api/setup", Cancelled);

    private static async Task<JsonElement> ArrivedAsync(HttpClient api)
    {
        while (true)
        {
            var test = (await SetupAsync(api)).GetProperty("test");
            if (test.GetProperty("state").GetString() is "done" or "failed")
            {
                Assert.Equal("done", test.GetProperty("state").GetString());
                return test;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancelled);
        }
    }
}
