using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.Values;
using Microsoft.Extensions.Logging.Abstractions;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>A portal that was given another address answers at the old one with a redirect. The call must arrive at the new one as what it was.</summary>
public sealed class AddressChangeTests : IDisposable
{
    private readonly WireMockServer _old = WireMockServer.Start();
    private readonly WireMockServer _new = WireMockServer.Start();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly TestCredential _credential;
    private readonly PortalClient _client;

    public AddressChangeTests()
    {
        _credential = new TestCredential(_old.Url! + "/") { AcceptsHost = host => host.Authority == new Uri(_new.Url!).Authority };
        _client = new PortalClients(_http, new PortalLimits(), TimeProvider.System, NullLoggerFactory.Instance).For(_credential);
        Answer(_new, 200, """{"result":{"item":{"id":5}}}""");
    }

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
        _http.Dispose();
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task The_call_is_posted_once_to_the_new_address_with_its_body_and_the_address_is_remembered(int status)
    {
        Redirect(_old, status, _new.Url + "/rest/crm.item.add");

        var result = await AddAsync();

        Assert.Equal(5, result.Result.GetProperty("item").GetProperty("id").GetInt32());
        var arrived = Assert.Single(_new.LogEntries).RequestMessage!;
        Assert.Equal(("POST", "/rest/crm.item.add"), (arrived.Method, arrived.Path));
        Assert.Equal("""{"title":"Сделка","auth":"secretToken1"}""", arrived.Body);
        Assert.Equal(_old.LogEntries.Single().RequestMessage!.Body, arrived.Body);
        Assert.Equal(new Uri(_new.Url + "/"), _client.Portal);

        await AddAsync();
        Assert.Single(_old.LogEntries);
        Assert.Equal(2, _new.LogEntries.Count);
    }

    [Fact]
    public async Task A_second_hop_is_an_error()
    {
        _credential.AcceptsHost = _ => true;
        Redirect(_old, 302, _new.Url + "/rest/crm.item.add");
        _new.Reset();
        Redirect(_new, 302, "https://third.bitrix24.test/rest/crm.item.add");

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(AddAsync);

        Assert.Equal((FailureKind.Refused, "HTTP_302"), (failure.Kind, failure.Code));
        Assert.Single(_new.LogEntries);
        Assert.Equal([new Uri(_new.Url + "/")], _credential.Moves);
    }

    [Theory]
    [InlineData("{0}/rest/crm.item.list", "another path")]
    [InlineData("{0}/auth/?backurl=/rest/crm.item.add", "a page to sign in")]
    [InlineData("/rest/crm.item.add", "the same host")]
    [InlineData("https://stranger.example/rest/crm.item.add", "a host that is not accepted")]
    [InlineData("http://user:password@127.0.0.1:1/rest/crm.item.add", "a user name in front of the host")]
    [InlineData("ftp://127.0.0.1/rest/crm.item.add", "another scheme")]
    [InlineData("", "nowhere")]
    public async Task A_redirect_to_anything_but_the_same_path_of_an_accepted_host_is_not_followed(string location, string what)
    {
        Redirect(_old, 302, string.Format(CultureInfo.InvariantCulture, location, _new.Url));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(AddAsync);

        Assert.True(failure.Kind == FailureKind.Refused, what);
        Assert.Equal("The portal sends us to an address that is not accepted as its new one.", failure.Description);
        Assert.Empty(_new.LogEntries);
        Assert.Equal(new Uri(_old.Url + "/"), _client.Portal);
    }

    [Fact]
    public async Task From_https_nothing_leads_to_plain_http()
    {
        using var fixture = new ClientFixture { Credential = { AcceptsHost = _ => true } };
        var call = fixture.CallAsync("crm.item.get");

        (await fixture.Portal.NextAsync()).Answer("", 302, new Uri("http://new.bitrix24.test/rest/crm.item.get"));

        Assert.Equal(FailureKind.Refused, (await Assert.ThrowsAsync<Bitrix24Exception>(() => call)).Kind);
        Assert.Empty(fixture.Credential.Moves);
    }

    [Fact]
    public async Task A_batch_moves_too_and_its_calls_know_nothing_of_it()
    {
        Redirect(_old, 302, _new.Url + "/rest/batch");
        _new.Reset();
        Answer(_new, 200, """{"result":{"result":{"c0":1,"c1":2},"result_error":[]}}""");

        var outcomes = await _client.CallGroupAsync(
            new CallGroup([ClientFixture.Write("a"), ClientFixture.Write("b")]), TestContext.Current.CancellationToken);

        Assert.All(outcomes, outcome => Assert.NotNull(outcome.Result));
    }

    [Fact]
    public async Task A_webhook_keeps_its_secret_path_at_the_new_address()
    {
        Assert.True(WebhookUrl.TryParse(_old.Url + "/rest/1/s3cr3t/", allowHttp: true, out var url, out _));
        var accepted = new List<Uri>();
        var credential = new WebhookCredential(url, (address, _) =>
        {
            accepted.Add(address);
            return ValueTask.FromResult(true);
        });
        Redirect(_old, 302, _new.Url + "/rest/1/s3cr3t/crm.item.add");

        await new PortalClients(_http, new PortalLimits(), TimeProvider.System, NullLoggerFactory.Instance).For(credential)
            .CallAsync(new Call("crm.item.add", [], Writes: true), TestContext.Current.CancellationToken);

        Assert.Equal("/rest/1/s3cr3t/crm.item.add", Assert.Single(_new.LogEntries).RequestMessage!.Path);
        Assert.Equal([new Uri(_new.Url + "/")], accepted);
        Assert.Equal(new Uri(_new.Url + "/"), credential.Portal);
    }

    [Fact]
    public async Task A_webhook_whose_owner_accepts_no_other_address_stays()
    {
        Assert.True(WebhookUrl.TryParse(_old.Url + "/rest/1/s3cr3t/", allowHttp: true, out var url, out _));
        Redirect(_old, 302, _new.Url + "/rest/1/s3cr3t/crm.item.add");

        var call = new PortalClients(_http, new PortalLimits(), TimeProvider.System, NullLoggerFactory.Instance).For(new WebhookCredential(url))
            .CallAsync(new Call("crm.item.add", [], Writes: true), TestContext.Current.CancellationToken);

        Assert.Equal(FailureKind.Refused, (await Assert.ThrowsAsync<Bitrix24Exception>(() => call)).Kind);
        Assert.Empty(_new.LogEntries);
    }

    private static void Redirect(WireMockServer server, int status, string location) =>
        server.Given(Request.Create().UsingAnyMethod()).RespondWith(
            location.Length == 0 ? Response.Create().WithStatusCode(status) : Response.Create().WithStatusCode(status).WithHeader("Location", location));

    private static void Answer(WireMockServer server, int status, string body) =>
        server.Given(Request.Create().UsingPost()).RespondWith(Response.Create().WithStatusCode(status).WithBody(body));

    private Task<CallResult> AddAsync() =>
        _client.CallAsync(new Call("crm.item.add", new JsonObject { ["title"] = "Сделка" }, Writes: true), TestContext.Current.CancellationToken);
}
