using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Tests.Robots;

public sealed class RobotEndpointTests : IDisposable
{
    private const string Path = "/robots/send-to-esb";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Bitrix24Stub _bitrix24 = new();

    public void Dispose() => _bitrix24.Dispose();

    [Fact]
    public async Task A_call_is_on_disk_before_it_is_answered_with_an_empty_200()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);

        using var response = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, _bitrix24.Issue()));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var transfer = Assert.Single(await TransfersAsync(app));
        Assert.Equal(15, transfer.Request.ItemId);
        Assert.True(transfer.Request.Verified || transfer.State != TransferState.Unverified);
    }

    // Traps 1 and 28.
    [Fact]
    public async Task The_same_event_delivered_twice_is_one_transfer()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        var tokens = _bitrix24.Issue();

        using var first = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, tokens));
        using var second = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, tokens));

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Single(await TransfersAsync(app));
    }

    [Theory]
    [InlineData("auth[member_id]", null, "auth[member_id]")]
    [InlineData("auth[member_id]", "not hexadecimal", "auth[member_id]")]
    [InlineData("auth[application_token]", null, "auth[application_token]")]
    [InlineData("event_token", null, "event_token")]
    [InlineData("event_token", "", "event_token")]
    [InlineData("code", null, "code")]
    [InlineData("code", "another_robot", "code")]
    [InlineData("code", "<script>", "code")]
    [InlineData("document_id[0]", "tasks", "document_id[0]")]
    [InlineData("document_id[2]", null, "document_id[2]")]
    [InlineData("document_id[2]", "DEAL_0", "document_id[2]")]
    [InlineData("document_id[2]", "DEAL_-1", "document_id[2]")]
    [InlineData("document_id[2]", "DEAL_99999999999999999999", "document_id[2]")]
    [InlineData("document_type[2]", "LEAD", "document_type[2]")]
    [InlineData("timeout_duration", "for ever", "timeout_duration")]
    [InlineData("ts", "now", "ts")]
    public async Task A_call_that_makes_no_sense_is_refused_with_one_line_and_leaves_nothing(string field, string? value, string named)
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);

        using var response = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, _bitrix24.Issue(), (field, value)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        var detail = problem.GetProperty("detail").GetString()!;
        Assert.Contains(named, detail, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', detail);
        Assert.Empty(await TransfersAsync(app));
        Assert.Contains(detail, app.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(Bitrix24Stub.ApplicationToken, app.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("-secret", app.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "auth%5Bmember_id%5D=%FF%FE", HttpStatusCode.BadRequest)]
    [InlineData("application/x-www-form-urlencoded", "a%ZZ=1", HttpStatusCode.BadRequest)]
    [InlineData("application/x-www-form-urlencoded", "", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "{}", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("multipart/form-data", "x", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_body_that_is_no_form_is_refused(string type, string body, HttpStatusCode expected)
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        using var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue(type);

        using var response = await app.PostAsync(Path, content);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_refused_however_it_is_sent(bool saysItsLength)
    {
        await using var app = await TestApp.StartAsync(_bitrix24, new() { ["App:MaxRequestBytes"] = "65536" });
        var bytes = Encoding.ASCII.GetBytes("a=" + new string('x', 70_000));
        using HttpContent content = saysItsLength ? new ByteArrayContent(bytes) : new StreamContent(new UnknownLength(bytes));
        content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded");

        using var response = await app.PostAsync(Path, content);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("App:MaxRequestBytes", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_portal_and_a_wrong_token_look_the_same_from_outside_and_different_in_the_log()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        using var unknown = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, _bitrix24.Issue()));
        await app.InstallAsync(_bitrix24);

        using var wrong = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, null, ("auth[application_token]", "another-token")));

        Assert.Equal(HttpStatusCode.Forbidden, unknown.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
        Assert.Equal(
            await unknown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), await wrong.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains("is not installed there", app.Log, StringComparison.Ordinal);
        Assert.Contains("its application token is not the portal's", app.Log, StringComparison.Ordinal);
        Assert.Empty(await TransfersAsync(app));
    }

    [Fact]
    public async Task A_domain_cannot_write_lines_of_its_own_into_the_log()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.PostAsync(
            Path, Posts.RobotCall(_bitrix24, null, ("auth[domain]", "acme\r\n2026-01-01 00:00:00 ERR forged line")));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.DoesNotContain(app.Log.Split('\n'), line => line.StartsWith("2026-01-01", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_portal_that_deleted_the_app_cannot_call()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        using var deleted = await app.PostAsync("/events", Posts.Event(_bitrix24, "ONAPPUNINSTALL"));

        using var response = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, _bitrix24.Issue()));

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task A_new_application_token_counts_once_an_administrators_access_token_was_vouched_for()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);

        using var response = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, _bitrix24.Issue(), ("auth[application_token]", "new-token")));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await WaitAsync(app, transfer => transfer is { State: not TransferState.Unverified });
        Assert.True(await IsApplicationTokenAsync(app, "new-token"));
    }

    [Fact]
    public async Task An_ordinary_employees_call_counts_but_does_not_change_the_application_token()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);

        using var response = await app.PostAsync(
            Path, Posts.RobotCall(_bitrix24, _bitrix24.Issue(userId: 5, isAdministrator: false), ("auth[application_token]", "new-token")));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await WaitAsync(app, transfer => transfer is { State: not TransferState.Unverified });
        Assert.False(await IsApplicationTokenAsync(app, "new-token"));
        Assert.True(await IsApplicationTokenAsync(app, Bitrix24Stub.ApplicationToken));
    }

    [Theory]
    [InlineData("no-token-of-this-server", Bitrix24Stub.ClientId)]
    [InlineData(null, "local.ffffffffffffff.99999999")]
    public async Task A_call_that_nobody_vouches_for_never_happened(string? accessToken, string namedClientId)
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        _bitrix24.NamedClientId = namedClientId;
        var tokens = accessToken is null ? _bitrix24.Issue() : (accessToken, "refresh");

        using var response = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, tokens, ("auth[application_token]", "new-token")));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await WaitAsync(app, transfer => transfer is null);
        Assert.False(await IsApplicationTokenAsync(app, "new-token"));

        // The row goes first, then it is said.
        await Eventually.Async(() => app.Log.Contains("is dropped", StringComparison.Ordinal), TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task While_the_authorization_server_is_down_a_doubtful_call_waits_and_is_not_lost()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        _bitrix24.OAuthIsDown = true;

        using var response = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, _bitrix24.Issue(), ("auth[application_token]", "new-token")));
        await Eventually.Async(() => app.Log.Contains("It is asked again", StringComparison.Ordinal), Limit, TestContext.Current.CancellationToken);
        Assert.Equal(TransferState.Unverified, Assert.Single(await TransfersAsync(app)).State);
        _bitrix24.OAuthIsDown = false;

        await Eventually.Async(
            async () =>
            {
                app.Clock.Advance(TimeSpan.FromSeconds(31));
                return Assert.Single(await TransfersAsync(app)).State != TransferState.Unverified;
            },
            Limit,
            TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("664fa13bbbb410.99176768|A1|genuine", false)]
    [InlineData("forged", true)]
    public async Task After_a_restart_the_portal_itself_is_asked_about_the_event_token_of_a_doubtful_call(string eventToken, bool isDropped)
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        _bitrix24.OAuthIsDown = true;
        using var response = await app.PostAsync(
            Path, Posts.RobotCall(_bitrix24, _bitrix24.Issue(), ("auth[application_token]", "new-token"), ("event_token", eventToken)));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await app.StopAsync();

        await using var restarted = await TestApp.StartAsync(_bitrix24, folder: app.Folder);

        await WaitAsync(restarted, transfer => isDropped ? transfer is null : transfer is { State: not TransferState.Unverified });
        Assert.False(await IsApplicationTokenAsync(restarted, "new-token"));
    }

    private static async Task<IReadOnlyList<Transfer>> TransfersAsync(TestApp app) =>
        await app.Transfers.ListAsync(new TransferQuery(), TestContext.Current.CancellationToken);

    private static Task WaitAsync(TestApp app, Func<Transfer?, bool> condition) => Eventually.Async(
        async () => condition((await TransfersAsync(app)).SingleOrDefault()), Limit, TestContext.Current.CancellationToken);

    private static async Task<bool> IsApplicationTokenAsync(TestApp app, string token) =>
        await app.Portals.IsApplicationTokenAsync((await app.PortalAsync()).Id, new ApplicationToken(token), TestContext.Current.CancellationToken);

    /// <summary>A body that is sent in chunks, so that its length is not known beforehand.</summary>
    private sealed class UnknownLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
