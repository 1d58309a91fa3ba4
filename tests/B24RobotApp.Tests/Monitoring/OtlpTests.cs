using System.Collections.Concurrent;
using System.Text;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using WireMock.Server;
using RequestBuilder = WireMock.RequestBuilders.Request;
using ResponseBuilder = WireMock.ResponseBuilders.Response;

namespace B24RobotApp.Tests.Monitoring;

/// <summary>Traces as they arrive where the standard's variables send them.</summary>
public sealed class OtlpTests : IDisposable
{
    private readonly Bitrix24Stub _bitrix24 = new();
    private readonly WireMockServer _collector = WireMockServer.Start();
    private readonly ConcurrentQueue<byte[]> _traces = new();

    public OtlpTests() => _collector.Given(RequestBuilder.Create().WithPath("/v1/traces")).RespondWith(ResponseBuilder.Create().WithCallback(request =>
    {
        _traces.Enqueue(request.BodyAsBytes ?? []);
        return new WireMock.ResponseMessage { StatusCode = 200 };
    }));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _bitrix24.Dispose();
        _collector.Dispose();
    }

    [Fact]
    public async Task A_collector_gets_one_trace_from_the_call_to_the_answer_across_a_restart_and_no_secret_with_it()
    {
        var tokens = _bitrix24.Issue();
        var refusing = true;
        _bitrix24.Refuses = method => refusing && method == "bizproc.event.send" ? (429, "OPERATION_TIME_LIMIT") : null;
        string trace;
        var first = await StartAsync(null);
        try
        {
            await first.InstallAsync(_bitrix24);
            using var answer = await first.PostAsync("/robots/send-to-esb", Posts.RobotCall(_bitrix24, tokens));
            trace = await first.Get<StoreDatabase>().ReadAsync(connection => connection.QuerySingle<string>("SELECT trace FROM transfers"), Cancel);
            await Eventually.Async(() => _bitrix24.CallsOf("bizproc.event.send").Count > 0, TimeSpan.FromSeconds(30), Cancel);
        }
        finally
        {
            await first.StopAsync();
        }

        var before = Bytes();
        _traces.Clear();
        refusing = false;
        await using (var second = await StartAsync(first.Folder))
        {
            await Eventually.Async(
                async () =>
                {
                    second.Clock.Advance(TimeSpan.FromMinutes(1));
                    return (await second.Transfers.ListAsync(new TransferQuery { Most = 10 }, Cancel)).All(transfer => transfer.State == TransferState.Failed);
                },
                TimeSpan.FromSeconds(30),
                Cancel);
        }

        Directory.Delete(first.Folder, recursive: true);
        var after = Bytes();
        var id = Encoding.Latin1.GetString(Convert.FromHexString(trace.Split('-')[1]));
        Assert.Contains(id, before, StringComparison.Ordinal);
        Assert.Contains(id, after, StringComparison.Ordinal);
        Assert.Contains("robot call", before, StringComparison.Ordinal);
        Assert.DoesNotContain("robot call", after, StringComparison.Ordinal);
        Assert.Contains("report", after, StringComparison.Ordinal);
        Assert.Contains("/rest/", after, StringComparison.Ordinal);
        foreach (var secret in (string[])[tokens.Access, tokens.Refresh, Bitrix24Stub.ApplicationToken, Bitrix24Stub.ClientSecret])
        {
            Assert.DoesNotContain(secret, before + after, StringComparison.Ordinal);
        }
    }

    private string Bytes() => string.Concat(_traces.Select(Encoding.Latin1.GetString));

    private Task<TestApp> StartAsync(string? folder) => TestApp.StartAsync(
        _bitrix24,
        new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _collector.Url, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["Transfers:AnswerNotBefore"] = "00:00:00" },
        folder);
}
