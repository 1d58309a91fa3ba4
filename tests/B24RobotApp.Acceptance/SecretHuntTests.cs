using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Hosting;

namespace B24RobotApp.Acceptance;

/// <summary>
/// After an installation, keys, deals that arrived and deals that failed, every secret in play is looked for in all that the app has said and written. Every other class of tests here ends with the same
/// look into files and output; this one asks the app for everything too.
/// </summary>
[Collection(Alone.Name)]
public sealed partial class SecretHuntTests(SecretHuntTests.Fixture fixture) : StageTests(fixture), IClassFixture<SecretHuntTests.Fixture>
{
    public sealed class Fixture : StageFixture
    {
        /// <summary>The secret of a webhook that the ESB does not have any more.</summary>
        public string Gone { get; private set; } = "";

        internal TelemetryCollector Telemetry { get; } = new();

        protected override StageOptions Options => base.Options with { Settings = new Dictionary<string, string>(Impatient.Concat(Telemetry.Settings)), SettingsOf = WithDeadConnection };

        private Dictionary<string, string> WithDeadConnection(SandboxHost sandbox)
        {
            var gone = sandbox.Portals["esb"].CreateIncomingWebhook(1, "crm", "user_basic");
            sandbox.Portals["esb"].DeleteIncomingWebhook(gone);
            Gone = gone.Secret;
            return new Dictionary<string, string>
            {
                ["Esb__Connections__1__Code"] = "gone",
                ["Esb__Connections__1__WebhookUrl"] = gone.Url.AbsoluteUri,
                ["Esb__Connections__1__Portals__0"] = "127.0.0.1",
            };
        }
    }

    [Fact]
    public async Task No_secret_stands_in_anything_that_the_app_says_or_writes()
    {
        var arrived = Source.AddDeal("Доехала", rows: Crm.Rows);
        Assert.Equal("created", (await Stage.SendToEndAsync(arrived, new JsonObject { ["connection"] = "esb" })).Status);
        Assert.Equal("failed", (await Stage.SendToEndAsync(Source.AddDeal("Не доехала"), new JsonObject { ["connection"] = "gone" })).Status);
        Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayAfter, count: 1));
        await Stage.SendToEndAsync(Source.AddDeal("Потерянный ответ"), new JsonObject { ["connection"] = "esb" });
        var page = await Source.OpenApplicationAsync(Stage.Installation, 1, Cancelled);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = Stage.App.Url };
        var bearer = await BeginAsync(http);

        var said = new Dictionary<string, string> { ["the main page"] = page.Body + string.Join('\n', page.Headers.Select(header => $"{header.Key}: {header.Value}")) };
        foreach (var path in new[] { "signin", "app", "install", "app-manifest", "health/live", "health/ready", "health/work", "metrics", "nowhere", $"signin?portal={Source.BaseUrl.Authority}" })
        {
            await AskAsync(http, HttpMethod.Get, path, said);
        }

        var document = await http.GetFromJsonAsync<JsonElement>("api/openapi.json", Cancelled);

        // The stream of the summary does not end; what it says the summary says too.
        foreach (var (path, method) in document.GetProperty("paths").EnumerateObject().Where(path => path.Name != "/api/transfers/changes").SelectMany(path => path.Value.EnumerateObject().Select(method => (path.Name, method.Name))))
        {
            foreach (var name in new[] { "esb", "gone", "default", "send_to_esb", "1", $"{arrived}" })
            {
                await AskAsync(http, new HttpMethod(method.ToUpperInvariant()), Parameter().Replace(path, name).TrimStart('/') + "?from=1", said);
            }
        }

        var transfers = await http.GetFromJsonAsync<JsonElement>("api/transfers", Cancelled);
        foreach (var transfer in transfers.GetProperty("rows").EnumerateArray())
        {
            await AskAsync(http, HttpMethod.Get, $"api/transfers/{transfer.GetProperty("id").GetString()}", said);
        }

        Assert.InRange(said.Count, 150, 1000);
        var secrets = Secrets.Of(Stage).Append(("a dead webhook's secret", fixture.Gone)).Select(secret => (Kind: secret.Item1, Text: secret.Item2)).ToList();
        Assert.Equal(6, secrets.Select(secret => secret.Kind).Distinct().Count());
        Assert.All(secrets, secret => Assert.InRange(secret.Text.Length, 10, 200));
        Assert.Empty(from secret in secrets from answer in said where answer.Value.Contains(secret.Text, StringComparison.Ordinal) select $"{secret.Kind} in {answer.Key}");

        // What goes to others: traces and measurements by OTLP, and a backup, which holds the database and the keys.
        await StageExtensions.UntilAsync(() => Encoding.Latin1.GetString(fixture.Telemetry.Of("/v1/traces")).Split("report").Length > 3, "the traces of three transfers are sent");
        await StageExtensions.UntilAsync(() => fixture.Telemetry.Of("/v1/metrics").Length > 0, "measurements are sent");
        var backup = Path.Combine(Path.GetTempPath(), $"b24robot-backup-{Guid.NewGuid():N}.zip");
        Assert.Equal(0, (await RunAsync("backup", "--to", backup)).Code);
        var given = new Dictionary<string, byte[]> { ["traces"] = fixture.Telemetry.Of("/v1/traces"), ["measurements"] = fixture.Telemetry.Of("/v1/metrics") };
        await using (var archive = await ZipFile.OpenReadAsync(backup, Cancelled))
        {
            foreach (var entry in archive.Entries)
            {
                await using var content = await entry.OpenAsync(Cancelled);
                using var whole = new MemoryStream();
                await content.CopyToAsync(whole, Cancelled);
                given[$"the backup's {entry.FullName}"] = whole.ToArray();
            }
        }

        File.Delete(backup);
        Assert.InRange(given.Count, 5, 10);
        Assert.Empty(
            from secret in secrets.Append((Kind: "a bearer", Text: bearer))
            from one in given
            where one.Value.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret.Text)) >= 0
            select $"{secret.Kind} in {one.Key}");

        // Killed, so that what waits beside the database is seen as well.
        await Stage.App.KillAsync();
        Assert.Empty(Secrets.FindIn(Stage));
        Assert.DoesNotContain(bearer, string.Join('\n', Stage.App.Output), StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Stage.DataDirectory, "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file, Cancelled);
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(bearer)) < 0 && bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(fixture.Gone)) < 0, file);
        }
    }

    private async Task<string> BeginAsync(HttpClient http)
    {
        var token = Stage.Sandbox.OAuthServer.Issue(Stage.Installation, 1).AccessToken;
        using var session = await http.PostAsJsonAsync("api/session", new { memberId = Source.MemberId, accessToken = token, language = "ru" }, Cancelled);
        var bearer = (await session.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("token").GetString()!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return bearer;
    }

    private static async Task AskAsync(HttpClient http, HttpMethod method, string path, Dictionary<string, string> said)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));

        // A connection and a deal that there are, and keys that are none.
        request.Content = method == HttpMethod.Get ? null : JsonContent.Create(new { connection = "gone", clientId = "local.0", clientSecret = "no secret", dealId = 1, memberId = "", accessToken = "" });
        using var answer = await http.SendAsync(request, Cancelled);
        said[$"{method} {path}"] = $"{answer.Headers}{answer.Content.Headers}{await answer.Content.ReadAsStringAsync(Cancelled)}";
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
