using System.Security.Cryptography;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Files;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.Tests.Calls;
using Microsoft.Extensions.Logging.Abstractions;

namespace B24RobotApp.Bitrix24.Tests.Files;

public sealed class UploadTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(48 * 1024 - 1)]
    [InlineData(48 * 1024)]
    [InlineData(48 * 1024 + 1)]
    [InlineData(300_001)]
    public async Task A_file_arrives_byte_for_byte_beside_the_ids_that_stay(int length)
    {
        using var fixture = new ClientFixture();
        var bytes = RandomNumberGenerator.GetBytes(length);
        using var content = new MemoryStream(bytes);
        fixture.Portal.AnswerWith = exchange => exchange.Success();

        await fixture.Client.UploadAsync(
            FileFields.Add(2, 15, "UF_CRM_FILES", [11, 12], "Счёт «1».pdf", content), TestContext.Current.CancellationToken);

        var exchange = await fixture.Portal.NextAsync();
        var list = exchange.Body.GetProperty("fields").GetProperty("UF_CRM_FILES");
        Assert.Equal("crm.item.update", exchange.Method);
        Assert.Equal("""[{"id":11},{"id":12}]""", $"[{list[0].GetRawText()},{list[1].GetRawText()}]");
        Assert.Equal("Счёт «1».pdf", list[2][0].GetString());
        Assert.Equal(bytes, list[2][1].GetBytesFromBase64());
    }

    [Fact]
    public async Task A_single_field_gets_name_and_content_alone()
    {
        using var fixture = new ClientFixture();
        using var content = new MemoryStream("abc"u8.ToArray());
        fixture.Portal.AnswerWith = exchange => exchange.Success();

        await fixture.Client.UploadAsync(FileFields.Add(2, 15, "UF_CRM_X", null, "a.txt", content), TestContext.Current.CancellationToken);

        Assert.Equal("""["a.txt","YWJj"]""", (await fixture.Portal.NextAsync()).Body.GetProperty("fields").GetProperty("UF_CRM_X").GetRawText());
    }

    [Fact]
    public async Task What_the_client_cures_is_sent_again_whole()
    {
        using var fixture = new ClientFixture();
        using var content = new MemoryStream("abc"u8.ToArray());
        var answers = 0;
        fixture.Portal.AnswerWith = exchange =>
        {
            Assert.Equal("YWJj", exchange.Body.GetProperty("fields").GetProperty("UF_CRM_X")[1].GetString());
            if (answers++ == 0)
            {
                exchange.Answer("""{"error":"expired_token","error_description":"old"}""", 401);
                return null;
            }

            return exchange.Success();
        };

        await fixture.RunAsync(fixture.Client.UploadAsync(FileFields.Add(2, 15, "UF_CRM_X", null, "a.txt", content), TestContext.Current.CancellationToken));

        Assert.Equal((2, 1), (fixture.Portal.Received, fixture.Credential.Renewals));
    }

    [Fact]
    public async Task An_upload_waits_for_the_portals_limit_like_any_other_request()
    {
        using var fixture = new ClientFixture(new PortalLimits { RequestsPerSecond = 1, Burst = 1 });
        using var content = new MemoryStream("abc"u8.ToArray());
        fixture.Portal.AnswerWith = exchange => exchange.Success();
        FileUpload Upload() => FileFields.Add(2, 15, "UF_CRM_X", null, "a.txt", content);
        await fixture.Client.UploadAsync(Upload(), TestContext.Current.CancellationToken);

        var second = fixture.Client.UploadAsync(Upload(), TestContext.Current.CancellationToken);

        Assert.False(second.IsCompleted);
        await fixture.RunAsync(second);
        Assert.Equal(2, fixture.Portal.Received);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_breaks_leaves_the_file_unknown(bool whileSending)
    {
        await using var portal = new UploadSink(reset: true, whileSending ? 1_000_000 : long.MaxValue);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
        using var content = new ZeroStream(8_000_000);

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(
            () => NewClient(http, portal.Address).UploadAsync(FileFields.Add(2, 1, "UF_CRM_X", null, "a", content), TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.OutcomeUnknown, failure.Kind);
        Assert.Equal(1, portal.Requests);
    }

    [Fact]
    public async Task Memory_stays_flat_while_a_hundred_megabytes_are_sent()
    {
        const int Length = 100 * 1024 * 1024;
        await using var portal = new UploadSink(reset: false, long.MaxValue);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
        using var content = new ZeroStream(Length);
        var client = NewClient(http, portal.Address);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = before;
        content.OnRead = () => peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));

        await client.UploadAsync(FileFields.Add(2, 1, "UF_CRM_X", null, "a", content), TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper!.WriteLine($"100 MB sent as {portal.Received} bytes; managed memory rose by {(peak - before) / 1024} KB at most.");
        Assert.InRange(portal.Received, (Length + 2L) / 3 * 4, (Length + 2L) / 3 * 4 + 1000);

        // The content is 133 MB on the wire; what other tests hold at the same time is counted too.
        Assert.InRange(peak - before, 0, 64 * 1024 * 1024);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task The_content_must_stand_in_the_parameters_exactly_once(int times)
    {
        using var fixture = new ClientFixture();
        using var content = new MemoryStream("abc"u8.ToArray());
        var upload = new FileUpload(
            "crm.item.update", encoded => new JsonObject { ["fields"] = new JsonArray([.. Enumerable.Repeat(0, times).Select(_ => encoded.DeepClone())]) }, content);

        await Assert.ThrowsAsync<InvalidOperationException>(() => fixture.Client.UploadAsync(upload, TestContext.Current.CancellationToken));
        Assert.Equal(0, fixture.Portal.Received);
    }

    private static PortalClient NewClient(HttpClient http, string portal) =>
        new PortalClients(http, new PortalLimits { RequestTimeout = TimeSpan.FromMinutes(1) }, TimeProvider.System, NullLoggerFactory.Instance)
            .For(new TestCredential(portal));
}
