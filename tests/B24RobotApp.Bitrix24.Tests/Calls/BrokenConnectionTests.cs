using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>Real sockets that break at every point of a request: what is known then, and that nothing repeats a write behind our back.</summary>
public sealed class BrokenConnectionTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task A_refused_connection_means_not_executed()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var failure = await FailAsync($"http://{closed.LocalEndPoint}/", writes: true);

        Assert.Equal((FailureKind.NotExecuted, "ConnectionRefused"), (failure.Kind, failure.Code));
    }

    [Fact]
    public async Task An_unknown_host_means_not_executed()
    {
        var failure = await FailAsync("http://portal.invalid/", writes: true);

        Assert.Equal(FailureKind.NotExecuted, failure.Kind);
        Assert.Equal("The portal's host name is unknown.", failure.Description);
    }

    [Theory]
    [InlineData(true, FailureKind.OutcomeUnknown)]
    [InlineData(false, FailureKind.NotExecuted)]
    public async Task A_reset_after_the_request_was_sent_leaves_a_write_unknown(bool writes, FailureKind kind)
    {
        await using var portal = new RawPortal(socket =>
        {
            RawPortal.Reset(socket);
            return Task.CompletedTask;
        });

        var failure = await FailAsync(portal.Address, writes);

        Assert.Equal(kind, failure.Kind);
        Assert.Equal(1, portal.Requests);
    }

    [Theory]
    [InlineData(true, FailureKind.OutcomeUnknown)]
    [InlineData(false, FailureKind.NotExecuted)]
    public async Task A_body_that_is_cut_leaves_a_write_unknown(bool writes, FailureKind kind)
    {
        await using var portal = new RawPortal(async socket =>
        {
            await RawPortal.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"result\":{\"item\":{\"id\":5");
            socket.Shutdown(SocketShutdown.Both);
        });

        var failure = await FailAsync(portal.Address, writes);

        Assert.Equal((kind, "ResponseEnded"), (failure.Kind, failure.Code));
        Assert.Equal(1, portal.Requests);
    }

    [Fact]
    public async Task A_kept_connection_that_breaks_under_the_next_request_is_not_tried_again_behind_our_back()
    {
        var served = 0;
        await using var portal = new RawPortal(async socket =>
        {
            if (served++ == 0)
            {
                await RawPortal.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"result\":1}");
            }
            else
            {
                RawPortal.Reset(socket);
            }
        });
        using var http = NewHttp(new SocketsHttpHandler());
        var client = NewClient(http, portal.Address);
        await client.CallAsync(Call(writes: true), TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => client.CallAsync(Call(writes: true), TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.OutcomeUnknown, failure.Kind);
        Assert.Equal(2, portal.Requests);
    }

    [Theory]
    [InlineData(true, FailureKind.OutcomeUnknown)]
    [InlineData(false, FailureKind.NotExecuted)]
    public async Task Silence_ends_with_the_time_out_and_leaves_a_write_unknown(bool writes, FailureKind kind)
    {
        await using var portal = new RawPortal(_ => Task.CompletedTask);
        using var http = NewHttp(new SocketsHttpHandler());
        var call = NewClient(http, portal.Address).CallAsync(Call(writes), TestContext.Current.CancellationToken);
        await portal.Requested;

        _clock.Advance(TimeSpan.FromSeconds(30));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => call);
        Assert.Equal((kind, "TIMEOUT"), (failure.Kind, failure.Code));
        Assert.Equal("The portal did not answer within 30 seconds.", failure.Description);
    }

    [Fact]
    public async Task A_body_that_dribbles_past_the_time_out_is_given_up()
    {
        var sent = new TaskCompletionSource();
        await using var portal = new RawPortal(async socket =>
        {
            await RawPortal.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"result\":");
            sent.SetResult();
        });
        using var http = NewHttp(new SocketsHttpHandler());
        var call = NewClient(http, portal.Address).CallAsync(Call(writes: true), TestContext.Current.CancellationToken);
        await sent.Task;

        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal((FailureKind.OutcomeUnknown, "TIMEOUT"), await SeenAsync(call));
    }

    [Fact]
    public async Task A_connection_that_is_not_made_in_time_means_not_executed()
    {
        var connecting = new TaskCompletionSource();
        using var http = NewHttp(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                connecting.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, _clock, cancellationToken);
                throw new InvalidOperationException("Never reached.");
            },
        });
        var call = NewClient(http, "http://127.0.0.1:1/").CallAsync(Call(writes: true), TestContext.Current.CancellationToken);
        await connecting.Task;

        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal((FailureKind.NotExecuted, "CONNECT_TIMEOUT"), await SeenAsync(call));
    }

    [Fact]
    public async Task An_address_that_must_not_be_called_means_not_executed()
    {
        using var http = NewHttp(new SocketsHttpHandler
        {
            ConnectCallback = (context, _) => throw new IOException($"{context.DnsEndPoint} is a private address."),
        });

        var call = NewClient(http, "http://127.0.0.1:1/").CallAsync(Call(writes: true), TestContext.Current.CancellationToken);

        Assert.Equal((FailureKind.NotExecuted, "ConnectionError"), await SeenAsync(call));
    }

    [Fact]
    public async Task The_request_is_json_in_utf8_and_says_who_asks()
    {
        var listener = new HttpRequestListener();
        using var http = NewHttp(listener);

        await NewClient(http, "https://acme.bitrix24.test/").CallAsync(
            new Call("crm.item.add", new JsonObject { ["title"] = "Сделка «№ 5» 😀 <b>&amp;</b>" }, Writes: true), TestContext.Current.CancellationToken);

        Assert.Equal(HttpMethod.Post, listener.Request!.Method);
        Assert.Equal("application/json; charset=utf-8", listener.Request.Content!.Headers.ContentType!.ToString());
        Assert.Equal("application/json", listener.Request.Headers.Accept.ToString());
        Assert.Matches(@"^B24RobotApp/\d+\.\d+\.\d+$", listener.Request.Headers.UserAgent.ToString());
        Assert.Contains("Сделка «№ 5»", listener.Body, StringComparison.Ordinal);
        Assert.Equal("Сделка «№ 5» 😀 <b>&amp;</b>", JsonNode.Parse(listener.Body!)!["title"]!.GetValue<string>());
    }

    private static Call Call(bool writes) => new("crm.item.add", new JsonObject { ["id"] = 1 }, writes);

    private static HttpClient NewHttp(HttpMessageHandler handler) => new(handler) { Timeout = Timeout.InfiniteTimeSpan };

    private PortalClient NewClient(HttpClient http, string portal) =>
        new PortalClients(http, new PortalLimits(), _clock, NullLoggerFactory.Instance).For(new TestCredential(portal));

    private async Task<Bitrix24Exception> FailAsync(string portal, bool writes)
    {
        using var http = NewHttp(new SocketsHttpHandler());
        return await Assert.ThrowsAsync<Bitrix24Exception>(
            () => NewClient(http, portal).CallAsync(Call(writes), TestContext.Current.CancellationToken));
    }

    private static async Task<(FailureKind, string)> SeenAsync(Task call)
    {
        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => call);
        return (failure.Kind, failure.Code);
    }

    private sealed class HttpRequestListener : HttpMessageHandler
    {
        public HttpRequestMessage? Request { get; private set; }

        public string? Body { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Request = request;
            Body = await request.Content!.ReadAsStringAsync(cancellationToken);
            return new HttpResponseMessage { Content = new StringContent("""{"result":1}""") };
        }
    }
}
