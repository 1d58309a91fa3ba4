using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using B24RobotApp.Monitoring;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Connections;

namespace B24RobotApp.Tests.Deployment;

/// <summary>What lies in scripts/deploy speaks of things that exist.</summary>
public sealed partial class DeployTests
{
    private const string Token = "a-token-for-prometheus";

    // Written by the runtime itself, some of them only once there is something to tell.
    private static readonly string[] OfTheRuntime = ["dotnet_process_memory_working_set_bytes", "dotnet_process_cpu_time_seconds_total", "dotnet_exceptions_total"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dashboard_and_alert_rules_name_measurements_that_the_app_makes_and_no_others()
    {
        using var bitrix24 = new Bitrix24Stub();
        using var esb = new WebhookStub();
        await using var app = await TestApp.StartAsync(bitrix24, new() { ["App:MetricsToken"] = Token });
        await app.InstallAsync(bitrix24);
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("esb", esb.Webhook(1), null, "nobody.example.com"), Cancel);
        Transfers.Queue.TransferMetrics.Parked();
        Transfers.Queue.TransferMetrics.PutOff("write", Bitrix24.Errors.FailureKind.NotExecuted);
        await app.Get<Transfers.Running.EsbPortals>().CallAsync((await app.Get<ConnectionStore>().FindAsync("esb", Cancel))!, new Bitrix24.Calls.Call("crm.item.list", []));
        await app.Get<Bitrix24.OAuth.OAuthServer>().RefreshAsync(
            bitrix24.OAuth, new(Bitrix24Stub.ClientId, new(Bitrix24Stub.ClientSecret)), new(bitrix24.Issue().Refresh), Cancel);
        using var taken = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(bitrix24, bitrix24.Issue()));

        var made = new HashSet<string>();
        await Eventually.Async(
            async () =>
            {
                app.Clock.Advance(WorkWatch.Every);
                made = await MetricsAsync(app);
                return made.Contains("b24robot_store_commits_total") && made.Contains("b24robot_transfers_finished_total") && made.Contains("b24robot_portal_operating_used_seconds") && made.Contains("b24robot_token_refreshes_total")
                    && made.Contains("b24robot_transfer_duration_seconds_bucket");
            },
            TimeSpan.FromSeconds(30),
            Cancel);

        var folder = Path.Combine(RepositoryRoot(), "scripts", "deploy");
        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "grafana-dashboard.json"), Cancel));
        var expressions = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!)
            .Concat((await File.ReadAllLinesAsync(Path.Combine(folder, "prometheus-rules.yml"), Cancel)).Where(line => line.TrimStart().StartsWith("expr:", StringComparison.Ordinal)))
            .ToList();
        var named = expressions.SelectMany(expression => Name().Matches(expression).Select(match => match.Value)).ToHashSet(StringComparer.Ordinal);
        Assert.InRange(expressions.Count, 30, 100);
        Assert.Empty(named.Except(made).Except(OfTheRuntime));
        Assert.Contains("dotnet_process_memory_working_set_bytes", made);

        // And nothing is measured that nobody looks at.
        var own = made.Where(name => name.StartsWith("b24robot_", StringComparison.Ordinal) && !name.EndsWith("_sum", StringComparison.Ordinal) && !name.EndsWith("_count", StringComparison.Ordinal));
        Assert.Empty(own.Except(named).Except(["b24robot_portal_request_calls_bucket"]));
    }

    [Fact]
    public async Task The_unit_is_as_strict_as_it_says()
    {
        var unit = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot(), "scripts", "deploy", "b24robot.service"), Cancel);

        foreach (var line in (string[])["Type=notify", "LimitCORE=0", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "LoadCredential=secrets:/etc/b24robot/secrets", "StateDirectoryMode=0700"])
        {
            Assert.Contains($"\n{line}\n", unit, StringComparison.Ordinal);
        }
    }

    private static async Task<HashSet<string>> MetricsAsync(TestApp app)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        using var answer = await app.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return [.. (await answer.Content.ReadAsStringAsync(Cancel)).Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('{', ' ')[0])];
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "B24RobotApp.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"\b(?:b24robot|dotnet)_[a-z0-9_]+")]
    private static partial Regex Name();
}
