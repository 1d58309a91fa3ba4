using System.Text.Json;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Commands;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;

namespace B24RobotApp.Tests.Commands;

public sealed class CommandTests : IDisposable
{
    private readonly Bitrix24Stub _bitrix24 = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _bitrix24.Dispose();

    [Fact]
    public async Task Lists_can_be_read_while_the_server_runs()
    {
        await using var app = await StartAsync();
        await FailOneAsync(app);

        var portals = await RunAsync(app, "portals", "list");
        var connections = await RunAsync(app, "connections", "list");
        var transfers = await RunAsync(app, "transfers", "list", "--deal", "15", "--state", "failed");

        Assert.Contains(_bitrix24.Portal.Authority, portals.Output, StringComparison.Ordinal);
        Assert.Contains("connected", portals.Output, StringComparison.Ordinal);
        Assert.Contains("Head office", connections.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("webhooksecret", connections.Output, StringComparison.Ordinal);
        Assert.Contains("failed", transfers.Output, StringComparison.Ordinal);
        Assert.Equal([0, 0, 0], [portals.Code, connections.Code, transfers.Code]);
    }

    [Fact]
    public async Task A_title_or_an_error_commands_no_terminal_and_begins_no_line()
    {
        await using var app = await StartAsync();
        var id = await FailOneAsync(app);
        await app.Transfers.RecordReadAsync(id, "\u001b[2J\u001b]0;x\u0007title\r\nforged", null, "default@1", null, TestContext.Current.CancellationToken);

        foreach (var words in new string[][] { ["transfers", "list"], ["transfers", "show", id.Value], ["transfers", "list", "--json"], ["transfers", "show", id.Value, "--json"] })
        {
            var (_, output, _) = await RunAsync(app, words);
            Assert.DoesNotContain('\u001b', output);
            Assert.DoesNotContain('\u0007', output);
            Assert.DoesNotContain(output.Split('\n'), line => line.StartsWith("forged", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Keys_are_listed_and_added_and_secrets_are_closed_anew_beside_the_server()
    {
        await using var app = await StartAsync();

        var first = await RunAsync(app, "keys", "list", "--json");
        var added = await RunAsync(app, "keys", "new", "--json");
        var second = await RunAsync(app, "keys", "list", "--json");
        var renewed = await RunAsync(app, "keys", "renew", "--json");

        Assert.Equal([0, 0, 0, 0], [first.Code, added.Code, second.Code, renewed.Code]);
        var key = JsonElement.Parse(added.Output).GetProperty("key").GetString();
        var old = Assert.Single(JsonElement.Parse(first.Output).EnumerateArray()).GetProperty("id").GetString();
        Assert.Equal([key, old], JsonElement.Parse(second.Output).EnumerateArray().Select(one => one.GetProperty("id").GetString()));

        // The new one is not in use yet: running servers do not know it.
        Assert.Equal(old, JsonElement.Parse(renewed.Output).GetProperty("key").GetString());
        Assert.True(JsonElement.Parse(renewed.Output).GetProperty("renewed").GetInt32() >= 3);
        Assert.NotNull(await app.Get<TokenStore>().FindAsync(new TokenOwner(MemberId.Parse(Bitrix24Stub.Member), 1), Cancel));
    }

    [Fact]
    public async Task With_json_the_same_can_be_read_by_scripts()
    {
        await using var app = await StartAsync();
        var id = await FailOneAsync(app);

        var list = await RunAsync(app, "transfers", "list", "--json");
        var show = await RunAsync(app, "transfers", "show", id.Value, "--json");

        var row = Assert.Single(JsonElement.Parse(list.Output).EnumerateArray());
        Assert.Equal(id.Value, row.GetProperty("id").GetString());
        Assert.Equal("failed", row.GetProperty("state").GetString());
        Assert.Equal(15, JsonElement.Parse(show.Output).GetProperty("deal").GetInt64());
        Assert.NotEmpty(JsonElement.Parse(show.Output).GetProperty("attempts").EnumerateArray());
    }

    [Fact]
    public async Task Failed_transfers_are_grouped_by_cause_and_begin_anew_together()
    {
        await using var app = await StartAsync();
        await FailOneAsync(app);

        var causes = await RunAsync(app, "transfers", "failed", "--json");
        await app.StopAsync();
        var cause = JsonElement.Parse(causes.Output)[0];
        var code = cause.GetProperty("code").GetString()!;
        var count = await RunAsync(app, "transfers", "retry-all", "--cause", code, "--dry-run");
        var other = await RunAsync(app, "transfers", "retry-all", "--cause", "OTHER");
        var earlier = await RunAsync(app, "transfers", "retry-all", "--received-before", "2020-01-01");
        var later = await RunAsync(app, "transfers", "retry-all", "--received-from", "2099-01-01");
        var elsewhere = await RunAsync(app, "transfers", "retry-all", "--connection", "other");
        var retried = await RunAsync(app, "transfers", "retry-all", "--cause", code);
        var nothing = await RunAsync(app, "transfers", "failed");

        Assert.Equal((ExitCodes.ToActOn, 1), (causes.Code, cause.GetProperty("count").GetInt32()));
        Assert.NotEmpty(cause.GetProperty("example").GetString()!);
        Assert.Contains("1 failed transfers would begin anew", count.Output, StringComparison.Ordinal);
        Assert.All(new[] { other, earlier, later, elsewhere }, result => Assert.StartsWith("0 failed", result.Output, StringComparison.Ordinal));
        Assert.StartsWith("1 failed transfers are due", retried.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, nothing.Code);
    }

    [Fact]
    public async Task A_failed_transfer_begins_anew_by_a_command_which_a_running_server_notices_and_without_one_it_waits()
    {
        await using var app = await StartAsync();
        var id = await FailOneAsync(app);
        var before = (await app.Transfers.FindAsync(id, Cancel))!.Attempt;
        await NoticeAsync(app, () => Task.CompletedTask);

        var whileRunning = await RunAsync(app, "transfers", "retry", id.Value);
        await Eventually.Async(
            async () =>
            {
                app.Clock.Advance(TimeSpan.FromSeconds(1));
                return await app.Transfers.FindAsync(id, Cancel) is { State: TransferState.Failed, Attempt: var attempt } && attempt > before;
            },
            TimeSpan.FromSeconds(30),
            Cancel);
        await app.StopAsync();
        var afterwards = await RunAsync(app, "transfers", "retry", id.Value);
        var again = await RunAsync(app, "transfers", "retry", id.Value);

        Assert.Equal([0, 0, 1], [whileRunning.Code, afterwards.Code, again.Code]);
        Assert.Contains("queued", (await RunAsync(app, "transfers", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_portal_is_let_in_and_shut_out_while_the_server_runs()
    {
        await using var app = await StartAsync();
        var access = app.Get<B24RobotApp.Portals.PortalAccess>();
        var partner = new Uri("https://acme.bitrix24.ru/");
        Assert.False(access.IsAllowed(partner));

        (int Code, string Output, string Error) allowed = default, disallowed = default;
        await NoticeAsync(app, async () => allowed = await RunAsync(app, "portals", "allow", "ACME.bitrix24.ru"));
        var isAllowed = access.IsAllowed(partner);
        var list = await RunAsync(app, "portals", "list");
        var json = await RunAsync(app, "portals", "list", "--json");
        var again = await RunAsync(app, "portals", "allow", "acme.bitrix24.ru");
        await NoticeAsync(app, async () => disallowed = await RunAsync(app, "portals", "disallow", "acme.bitrix24.ru"));
        var configured = await RunAsync(app, "portals", "disallow", "127.0.0.1");
        var wrong = await RunAsync(app, "portals", "allow", "https://acme.bitrix24.ru/");

        Assert.Equal((true, false), (isAllowed, access.IsAllowed(partner)));
        Assert.Contains("Allowed by command: acme.bitrix24.ru", list.Output, StringComparison.Ordinal);
        Assert.Equal("acme.bitrix24.ru", JsonElement.Parse(json.Output).GetProperty("allowed").GetProperty("commands")[0].GetString());
        Assert.Contains("stands in the settings", configured.Error, StringComparison.Ordinal);
        Assert.Equal([0, 1, 0, 1, 2], [allowed.Code, again.Code, disallowed.Code, configured.Code, wrong.Code]);
    }

    [Fact]
    public async Task What_happened_to_a_deal_is_one_command_and_all_transfers_are_one_file()
    {
        await using var app = await StartAsync();
        var id = await FailOneAsync(app);
        await app.Transfers.RecordReadAsync(id, "=cmd;\"x\"", null, "default@1", null, Cancel);
        var file = Path.Combine(app.Folder, "transfers.csv");

        var show = await RunAsync(app, "transfers", "show", "--deal", "15");
        var nothing = await RunAsync(app, "transfers", "show", "--deal", "16");
        var neither = await RunAsync(app, "transfers", "show");
        var csv = await RunAsync(app, "transfers", "export", "--file", file);
        var output = await RunAsync(app, "transfers", "export", "--state", "failed");
        var json = await RunAsync(app, "transfers", "export", "--json");
        var none = await RunAsync(app, "transfers", "export", "--json", "--state", "parked");

        Assert.Contains($"Transfer    {id.Value}", show.Output, StringComparison.Ordinal);
        Assert.Contains("CONNECTION_UNKNOWN", show.Output, StringComparison.Ordinal);
        Assert.Equal([0, 1, 2, 0, 0, 0], [show.Code, nothing.Code, neither.Code, csv.Code, output.Code, json.Code]);
        Assert.Equal(await File.ReadAllTextAsync(file, Cancel), output.Output);
        Assert.Contains("\"'=cmd;\"\"x\"\"\"", output.Output, StringComparison.Ordinal);
        Assert.Equal(id.Value, Assert.Single(JsonElement.Parse(json.Output).EnumerateArray()).GetProperty("id").GetString());
        Assert.Empty(JsonElement.Parse(none.Output).EnumerateArray());
        Assert.Empty(Directory.EnumerateFiles(app.Folder, "*.part"));
    }

    [Fact]
    public async Task A_persons_data_is_erased_and_that_the_deal_was_sent_stays_known()
    {
        const string Secret = "Иванов-Секретный";
        await using var app = await StartAsync();
        var portal = await app.PortalAsync();
        var id = await FailOneAsync(app, $$"""{"connection":["unknown"],"comment":["{{Secret}}"]}""");
        await app.Transfers.RecordReadAsync(
            id, Secret, null, "default@1",
            new((await app.Transfers.FindAsync(id, Cancel))!.Request, "NEW", 0, TimeSpan.Zero), Cancel);
        var link = new Transfers.Links.Link(new(portal.MemberId, "esb", Transfers.Links.LinkedEntity.Deal, 15), 701, null);
        await app.Get<Transfers.Links.LinkStore>().SaveAsync([link], Transfers.Storage.Durability.Full, Cancel);
        await app.Transfers.TryAddAsync(Given.Transfer(portal: portal.Id, deal: 16, connection: "unknown"), Cancel);
        await WaitAndFollowAsync(app, portal.Id, id, Secret);
        Assert.True(Holds(app, Secret));

        var waiting = await RunAsync(app, "transfers", "erase", "--portal", _bitrix24.Portal.Authority, "--deal", "16");
        var waitedFor = await RunAsync(app, "transfers", "erase", "--portal", _bitrix24.Portal.Authority, "--deal", "17");
        var erased = await RunAsync(app, "transfers", "erase", "--portal", _bitrix24.Portal.Authority, "--deal", "15", "--json");

        Assert.Equal([1, 1, 0], [waiting.Code, waitedFor.Code, erased.Code]);
        Assert.Contains("1 transfers of deal 16 are not over", waiting.Error, StringComparison.Ordinal);
        Assert.Equal(1, JsonElement.Parse(erased.Output).GetProperty("erased").GetInt32());
        Assert.False(Holds(app, Secret));
        Assert.Equal(701, Assert.Single(await app.Get<Transfers.Links.LinkStore>().FindAsync([link.Key], Cancel)).Value.EsbId);
        Assert.Single(await app.Get<Transfers.CatchUp.RobotStageStore>().ListAsync(portal.Id, Cancel));
    }

    /// <summary>With a person's name: a wait of deal 15 that is over, and what was written back to it. And a wait of deal 17 that is not over.</summary>
    private static async Task WaitAndFollowAsync(TestApp app, PortalId portal, TransferId transfer, string name)
    {
        var waits = app.Get<WaitStore>();
        var now = app.Clock.GetUtcNow();
        foreach (var deal in new[] { 15, 17 })
        {
            await waits.TryAddAsync(
                new NewWait
                {
                    Id = $"{deal:D32}", Portal = portal, EventToken = $"wait {deal}", WorkflowId = $"{deal}", EntityTypeId = 2, ItemId = deal, Connection = "esb",
                    Properties = deal == 15 ? $$"""{"stage":["{{name}}"]}""" : "{}", NamesDeal = false, Waits = true, CalledAt = now, ReceivedAt = now, Verified = deal == 15,
                },
                Cancel);
        }

        var over = (await waits.FindAsync($"{15:D32}", Cancel))!;
        await waits.EndSilentlyAsync([(over, new WaitOutcome { Status = WaitStatus.Left, ResponsibleName = name, At = now })], Cancel);
        var followed = new FollowedItem
        {
            Portal = portal, Connection = "esb", EntityTypeId = 2, ItemId = 15, EsbHost = "esb", Esb = new EsbItem(2, 701), Profile = "default", Transfer = transfer, Sent = new() { ["title"] = name },
        };
        await app.Get<FollowStore>().FollowAsync(followed, now.AddDays(1), Cancel);
        await app.Get<FollowStore>().SeeAsync(
            followed, new() { ["title"] = name }, null, new WriteBack(now, [new WriteBackField("title", "title", name, null, name, WriteBackResult.Written)], null), Cancel);
    }

    [Fact]
    public async Task A_transfer_that_waits_is_cancelled_while_the_server_runs()
    {
        await using var app = await StartAsync();
        var transfer = Given.Transfer(portal: (await app.PortalAsync()).Id, deal: 15, connection: "unknown", receivedAt: app.Clock.GetUtcNow());
        await NoticeAsync(app, () => Task.CompletedTask);
        await app.Transfers.TryAddAsync(transfer, Cancel);

        var cancelled = await RunAsync(app, "transfers", "cancel", transfer.Id.Value);
        await Eventually.Async(
            async () =>
            {
                app.Clock.Advance(TimeSpan.FromSeconds(1));
                return await app.Transfers.FindAsync(transfer.Id, Cancel) is { State: TransferState.Failed, Outcome.ErrorCode: "CANCELLED" };
            },
            TimeSpan.FromSeconds(30),
            Cancel);
        var again = await RunAsync(app, "transfers", "cancel", transfer.Id.Value);

        Assert.Equal([0, 1], [cancelled.Code, again.Code]);
    }

    [Fact]
    public async Task Profiles_are_listed_and_exported_while_the_server_runs_and_imported_and_compared_when_it_does_not()
    {
        await using var app = await StartAsync();
        var file = Path.Combine(app.Folder, "profile.json");
        var export = await RunAsync(app, "profile", "export", "default", "--file", file);
        await app.StopAsync();
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace("\"from\": \"comments\"", "\"constant\": \"-\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var import = await RunAsync(app, "profile", "import", "default", file);
        var list = await RunAsync(app, "profile", "list");
        var versions = await RunAsync(app, "profile", "versions", "default", "--json");
        var diff = await RunAsync(app, "profile", "diff", "default@1", "default@2");

        Assert.Equal([0, 0, 0, 0, 0], [export.Code, import.Code, list.Code, versions.Code, diff.Code]);
        Assert.Matches("default +2 ", list.Output);
        Assert.Equal([2, 1], JsonElement.Parse(versions.Output).EnumerateArray().Select(version => version.GetProperty("version").GetInt32()));
        Assert.Equal(
            ["""- rules[comments]: {"to":"comments","from":"comments"}""", """+ rules[comments]: {"to":"comments","constant":"-"}"""],
            diff.Output.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_table_is_filled_listed_and_taken_over_from_a_file_when_no_server_runs()
    {
        await using var app = await StartAsync();
        await app.StopAsync();
        var file = Path.Combine(app.Folder, "table.json");

        var add = await RunAsync(app, "profile", "table", "add", "lists:UF_CRM_REGION", "Северо-Запад", "North West", "--label", "Регион", "--resend");
        var list = await RunAsync(app, "profile", "table", "list", "--json");
        await File.WriteAllTextAsync(file, list.Output, TestContext.Current.CancellationToken);
        var remove = await RunAsync(app, "profile", "table", "remove", "lists:UF_CRM_REGION", "Северо-Запад");
        var again = await RunAsync(app, "profile", "table", "remove", "lists:UF_CRM_REGION", "Северо-Запад");
        var import = await RunAsync(app, "profile", "table", "import", file);
        var wrong = await RunAsync(app, "profile", "table", "add", "region", "1", "2");

        Assert.Equal([0, 0, 0, 1, 0, 1], [add.Code, list.Code, remove.Code, again.Code, import.Code, wrong.Code]);
        Assert.Contains("North West", (await RunAsync(app, "profile", "table", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("There is no table region", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_portal_whose_token_has_ended_is_not_asked_and_no_token_is_renewed_beside_the_server()
    {
        await using var app = await StartAsync();
        await app.Portals.SaveCredentialsAsync((await app.PortalAsync()).Id, new(Bitrix24Stub.ClientId, new(Bitrix24Stub.ClientSecret)), TestContext.Current.CancellationToken);
        await Eventually.Async(() => _bitrix24.CallsOf("placement.get").Count >= 2, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await app.Get<Transfers.Portals.TokenStore>().SaveAsync(
            new Bitrix24.Values.TokenOwner((await app.PortalAsync()).MemberId, 1), Given.Tokens(expiresAt: app.Clock.GetUtcNow().AddHours(-1)), TestContext.Current.CancellationToken);
        var asked = _bitrix24.OAuthRequests.Count;

        var (code, _, error) = await RunAsync(app, "profile", "suggest");

        Assert.Equal(ExitCodes.ToActOn, code);
        Assert.Contains("has ended, and only the server may renew it", error, StringComparison.Ordinal);
        Assert.Equal(asked, _bitrix24.OAuthRequests.Count);
    }

    [Theory]
    [InlineData("profile", "export", "nothing")]
    [InlineData("profile", "versions", "nothing")]
    [InlineData("profile", "table", "list", "--connection", "nothing")]
    [InlineData("transfers", "show", "nothing")]
    [InlineData("transfers", "list", "--portal", "acme.bitrix24.ru")]
    public async Task What_is_not_there_is_said_in_a_line(params string[] words)
    {
        await using var app = await StartAsync();

        var (code, _, error) = await RunAsync(app, words);

        Assert.Equal(ExitCodes.ToActOn, code);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task The_manifest_names_this_servers_addresses()
    {
        await using var app = await StartAsync();

        var (code, output, _) = await RunAsync(app, "manifest");
        using var page = await app.GetAsync("/app-manifest");

        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains("https://robot.example.com/app\n", output, StringComparison.Ordinal);
        Assert.Contains("https://robot.example.com/install\n", output, StringComparison.Ordinal);
        Assert.Contains("crm, bizproc, placement, im, user_basic", output, StringComparison.Ordinal);
        Assert.Equal(output.TrimEnd(), (await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimEnd());
    }

    [Fact]
    public async Task The_check_says_in_words_what_is_wrong_with_a_webhook_and_a_portal()
    {
        await using var app = await StartAsync();

        var (code, output, _) = await RunAsync(app, "check");

        // The stub does not know the webhook's secret, and the app's keys were never entered.
        Assert.Equal(ExitCodes.ToActOn, code);
        Assert.Contains("BAD   connection esb", output, StringComparison.Ordinal);
        Assert.Contains("client_id and client_secret are not known", output, StringComparison.Ordinal);
        Assert.Contains("the robot is registered", output, StringComparison.Ordinal);
        Assert.DoesNotContain("webhooksecret", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_check_asks_no_portal_whose_token_has_ended_and_renews_none()
    {
        await using var app = await StartAsync();
        await Eventually.Async(() => _bitrix24.CallsOf("bizproc.robot.list").Count >= 2, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        var owner = new Bitrix24.Values.TokenOwner((await app.PortalAsync()).MemberId, 1);
        await app.Get<Transfers.Portals.TokenStore>().SaveAsync(
            owner, Given.Tokens(expiresAt: app.Clock.GetUtcNow().AddHours(-1)), TestContext.Current.CancellationToken);
        var asked = _bitrix24.OAuthRequests.Count;

        var (_, output, _) = await RunAsync(app, "check", "--json");

        Assert.Contains(
            JsonElement.Parse(output).GetProperty("checks").EnumerateArray(),
            check => check.GetProperty("text").GetString()!.Contains("the access token has ended", StringComparison.Ordinal));
        Assert.Equal(asked, _bitrix24.OAuthRequests.Count);
    }

    private async Task<TestApp> StartAsync()
    {
        var app = await TestApp.StartAsync(_bitrix24, Settings());
        await app.InstallAsync(_bitrix24);
        return app;
    }

    /// <summary>Does something beside the server, and lets it look twice: what it sees at its first look is where it begins.</summary>
    private static async Task NoticeAsync(TestApp app, Func<Task> outside)
    {
        var database = app.Get<Transfers.Storage.StoreDatabase>();
        await database.LookOutsideAsync(Cancel);
        await outside();
        await database.LookOutsideAsync(Cancel);
    }

    private static bool Holds(TestApp app, string text)
    {
        foreach (var file in Directory.EnumerateFiles(app.Folder, "b24robot.sqlite3*").Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            if (copy.GetBuffer().AsSpan(0, (int)copy.Length).IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private static async Task<TransferId> FailOneAsync(TestApp app, string properties = """{"connection":["unknown"]}""")
    {
        var transfer = Given.Transfer(portal: (await app.PortalAsync()).Id, deal: 15, connection: "unknown", properties: properties);
        await app.Transfers.TryAddAsync(transfer, TestContext.Current.CancellationToken);
        app.Get<TransferSignal>().Wake(new Lane(transfer.Portal, transfer.Connection));
        await Eventually.Async(
            async () => (await app.Transfers.FindAsync(transfer.Id, TestContext.Current.CancellationToken))?.State == TransferState.Failed,
            TimeSpan.FromSeconds(30),
            TestContext.Current.CancellationToken);
        return transfer.Id;
    }

    private Dictionary<string, string?> Settings() => new()
    {
        ["Esb:Connections:0:Code"] = "esb",
        ["Esb:Connections:0:Name"] = "Head office",
        ["Esb:Connections:0:WebhookUrl"] = $"{_bitrix24.Portal}rest/1/webhooksecret/",
        ["Esb:Connections:0:Portals:0"] = "127.0.0.1",
    };

    private async Task<(int Code, string Output, string Error)> RunAsync(TestApp app, params string[] words)
    {
        var settings = new Dictionary<string, string?>(Settings())
        {
            ["App:PublicUrl"] = TestApp.PublicUrl,
            ["App:DataDirectory"] = app.Folder,
            ["Bitrix24:AllowHttp"] = "true",
            ["Bitrix24:OAuthServers:0"] = _bitrix24.OAuth.AbsoluteUri,
            ["Bitrix24:AllowedPortals:0"] = "127.0.0.1",
        };
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(
            [.. words, .. settings.Select(setting => $"--{setting.Key}={setting.Value}")], output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
