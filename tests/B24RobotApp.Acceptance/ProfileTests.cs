using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;

namespace B24RobotApp.Acceptance;

/// <summary>Suggest, validate and dry run against live portals, by the command line beside a running server and by the pages' API.</summary>
public sealed class ProfileTests(ProfileTests.Fixture fixture) : StageTests(fixture), IClassFixture<ProfileTests.Fixture>
{
    public sealed class Fixture : StageFixture;

    [Fact]
    public async Task A_profile_is_suggested_whose_document_is_valid_for_both_portals()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var (suggested, output) = await RunAsync("profile", "suggest", "--json", "--file", file);
            var (valid, findings) = await RunAsync("profile", "validate", file, "--json");

            Assert.Equal(0, suggested);
            Assert.Contains(
                JsonElement.Parse(output).GetProperty("fields").EnumerateArray(),
                pair => pair.GetProperty("from").GetString() == "title" && pair.GetProperty("reasons")[0].GetProperty("code").GetString() == "sameSystemField");
            Assert.Equal(0, valid);
            Assert.DoesNotContain("\"error\"", findings, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_profile_that_does_not_fit_is_something_to_act_on()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await File.WriteAllTextAsync(file, """{"schema":1,"name":{},"rules":[{"to":"UF_CRM_NOTHING","from":"title"}]}""", Cancelled);

            var (code, output) = await RunAsync("profile", "validate", file, "--language", "ru");

            Assert.Equal(1, code);
            Assert.Contains("$.rules[0].to: На ЕСБ у сделки нет поля «UF_CRM_NOTHING»", output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_dry_run_shows_what_is_sent_and_sends_nothing()
    {
        var deal = Source.AddDeal("Пробная", rows: Crm.Rows);
        Calm();

        var (code, output) = await RunAsync("profile", "dry-run", "--deal", $"{deal}", "--json");

        Assert.Equal(0, code);
        var report = JsonElement.Parse(output);
        Assert.Equal("create", report.GetProperty("outcome").GetString());
        Assert.Equal(2, report.GetProperty("rows").GetArrayLength());
        Assert.DoesNotContain(Written(), method => method.EndsWith(".add", StringComparison.Ordinal) || method.EndsWith(".update", StringComparison.Ordinal) || method.EndsWith(".set", StringComparison.Ordinal));
        Assert.Empty(Stage.EsbDealsOf(deal));

        await Stage.SendToEndAsync(deal);
        Assert.Equal("Пробная", (string?)Stage.OneEsbDealOf(deal)["title"]);
        var title = report.GetProperty("fields").EnumerateArray().Single(field => field.GetProperty("field").GetString() == "title");
        Assert.Equal("Пробная", title.GetProperty("after").GetString());
    }

    [Fact]
    public async Task The_pages_get_the_same_by_the_portals_own_token()
    {
        var deal = Source.AddDeal("Со страницы");
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var http = new HttpClient(handler) { BaseAddress = Stage.App.Url };
        var token = Stage.Sandbox.OAuthServer.Issue(Stage.Installation, 1).AccessToken;
        using var session = await http.PostAsJsonAsync("api/session", new { memberId = Source.MemberId, accessToken = token, language = "ru" }, Cancelled);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", (await session.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("token").GetString());

        using var dryRun = await http.PostAsJsonAsync("api/profiles/dry-run", new { connection = "esb", dealId = deal }, Cancelled);
        using var suggest = await http.PostAsJsonAsync("api/profiles/suggest", new { connection = "esb" }, Cancelled);
        using var gone = await http.PostAsJsonAsync("api/profiles/dry-run", new { connection = "esb", dealId = 999_999 }, Cancelled);

        Assert.Equal("create", (await dryRun.Content.ReadFromJsonAsync<JsonObject>(Cancelled))!["outcome"]!.ToString());
        Assert.NotEmpty((await suggest.Content.ReadFromJsonAsync<JsonObject>(Cancelled))!["fields"]!.AsArray());
        Assert.Equal("DEAL_NOT_FOUND", (await gone.Content.ReadFromJsonAsync<JsonObject>(Cancelled))!["code"]!.ToString());
        Assert.Empty(Stage.EsbDealsOf(deal));
    }

    private IEnumerable<string> Written() =>
        Source.Journal.Entries.Concat(Esb.Journal.Entries).SelectMany(entry => entry.Calls.Count > 0 ? entry.Calls.Select(call => call.Method) : [entry.Method]);
}
