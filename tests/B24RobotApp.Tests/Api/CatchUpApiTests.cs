using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Commands;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Tests.Api;

/// <summary>Lost calls in the pages' API and on the command line, at a portal that answers what the test says.</summary>
public sealed class CatchUpApiTests : ApiTestBase
{
    [Fact]
    public async Task An_administrator_sees_what_may_have_been_missed_sends_some_and_says_no_to_others()
    {
        await using var app = await StartAsync();
        await LoseAsync(app);
        await SignInAsync(app);

        var view = await JsonAsync(app, "/api/catch-up");
        var candidates = view.GetProperty("candidates").EnumerateArray().ToList();
        Assert.Equal(("ask", true, false), (view.GetProperty("mode").GetString(), view.GetProperty("isToActOn").GetBoolean(), view.GetProperty("tellsWorkflows").GetBoolean()));
        Assert.Equal([15, 16], candidates.Select(candidate => candidate.GetProperty("itemId").GetInt64()));
        Assert.Equal("likely", candidates[0].GetProperty("verdict").GetString());
        Assert.EndsWith("/crm/deal/details/15/", candidates[0].GetProperty("itemUrl").GetString(), StringComparison.Ordinal);
        Assert.Equal(["Пришла с другой стадии, значит, не импортирована"], candidates[0].GetProperty("for").EnumerateArray().Select(text => text.GetString()));
        Assert.Equal("""{"connection":["esb"]}""", Assert.Single(view.GetProperty("stages").EnumerateArray()).GetProperty("properties").GetRawText());

        using var sent = await PostAsync(app, "/api/catch-up/send", Keys(candidates[0], "caught up|send_to_esb|2|99|NEW|esb|1"));
        using var again = await PostAsync(app, "/api/catch-up/send", Keys(candidates[0]));
        using var dismissed = await PostAsync(app, "/api/catch-up/dismiss", Keys(candidates[1], "made up"));
        using var mode = await PutAsync(app, "/api/catch-up/mode", """{"mode":"send"}""");

        Assert.Equal((1, 0), (await CountAsync(sent), await CountAsync(again)));
        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.NoContent], [dismissed.StatusCode, mode.StatusCode]);
        var transfer = Assert.Single(await app.Transfers.OfItemsAsync((await app.PortalAsync()).Id, 2, [15], Cancel));
        Assert.Equal((true, false, """{"connection":["esb"]}"""), (transfer.IsCaughtUp, transfer.Request.Waits, transfer.Request.Properties));
        view = await JsonAsync(app, "/api/catch-up");
        Assert.Equal("send", view.GetProperty("mode").GetString());
        Assert.Empty(view.GetProperty("candidates").EnumerateArray());
        Assert.Single(await app.Get<CatchUpChoices>().DismissedAsync((await app.PortalAsync()).Id, Cancel));
    }

    [Fact]
    public async Task Who_is_no_administrator_neither_sees_nor_does_anything()
    {
        await using var app = await StartAsync();
        await LoseAsync(app);
        await SignInAsync(app, isAdministrator: false);

        Assert.Equal(HttpStatusCode.Forbidden, (await app.GetAsync("/api/catch-up")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PutAsync(app, "/api/catch-up/mode", """{"mode":"send"}""")).StatusCode);
        foreach (var path in new[] { "send", "dismiss", "workflows/66e412fdc9bd44.36306599/end" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(app, $"/api/catch-up/{path}", """{"keys":[]}""")).StatusCode);
        }

        Assert.Empty(await app.Transfers.ListAsync(new TransferQuery(), Cancel));
    }

    [Fact]
    public async Task A_workflow_that_is_not_among_those_found_is_not_ended()
    {
        await using var app = await StartAsync();
        await LoseAsync(app);
        await SignInAsync(app);

        using var answer = await PostAsync(app, "/api/catch-up/workflows/66e412fdc9bd44.36306599/end", "");

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("Обновите список", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Empty(Bitrix24.CallsOf("bizproc.workflow.terminate"));
    }

    [Fact]
    public async Task The_command_lists_and_sends_beside_the_running_server_which_takes_it_up()
    {
        await using var app = await StartAsync();
        var nothing = await RunAsync(app, "catch-up");
        await LoseAsync(app);
        var told = await RunAsync(app, "catch-up", "--from", "2020-03-01T10:00+03:00", "--to", "2020-03-01T11:30+03:00");

        var list = await RunAsync(app, "catch-up");
        var json = await RunAsync(app, "catch-up", "--json", "--language", "ru");
        var mode = await RunAsync(app, "catch-up", "--mode", "send", "--portal", Bitrix24.Portal.Authority);
        var sent = await RunAsync(app, "catch-up", "--send");
        var all = await RunAsync(app, "catch-up", "--send", "--doubtful");

        Assert.Equal([ExitCodes.Done, ExitCodes.ToActOn, ExitCodes.ToActOn, ExitCodes.ToActOn, ExitCodes.ToActOn, ExitCodes.Done], [nothing.Code, list.Code, json.Code, mode.Code, sent.Code, all.Code]);
        Assert.Contains("2 times without listening", told.Output, StringComparison.Ordinal);
        Assert.Contains("not listening 2020-03-01 07:00:00 - 2020-03-01 08:30:00 UTC", told.Output, StringComparison.Ordinal);
        Assert.Contains("0 sent now, 2 left", list.Output, StringComparison.Ordinal);
        Assert.Contains("stage NEW (deal) to esb", list.Output, StringComparison.Ordinal);
        Assert.Contains("+ It came from another stage", list.Output, StringComparison.Ordinal);
        Assert.Equal(2, JsonElement.Parse(json.Output)[0].GetProperty("left").GetProperty("candidates").GetArrayLength());
        Assert.Equal(CatchUpMode.Send, await app.Get<CatchUpChoices>().ModeAsync((await app.PortalAsync()).Id, Cancel));
        Assert.Contains("1 sent now, 1 left", sent.Output, StringComparison.Ordinal);
        Assert.Contains("1 sent now, 0 left", all.Output, StringComparison.Ordinal);
        Assert.Equal([15, 16], (await app.Transfers.ListAsync(new TransferQuery(), Cancel)).Select(transfer => transfer.Request.ItemId).Order());

        // Nobody has woken the server's queue; it looks by itself.
        await Eventually.Async(
            async () =>
            {
                app.Clock.Advance(TimeSpan.FromSeconds(10));
                return (await app.Transfers.ListAsync(new TransferQuery(), Cancel)).All(transfer => transfer.Attempt > 0);
            },
            TimeSpan.FromSeconds(30),
            Cancel);
    }

    [Theory]
    [InlineData(ExitCodes.WrongUse, "catch-up", "--doubtful")]
    [InlineData(ExitCodes.WrongUse, "catch-up", "--mode", "sometimes")]
    [InlineData(ExitCodes.WrongUse, "catch-up", "now")]
    [InlineData(ExitCodes.WrongUse, "catch-up", "--to", "2020-03-01T10:00Z")]
    [InlineData(ExitCodes.WrongUse, "catch-up", "--from", "2020-03-01T10:00Z", "--to", "2020-03-01T09:00Z")]
    [InlineData(ExitCodes.ToActOn, "catch-up", "--portal", "acme.bitrix24.ru")]
    public async Task Wrong_use_is_told_from_something_to_act_on(int code, params string[] words)
    {
        await using var app = await StartAsync();

        Assert.Equal(code, (await RunAsync(app, words)).Code);
    }

    [Fact]
    public async Task A_portal_whose_token_has_ended_is_not_asked_by_the_command()
    {
        await using var app = await StartAsync();
        await LoseAsync(app);
        await app.Get<Transfers.Portals.TokenStore>().SaveAsync(
            new Bitrix24.Values.TokenOwner((await app.PortalAsync()).MemberId, 1), Given.Tokens(expiresAt: app.Clock.GetUtcNow().AddHours(-1)), Cancel);

        var (code, output, _) = await RunAsync(app, "catch-up");

        Assert.Equal(ExitCodes.ToActOn, code);
        Assert.Contains("only the server may renew it", output, StringComparison.Ordinal);
    }

    /// <summary>An hour in which the app did not listen; deal 15 came to the robot's stage from another one, deal 16 was created there or imported.</summary>
    private async Task LoseAsync(TestApp app)
    {
        var portal = await app.PortalAsync();
        var now = app.Clock.GetUtcNow();
        for (var deal = 1; deal <= 2; deal++)
        {
            var call = Given.Transfer(portal.Id, deal, $"event-{deal}", "esb", now.AddHours(-3).AddMinutes(deal), properties: """{"connection":["esb"]}""");
            await app.Transfers.TryAddAsync(call, Cancel);
            await app.Transfers.RecordReadAsync(call.Id, "x", null, "default@1", new StageSighting(call, "NEW", 0, TimeSpan.Zero), Cancel);
            await app.Transfers.CancelAsync(call.Id, "x", Cancel);
        }

        await app.Transfers.EraseAsync(portal.Id, Cancel);
        await app.SetGapAsync(now.AddHours(-2), now.AddHours(-1));
        Bitrix24.Refuses = method => method == "bizproc.workflow.instances" ? (404, "ERROR_METHOD_NOT_FOUND") : null;
        string At(double minutes) => now.AddMinutes(minutes).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        Bitrix24.Answers = (method, parameters) => method switch
        {
            "crm.stagehistory.list" when parameters["filter"]!["<CREATED_TIME"] is not null => new JsonObject { ["items"] = new JsonArray() },
            "crm.stagehistory.list" => new JsonObject
            {
                ["items"] = new JsonArray([.. new[]
                {
                    Line(31, 1, 15, At(-300), "PREPARATION"), Line(35, 2, 15, At(-100), "NEW"), Line(37, 1, 16, At(-90), "NEW"),
                }.Where(line => parameters["filter"]!["@OWNER_ID"] is not null || line["STAGE_ID"]!.ToString() == "NEW")]),
            },
            "crm.item.list" => new JsonObject
            {
                ["items"] = parameters["filter"]!["@id"] is null
                    ? new JsonArray()
                    : new JsonArray(Item(15, At(-300)), Item(16, At(-90))),
            },
            _ => null,
        };
    }

    private static JsonObject Line(int id, int type, int owner, string at, string stage) => new()
    {
        ["ID"] = id, ["TYPE_ID"] = type, ["OWNER_ID"] = owner, ["CREATED_TIME"] = at, ["CATEGORY_ID"] = 0, ["STAGE_SEMANTIC_ID"] = "P", ["STAGE_ID"] = stage,
    };

    private static JsonObject Item(int id, string createdAt) => new() { ["id"] = id, ["title"] = $"Сделка {id}", ["stageId"] = "NEW", ["createdTime"] = createdAt };

    private static string Keys(JsonElement candidate, params string[] more) => JsonSerializer.Serialize(new { keys = more.Prepend(candidate.GetProperty("key").GetString()) });

    private static async Task<int> CountAsync(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("count").GetInt32();

    private async Task<(int Code, string Output, string Error)> RunAsync(TestApp app, params string[] words)
    {
        var settings = new Dictionary<string, string?>
        {
            ["App:PublicUrl"] = TestApp.PublicUrl,
            ["App:DataDirectory"] = app.Folder,
            ["Bitrix24:AllowHttp"] = "true",
            ["Bitrix24:OAuthServers:0"] = Bitrix24.OAuth.AbsoluteUri,
            ["Bitrix24:AllowedPortals:0"] = "127.0.0.1",
        };
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync([.. words, .. settings.Select(setting => $"--{setting.Key}={setting.Value}")], output, error, Cancel);
        return (code, output.ToString(), error.ToString());
    }
}
