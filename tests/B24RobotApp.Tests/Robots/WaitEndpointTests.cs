using System.Net;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Waits;

namespace B24RobotApp.Tests.Robots;

/// <summary>The second robot's calls, and the events of an ESB's outgoing webhook.</summary>
public sealed class WaitEndpointTests : IDisposable
{
    private const string Path = "/robots/wait-for-esb";

    private readonly Bitrix24Stub _bitrix24 = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _bitrix24.Dispose();

    [Fact]
    public async Task A_call_of_the_robot_that_waits_is_on_disk_before_it_is_answered_and_twice_is_once()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        Assert.Contains("wait_for_esb", _bitrix24.Robots.Keys);

        using var first = await app.PostAsync(Path, Call(("properties[wait_for_deal]", "7")));
        using var second = await app.PostAsync(Path, Call(("properties[wait_for_deal]", "7")));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        var wait = Assert.Single(await WaitsAsync(app));
        Assert.Equal((15L, true), (wait.Request.ItemId, wait.Request.NamesDeal));
    }

    [Theory]
    [InlineData("/robots/wait-for-esb", "send_to_esb")]
    [InlineData("/robots/send-to-esb", "wait_for_esb")]
    public async Task A_robots_call_at_the_address_of_the_other_is_refused(string path, string code)
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);

        using var response = await app.PostAsync(path, Call(("code", code)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(await WaitsAsync(app));
    }

    [Fact]
    public async Task A_waiting_robots_call_that_nobody_vouches_for_never_happened()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);

        using var refused = await app.PostAsync(Path, Posts.RobotCall(_bitrix24, null, ("code", "wait_for_esb"), ("auth[application_token]", "another")));
        using var doubtful = await app.PostAsync(Path, Call(("auth[application_token]", "another"), ("auth[access_token]", "made up")));

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (refused.StatusCode, doubtful.StatusCode));
        await Eventually.Async(async () => (await WaitsAsync(app)).Count == 0, TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task An_outgoing_webhook_is_heard_with_its_token_and_unknown_connections_and_wrong_tokens_look_the_same()
    {
        await using var app = await TestApp.StartAsync(_bitrix24, new()
        {
            ["Esb:Connections:0:Code"] = "esb",
            ["Esb:Connections:0:WebhookUrl"] = "http://127.0.0.1:9/rest/1/webhooksecret1/",
            ["Esb:Connections:0:OutgoingWebhookToken"] = "outgoing-token-1",
            ["Esb:Connections:1:Code"] = "deaf",
            ["Esb:Connections:1:WebhookUrl"] = "http://127.0.0.1:9/rest/1/webhooksecret1/",
        });
        async Task<HttpResponseMessage> PostAsync(string code, string? token, params (string Field, string? Value)[] changes) => await app.PostAsync(
            $"/events/esb/{code}", Posts.Event(_bitrix24, "ONCRMDEALUPDATE", null, [("auth[application_token]", token), ("data[FIELDS][ID]", "12"), .. changes]));

        using var heard = await PostAsync("esb", "outgoing-token-1");
        using var odd = await PostAsync("esb", "outgoing-token-1", ("event", "ONCRMCONTACTUPDATE"));
        using var wrong = await PostAsync("esb", "outgoing-token-2");
        using var unknown = await PostAsync("nowhere", "outgoing-token-1");
        using var deaf = await PostAsync("deaf", "outgoing-token-1");
        using var without = await PostAsync("esb", null);
        using var large = await PostAsync("esb", "outgoing-token-1", ("data[FIELDS][X]", new string('x', 20_000)));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (heard.StatusCode, odd.StatusCode));
        Assert.True(app.Get<EsbHints>().Speaks("esb"));
        Assert.False(app.Get<EsbHints>().Speaks("deaf"));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (wrong.StatusCode, unknown.StatusCode, deaf.StatusCode));
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge), (without.StatusCode, large.StatusCode));
        Assert.Equal(await wrong.Content.ReadAsStringAsync(Cancel), await unknown.Content.ReadAsStringAsync(Cancel));
    }

    private FormUrlEncodedContent Call(params (string Field, string? Value)[] changes) => Posts.RobotCall(_bitrix24, _bitrix24.Issue(), [("code", "wait_for_esb"), .. changes]);

    private static async Task<IReadOnlyList<Wait>> WaitsAsync(TestApp app) =>
        await app.Get<WaitStore>().ListAsync((await app.PortalAsync()).Id, open: false, item: null, before: null, 100, Cancel);
}
