using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Connections;
using Microsoft.Extensions.Hosting;

namespace B24RobotApp.Tests.Api;

public sealed class TransferApiTests : ApiTestBase
{
    [Fact]
    public async Task The_list_is_paged_filtered_and_searched()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        for (var deal = 1; deal <= 5; deal++)
        {
            await FailAsync(app, $"Проблема {deal}", deal);
        }

        var first = await JsonAsync(app, "/api/transfers?most=2");
        var second = await JsonAsync(app, $"/api/transfers?most=2&before={first.GetProperty("before").GetInt64()}");
        var found = await JsonAsync(app, "/api/transfers?state=failed&text=проблема 3");
        var ofDeal = await JsonAsync(app, "/api/transfers?item=4");
        using var wrong = await app.GetAsync("/api/transfers?state=nowhere");

        Assert.Equal([5, 4], Items(first));
        Assert.Equal([3, 2], Items(second));
        Assert.Equal([3], Items(found));
        Assert.Equal(JsonValueKind.Null, found.GetProperty("before").ValueKind);
        Assert.Equal([4], Items(ofDeal));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Empty((await JsonAsync(app, "/api/transfers?state=done")).GetProperty("rows").EnumerateArray());
    }

    [Fact]
    public async Task The_list_is_had_as_a_file_in_which_no_title_is_a_formula()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        await FailAsync(app, "Сказано: \"нет\"; дальше", 1);
        await FailAsync(app, "=1+1", 2);

        using var answer = await app.GetAsync("/api/transfers/export?state=failed");
        var bytes = await answer.Content.ReadAsByteArrayAsync(Cancel);
        var lines = System.Text.Encoding.UTF8.GetString(bytes).TrimStart('\ufeff').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        using var wrong = await app.GetAsync("/api/transfers/export?state=nowhere");

        Assert.Equal(("text/csv", "transfers.csv"), (answer.Content.Headers.ContentType?.MediaType, answer.Content.Headers.ContentDisposition?.FileName));
        Assert.Equal([0xEF, 0xBB, 0xBF], bytes.Take(3));
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("\"Передача\";\"Вид\";", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"'=1+1\"", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"Сказано: \"\"нет\"\"; дальше\"", lines[2], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task A_transfers_story_has_its_attempts_and_what_the_robot_was_set_to()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var id = await FailAsync(app, "Нет соответствия");

        var story = await JsonAsync(app, $"/api/transfers/{id.Value}");

        Assert.Equal("TABLE_MISSING", story.GetProperty("transfer").GetProperty("errorCode").GetString());
        Assert.EndsWith("/crm/deal/details/15/", story.GetProperty("transfer").GetProperty("itemUrl").GetString(), StringComparison.Ordinal);
        Assert.Single(story.GetProperty("attempts").EnumerateArray());
        Assert.Equal(JsonValueKind.Object, story.GetProperty("properties").ValueKind);
    }

    [Fact]
    public async Task What_has_changed_is_told_as_it_happens_until_the_server_stops()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/transfers/changes");
        using var answer = await app.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancel));

        var before = await NextAsync();
        await FailAsync(app, "Нет соответствия");
        JsonElement after;
        do
        {
            after = await NextAsync();
        }
        while (!after.GetProperty("counts").TryGetProperty("failed", out _));

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no", answer.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.Empty(before.GetProperty("counts").EnumerateObject());
        Assert.Equal(1, after.GetProperty("counts").GetProperty("failed").GetInt32());

        var end = lines.ReadToEndAsync(Cancel);
        app.Get<IHostApplicationLifetime>().StopApplication();
        await end;

        async Task<JsonElement> NextAsync()
        {
            while (true)
            {
                var read = lines.ReadLineAsync(Cancel).AsTask();
                await Eventually.Async(
                    () =>
                    {
                        app.Clock.Advance(TimeSpan.FromSeconds(1));
                        return Task.FromResult(read.IsCompleted);
                    },
                    TimeSpan.FromSeconds(30),
                    Cancel);
                if (await read is { } line && line.StartsWith("data:", StringComparison.Ordinal))
                {
                    return JsonElement.Parse(line["data:".Length..]);
                }
            }
        }
    }

    [Fact]
    public async Task The_summary_counts_states_and_days_and_names_the_causes()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        await FailAsync(app, "a", 1);
        await FailAsync(app, "b", 2);

        var summary = await JsonAsync(app, "/api/transfers/summary");
        var cause = Assert.Single((await JsonAsync(app, "/api/transfers/causes")).EnumerateArray());

        Assert.Equal(2, summary.GetProperty("counts").GetProperty("failed").GetInt64());
        var day = Assert.Single(summary.GetProperty("days").EnumerateArray());
        Assert.Equal((0, 2, $"{app.Clock.GetUtcNow():yyyy-MM-dd}"), (day.GetProperty("arrived").GetInt64(), day.GetProperty("failed").GetInt64(), day.GetProperty("day").GetString()));
        Assert.Equal(("TABLE_MISSING", 2), (cause.GetProperty("code").GetString(), cause.GetProperty("count").GetInt32()));
    }

    [Fact]
    public async Task Failed_transfers_begin_anew_one_by_one_or_all_of_a_cause()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var first = await FailAsync(app, "a", 1);
        await FailAsync(app, "b", 2);
        await FailAsync(app, "c", 3);

        using var one = await PostAsync(app, $"/api/transfers/{first.Value}/retry", "");
        using var others = await PostAsync(app, "/api/transfers/retry", """{"code":"NOTHING_LIKE_IT"}""");
        using var rest = await PostAsync(app, "/api/transfers/retry", """{"code":"TABLE_MISSING","connection":"esb"}""");

        Assert.Equal(HttpStatusCode.OK, one.StatusCode);
        Assert.Equal(0, (await others.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("count").GetInt32());
        Assert.Equal(2, (await rest.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task What_waits_is_cancelled_and_its_robot_told_and_what_has_ended_is_not()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var failed = await FailAsync(app, "a", 1);
        var waiting = Given.Transfer((await app.PortalAsync()).Id, 9, "event-9", "esb", app.Clock.GetUtcNow());
        await app.Transfers.TryAddAsync(waiting, Cancel);

        using var done = await PostAsync(app, $"/api/transfers/{waiting.Id.Value}/cancel", "");
        using var late = await PostAsync(app, $"/api/transfers/{failed.Value}/cancel", "");

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Conflict), (done.StatusCode, late.StatusCode));
        Assert.Equal("CANCELLED", (await app.Transfers.FindAsync(waiting.Id, Cancel))!.Outcome!.ErrorCode);
    }

    [Fact]
    public async Task No_transfer_of_another_portal_answers_and_who_is_no_administrator_changes_none()
    {
        await using var app = await StartAsync();
        var other = await app.Portals.SaveInstallationAsync(Given.Installation(2), Cancel);
        var theirs = Given.Transfer(other.Id, 7, "event-7", "esb", app.Clock.GetUtcNow());
        await app.Transfers.TryAddAsync(theirs, Cancel);
        var ours = await FailAsync(app, "a", 1);
        await SignInAsync(app);

        Assert.Equal([1], Items(await JsonAsync(app, "/api/transfers")));
        Assert.Equal(1, (await JsonAsync(app, "/api/transfers/summary")).GetProperty("counts").EnumerateObject().Sum(count => count.Value.GetInt64()));
        Assert.Equal(HttpStatusCode.NotFound, (await app.GetAsync($"/api/transfers/{theirs.Id.Value}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(app, $"/api/transfers/{theirs.Id.Value}/retry", "")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(app, $"/api/transfers/{theirs.Id.Value}/cancel", "")).StatusCode);

        await SignInAsync(app, isAdministrator: false);
        Assert.Equal(HttpStatusCode.OK, (await app.GetAsync($"/api/transfers/{ours.Value}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, $"/api/transfers/{ours.Value}/retry", "")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, $"/api/transfers/{ours.Value}/cancel", "")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, "/api/transfers/retry", """{"code":"x"}""")).StatusCode);
    }

    [Fact]
    public async Task Every_address_of_the_document_wants_a_session()
    {
        await using var app = await StartAsync();
        var paths = (await JsonAsync(app, "/api/openapi.json")).GetProperty("paths");
        var asked = 0;
        foreach (var path in paths.EnumerateObject().Where(path => path.Name.StartsWith("/api/", StringComparison.Ordinal) && path.Name != "/api/session"))
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                using var request = new HttpRequestMessage(new HttpMethod(operation.Name.ToUpperInvariant()), System.Text.RegularExpressions.Regex.Replace(path.Name, @"\{\w+\}", "1"));
                request.Content = operation.Name is "get" or "delete" ? null : JsonContent.Create(new { });
                using var answer = await app.Http.SendAsync(request, Cancel);
                Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{operation.Name} {path.Name}: {answer.StatusCode}");
                asked++;
            }
        }

        Assert.InRange(asked, 20, 200);
    }

    [Fact]
    public async Task A_portal_adds_its_own_connection_and_the_webhook_never_comes_back()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        const string Secret = "anothersecret12";
        var webhook = $"{Bitrix24.Portal}rest/1/{Secret}/";

        using var same = await PostAsync(app, "/api/connections", JsonSerializer.Serialize(new { name = "ЕСБ", webhooks = new[] { webhook } }));
        using var unreadable = await PostAsync(app, "/api/connections", """{"webhooks":["https://esb.example/"]}""");
        using var none = await PostAsync(app, "/api/connections", """{"name":"x"}""");

        // The stub is one portal only, and a portal is not its own ESB.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, same.StatusCode);
        Assert.DoesNotContain(Secret, await same.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity), (unreadable.StatusCode, none.StatusCode));
        Assert.DoesNotContain("webhooksecret", (await JsonAsync(app, "/api/connections")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_of_the_host_or_of_another_portal_is_not_changed_from_here()
    {
        await using var app = await StartAsync();
        var other = await app.Portals.SaveInstallationAsync(Given.Installation(2), Cancel);
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("theirs", owner: other.Id), Cancel);
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("ours", owner: (await app.PortalAsync()).Id), Cancel);
        await SignInAsync(app);

        Assert.Equal(["esb False", "ours True"], (await JsonAsync(app, "/api/connections")).EnumerateArray().Select(row => $"{row.GetProperty("code")} {row.GetProperty("isOwn").GetBoolean()}"));
        Assert.Equal(HttpStatusCode.Conflict, (await app.Http.DeleteAsync(new Uri("/api/connections/esb", UriKind.Relative), Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await PutAsync(app, "/api/connections/esb", """{"name":"x"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.DeleteAsync(new Uri("/api/connections/theirs", UriKind.Relative), Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PutAsync(app, "/api/connections/theirs", """{"name":"x"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(app, "/api/connections/theirs/check", "")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await app.Http.DeleteAsync(new Uri("/api/connections/ours", UriKind.Relative), Cancel)).StatusCode);
        await SignInAsync(app, isAdministrator: false);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, "/api/connections/esb/check", "")).StatusCode);
        Assert.Equal("127.0.0.1", (await JsonAsync(app, "/api/me")).GetProperty("portal").GetString()!.Split(':')[0]);
    }

    private static IEnumerable<long> Items(JsonElement page) => page.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("itemId").GetInt64());
}
