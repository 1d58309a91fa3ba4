using System.Text.Json;
using B24RobotApp.Commands;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Tests.Commands;

public sealed class CommandTests : IDisposable
{
    private readonly Bitrix24Stub _bitrix24 = new();

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
    public async Task A_failed_transfer_begins_anew_when_no_server_runs_and_is_refused_while_one_does()
    {
        await using var app = await StartAsync();
        var id = await FailOneAsync(app);

        var whileRunning = await RunAsync(app, "transfers", "retry", id.Value);
        await app.StopAsync();
        var afterwards = await RunAsync(app, "transfers", "retry", id.Value);
        var again = await RunAsync(app, "transfers", "retry", id.Value);

        Assert.Equal(ExitCodes.ToActOn, whileRunning.Code);
        Assert.Contains("in use by another process", whileRunning.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, afterwards.Code);
        Assert.Equal(ExitCodes.ToActOn, again.Code);
        Assert.Contains("queued", (await RunAsync(app, "transfers", "list")).Output, StringComparison.Ordinal);
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

    private static async Task<TransferId> FailOneAsync(TestApp app)
    {
        var transfer = Given.Transfer(portal: (await app.PortalAsync()).Id, deal: 15, connection: "unknown", properties: """{"connection":["unknown"]}""");
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
