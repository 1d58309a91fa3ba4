using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>A portal, or whoever stands at an address that a webhook names, answers with more than anybody's memory holds.</summary>
public sealed class EndlessAnswerTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

    [Theory]
    [InlineData(true, FailureKind.OutcomeUnknown)]
    [InlineData(false, FailureKind.NotExecuted)]
    public async Task An_answer_without_end_is_given_up_long_before_memory_is_full(bool writes, FailureKind kind)
    {
        var sent = 0L;
        await using var portal = new RawPortal(async socket =>
        {
            await RawPortal.SendAsync(socket, Head + "Transfer-Encoding: chunked\r\n\r\n10\r\n{\"result\":\"aaaaa\r\n");
            var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string('a', 0x10000) + "\r\n");
            while (sent < 500_000_000)
            {
                sent += await socket.SendAsync(chunk, SocketFlags.None);
            }
        });

        var failure = await FailAsync(portal.Address, writes);

        Assert.Equal((kind, "ANSWER_UNREADABLE"), (failure.Kind, failure.Code));
        Assert.InRange(sent, 1, 60_000_000);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task A_small_answer_that_unpacks_without_end_is_given_up(string encoding)
    {
        var bomb = Pack(encoding, 300_000_000);
        Assert.InRange(bomb.Length, 1, 1_000_000);
        await using var portal = new RawPortal(async socket =>
        {
            await RawPortal.SendAsync(socket, Head + $"Content-Encoding: {encoding}\r\nContent-Length: {bomb.Length}\r\n\r\n");
            await socket.SendAsync(bomb, SocketFlags.None);
        });

        var failure = await FailAsync(portal.Address, writes: false);

        Assert.Equal("ANSWER_UNREADABLE", failure.Code);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task An_answer_that_cannot_be_unpacked_is_no_defect_of_ours(string encoding)
    {
        await using var portal = new RawPortal(socket => RawPortal.SendAsync(socket, Head + $"Content-Encoding: {encoding}\r\nContent-Length: 16\r\n\r\nxxxxxxxxxxxxxxxx"));

        Assert.Equal("ANSWER_UNREADABLE", (await FailAsync(portal.Address, writes: false)).Code);
    }

    [Fact]
    public async Task A_head_without_end_is_given_up()
    {
        await using var portal = new RawPortal(async socket =>
        {
            await RawPortal.SendAsync(socket, "HTTP/1.1 200 OK\r\n");
            for (var i = 0; i < 100_000; i++)
            {
                await RawPortal.SendAsync(socket, $"X-{i}: {new string('a', 1000)}\r\n");
            }
        });

        Assert.Equal(FailureKind.NotExecuted, (await FailAsync(portal.Address, writes: false)).Kind);
    }

    [Fact]
    public async Task An_answer_in_depth_is_no_answer()
    {
        var body = "{\"result\":" + new string('[', 100_000);
        await using var portal = new RawPortal(socket => RawPortal.SendAsync(socket, Head + $"Content-Length: {body.Length}\r\n\r\n{body}"));

        Assert.Equal("HTTP_200", (await FailAsync(portal.Address, writes: false)).Code);
    }

    [Theory]
    [InlineData(50, 50)]
    [InlineData(50, 25)]
    [InlineData(49_950, 50_001)]
    [InlineData(0, 2_000_000_000)]
    public async Task A_list_that_leads_back_or_on_for_ever_is_an_error(int start, int next)
    {
        using var fixture = new ClientFixture();
        var call = fixture.Client.CallAsync(new Call("crm.item.list", new JsonObject { ["start"] = start }), TestContext.Current.CancellationToken);
        (await fixture.Portal.NextAsync()).Answer($$"""{"result":{"items":[]},"total":9,"next":{{next}}}""");

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => call);

        Assert.Equal((FailureKind.Refused, "ENDLESS_LIST"), (failure.Kind, failure.Code));
    }

    [Fact]
    public async Task A_list_of_a_batch_that_leads_back_is_that_calls_error_alone()
    {
        using var fixture = new ClientFixture();
        var group = fixture.CallGroupAsync(
            new Call("crm.item.list", new JsonObject { ["start"] = 50 }), new Call("crm.item.list", new JsonObject { ["start"] = 50 }), new Call("crm.item.list", new JsonObject()));
        (await fixture.Portal.NextAsync()).Answer(
            """{"result":{"result":{"c0":[],"c1":[],"c2":[]},"result_error":[],"result_total":{"c0":200,"c1":200,"c2":200},"result_next":{"c0":50,"c1":100,"c2":0}}}""");

        var outcomes = await group;

        Assert.Equal(["ENDLESS_LIST", null, null], outcomes.Select(outcome => outcome.Failure?.Code));
        Assert.Equal([null, 100, null], outcomes.Select(outcome => outcome.Result?.Next));
    }

    private static byte[] Pack(string encoding, int length)
    {
        var packed = new MemoryStream();
        using (Stream packer = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            _ => new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            packer.Write("{\"result\":\""u8);
            var piece = Encoding.ASCII.GetBytes(new string('a', 1_000_000));
            for (var i = 0; i < length / piece.Length; i++)
            {
                packer.Write(piece);
            }
        }

        return packed.ToArray();
    }

    private static async Task<Bitrix24Exception> FailAsync(string address, bool writes)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All, UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
        var client = new PortalClients(http, new PortalLimits(), new FakeTimeProvider(), NullLoggerFactory.Instance).For(new TestCredential(address));
        return await Assert.ThrowsAsync<Bitrix24Exception>(
            () => client.CallAsync(new Call("crm.item.add", new JsonObject(), writes), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken));
    }
}
