using System.Net;
using System.Net.Sockets;
using System.Text;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Api;
using B24RobotApp.Tests.Infrastructure;

namespace B24RobotApp.Tests.Attacks;

/// <summary>Attacks below HTTP, over real sockets of this machine.</summary>
public sealed class SocketTests : ApiTestBase
{
    private const string Head = "POST /robots/send-to-esb HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("POST /robots/send-to-esb HTTP/1.1\r\nHost: x\r\nX-Slow: ")]
    [InlineData(Head + "Content-Length: 100000\r\n\r\na=")]
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n5\r\na=")]
    [InlineData("")]
    public async Task Who_begins_a_request_and_does_not_end_it_is_cut_off(string beginning)
    {
        await using var app = await ListenAsync();
        using var slow = await ConnectAsync(app);
        await slow.SendAsync(Encoding.ASCII.GetBytes(beginning), SocketFlags.None, Cancel);

        if (beginning.Length > 0)
        {
            Assert.DoesNotContain("200 OK", await ReadToEndAsync(slow), StringComparison.Ordinal);
        }

        // Meanwhile and afterwards others are served.
        Assert.Equal("live", await (await app.GetAsync("/health/live")).Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_body_without_end_is_cut_off_at_the_limit()
    {
        await using var app = await ListenAsync();
        using var socket = await ConnectAsync(app);
        await socket.SendAsync(Encoding.ASCII.GetBytes(Head + "Transfer-Encoding: chunked\r\n\r\n"), SocketFlags.None, Cancel);
        var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string('x', 0x10000) + "\r\n");
        var sent = 0L;
        try
        {
            while (sent < 200_000_000)
            {
                sent += await socket.SendAsync(chunk, SocketFlags.None, Cancel);
            }
        }
        catch (SocketException)
        {
            // Cut off, as it should be.
        }

        Assert.InRange(sent, 1, 60_000_000);
    }

    [Fact]
    public async Task Many_big_bodies_at_once_do_not_fill_the_memory_and_small_calls_pass_beside_them()
    {
        await using var app = await ListenAsync();
        await app.InstallAsync(Bitrix24);
        var body = new byte[9_000_000];
        body.AsSpan().Fill((byte)'x');
        var sockets = new List<Socket>();
        try
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            for (var i = 0; i < 60; i++)
            {
                var socket = await ConnectAsync(app);
                sockets.Add(socket);
                await socket.SendAsync(Encoding.ASCII.GetBytes(Head + "Content-Length: 10000000\r\n\r\n"), SocketFlags.None, Cancel);
            }

            // All of them send for as long as the app listens to them, and none comes to the end.
            var pushed = sockets.Select(socket => PushAsync(socket, body)).ToList();
            bool IsRefused(Task<string> push) => push.IsCompleted && push.Result.Contains(" 503 ", StringComparison.Ordinal);
            await Eventually.Async(() => pushed.Count(IsRefused) >= 40, Patience, Cancel);
            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 300_000_000);
            using var small = await app.PostAsync("/robots/send-to-esb", Posts.RobotCall(Bitrix24));
            Assert.Equal(HttpStatusCode.OK, small.StatusCode);

            // Those that were let in may not stay.
            app.Clock.Advance(TimeSpan.FromSeconds(31));
            Assert.All((await Task.WhenAll(pushed)).Where(answer => !answer.Contains(" 503 ", StringComparison.Ordinal)), answer => Assert.Contains(" 408 ", answer, StringComparison.Ordinal));
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Before_anyone_is_known_a_body_is_short()
    {
        await using var app = await ListenAsync();

        using var answer = await app.PostAsync("/api/session", new StringContent($$"""{"memberId":"{{new string('x', 100_000)}}"}""", Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Who_has_no_session_sends_no_document()
    {
        await using var app = await ListenAsync();
        using var socket = await ConnectAsync(app);

        // Refused by its head alone.
        await socket.SendAsync(
            Encoding.ASCII.GetBytes("PUT /api/profiles/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n"), SocketFlags.None, Cancel);

        Assert.StartsWith("HTTP/1.1 401", await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /api/transfers/%00 HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    [InlineData("GET http://evil.example/app HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /app HTTP/1.1\r\n\r\n")]
    [InlineData("CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\nConnection: close\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n")]
    public async Task A_request_that_means_no_address_of_the_app_is_refused(string request)
    {
        await using var app = await ListenAsync();
        using var socket = await ConnectAsync(app);

        await socket.SendAsync(Encoding.ASCII.GetBytes(request), SocketFlags.None, Cancel);

        Assert.StartsWith("HTTP/1.1 4", await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /health/live HTTP/1.1\r\nHost: x\r\nX: ", 100_000, " 431 ")]
    [InlineData("GET /health/live?", 100_000, " 414 ")]
    public async Task A_head_without_measure_is_refused(string beginning, int length, string expected)
    {
        await using var app = await ListenAsync();
        using var socket = await ConnectAsync(app);

        await socket.SendAsync(Encoding.ASCII.GetBytes(beginning + new string('x', length)), SocketFlags.None, Cancel);

        Assert.Contains(expected, await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Content-Length: 4\r\nContent-Length: 5\r\n\r\na=bc")]
    [InlineData("Content-Length: -1\r\n\r\n")]
    [InlineData("Content-Length: 4, 4\r\n\r\na=bc")]
    [InlineData("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("X: a\r\n b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("X: a\rb\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("Host: y\r\nContent-Length: 0\r\n\r\n")]
    public async Task A_request_that_two_servers_could_read_differently_is_refused_and_carries_no_second_one(string rest)
    {
        await using var app = await ListenAsync();
        using var socket = await ConnectAsync(app);

        await socket.SendAsync(Encoding.ASCII.GetBytes(Head + rest), SocketFlags.None, Cancel);

        var answer = await ReadToEndAsync(socket);
        Assert.StartsWith("HTTP/1.1 4", answer, StringComparison.Ordinal);
        Assert.Single(answer.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("\r\n\r\nlive", answer, StringComparison.Ordinal);
    }

    private Task<TestApp> ListenAsync() => TestApp.StartAsync(Bitrix24, listens: true);

    private static async Task<Socket> ConnectAsync(TestApp app)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, app.Http.BaseAddress!.Port, Cancel);
        return socket;
    }

    private static async Task<string> PushAsync(Socket socket, byte[] body)
    {
        try
        {
            for (var sent = 0; sent < body.Length;)
            {
                sent += await socket.SendAsync(body.AsMemory(sent, Math.Min(65_536, body.Length - sent)), SocketFlags.None, Cancel);
            }
        }
        catch (SocketException)
        {
            // The app listens to this one no more.
        }

        return await ReadToEndAsync(socket);
    }

    /// <summary>What comes until the server ends the connection.</summary>
    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);
        var text = new StringBuilder();
        var buffer = new byte[8192];
        try
        {
            while (await socket.ReceiveAsync(buffer, SocketFlags.None, patience.Token) is > 0 and var read)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (SocketException)
        {
            // A reset ends it as well.
        }

        return text.ToString();
    }
}
