using System.Net;
using System.Net.Http.Headers;
using B24RobotApp.Monitoring;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;

namespace B24RobotApp.Tests.Monitoring;

public sealed class MetricsTests : IDisposable
{
    private const string Token = "a-token-for-prometheus";

    private readonly Bitrix24Stub _bitrix24 = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _bitrix24.Dispose();

    [Fact]
    public async Task What_happens_is_measured_under_the_names_that_the_dashboard_asks_for()
    {
        await using var app = await StartAsync(("App:MetricsToken", Token));
        await app.InstallAsync(_bitrix24);
        using var taken = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(_bitrix24, _bitrix24.Issue()));
        using var refused = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(_bitrix24, _bitrix24.Issue(), ("event_token", null)));

        var text = "";
        await Eventually.Async(
            async () =>
            {
                app.Clock.Advance(WorkWatch.Every);
                text = await MetricsAsync(app);
                return text.Contains("b24robot_store_commits", StringComparison.Ordinal) && text.Contains("b24robot_transfers_finished", StringComparison.Ordinal);
            },
            TimeSpan.FromSeconds(30),
            Cancel);

        Assert.Matches("""(?m)^b24robot_robot_calls_total\{[^}]*result="accepted"[^}]*\} [1-9]""", text);
        Assert.Matches("""(?m)^b24robot_robot_calls_total\{[^}]*result="malformed"[^}]*\} [1-9]""", text);
        Assert.Matches($$"""(?m)^b24robot_portal_requests_total\{[^}]*outcome="ok"[^}]*portal="{{_bitrix24.Portal.Authority}}"[^}]*\} [1-9]""", text);
        Assert.Matches("""(?m)^b24robot_transfers_finished_total\{[^}]*code="NO_CONNECTION"[^}]*outcome="failed"[^}]*\} [1-9]""", text);
        Assert.DoesNotContain("DEAL_15", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer a-token-for-prometheu")]
    [InlineData("Basic a-token-for-prometheus")]
    public async Task Without_its_token_nobody_sees_measurements_or_the_work(string? authorization)
    {
        await using var app = await StartAsync(("App:MetricsToken", Token));

        foreach (var path in (string[])["/metrics", "/health/work"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var answer = await app.Http.SendAsync(request, Cancel);

            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.DoesNotContain("b24robot_", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null, null, HttpStatusCode.OK)]
    [InlineData("X-Forwarded-For", "203.0.113.7", HttpStatusCode.Forbidden)]
    [InlineData("Forwarded", "for=203.0.113.7", HttpStatusCode.Forbidden)]
    [InlineData("Via", "1.1 proxy", HttpStatusCode.Forbidden)]
    [InlineData("Host", "robot.example.com", HttpStatusCode.Forbidden)]
    public async Task Where_no_token_is_set_this_machine_may_ask_but_not_through_a_proxy(string? header, string? value, HttpStatusCode expected)
    {
        await using var app = await StartAsync(listens: true, ("App:PublicUrl", "http://127.0.0.1:8080"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        using var answer = await app.Http.SendAsync(request, Cancel);

        Assert.Equal(expected, answer.StatusCode);
    }

    // A proxy that is set up with one line passes neither the host nor the caller's address on.
    [Fact]
    public async Task Where_the_apps_address_is_https_a_plain_request_came_through_a_proxy_and_proves_nothing()
    {
        await using var app = await StartAsync(listens: true);

        using var answer = await app.GetAsync("/metrics");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task The_work_is_told_in_words_and_is_no_reason_to_restart_the_server()
    {
        await using var app = await StartAsync(("App:MetricsToken", Token));
        await app.InstallAsync(_bitrix24);
        var portal = await app.PortalAsync();
        await app.Portals.SetStateAsync(portal.Id, Transfers.Portals.PortalState.Disconnected, "invalid_grant", Cancel);
        app.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);

        using var work = await app.GetAsync("/health/work");
        using var ready = await app.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal(HttpStatusCode.OK, work.StatusCode);
        var text = await work.Content.ReadAsStringAsync(Cancel);
        Assert.Contains($"{portal.Address.Authority} is not connected any more (invalid_grant). An administrator there has to open the app.", text, StringComparison.Ordinal);
    }

    internal static async Task<string> MetricsAsync(TestApp app)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        using var answer = await app.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    private Task<TestApp> StartAsync(params (string Key, string Value)[] settings) => StartAsync(false, settings);

    private Task<TestApp> StartAsync(bool listens, params (string Key, string Value)[] settings) =>
        TestApp.StartAsync(_bitrix24, settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value), listens: listens);
}
