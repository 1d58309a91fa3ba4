using System.Collections.Concurrent;
using System.Diagnostics;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>What somebody sees who follows one deal through the app.</summary>
public sealed class TraceTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;
    private PortalPair _pair = null!;

    public TraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pair = await PortalPair.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _pair.DisposeAsync();
    }

    [Fact]
    public async Task Every_step_of_a_transfer_belongs_to_the_trace_of_its_robots_call_also_after_a_failure_and_a_restart()
    {
        var trace = ActivityTraceId.CreateRandom();
        var intake = ActivitySpanId.CreateRandom();
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.Database.Open().WriteAsync(
            connection => connection.Execute("UPDATE transfers SET trace = @Trace WHERE id = @Id", new { Trace = $"00-{trace}-{intake}-01", Id = id.Value }), Durability.Full, Cancel);
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, count: 1));
        await _pair.AttemptAsync();
        _pair.Restart();

        var transfer = await _pair.RunAsync(id);

        Assert.Equal(TransferState.Done, transfer.State);
        var spans = _spans.Where(span => span.TraceId == trace).ToList();
        var attempts = spans.Where(span => span.OperationName == "transfer").OrderBy(span => span.StartTimeUtc).ToList();
        Assert.Equal(2, attempts.Count);
        Assert.All(attempts, attempt => Assert.Equal(intake, attempt.ParentSpanId));
        Assert.Equal(ActivityStatusCode.Error, attempts[0].Status);
        var steps = spans.Where(span => span.ParentSpanId == attempts[1].SpanId).OrderBy(span => span.StartTimeUtc).Select(span => span.OperationName);
        Assert.Equal(["read", "map", "client", "write", "report"], steps);
    }

    [Fact]
    public async Task A_request_stands_below_the_step_that_wants_it_with_an_address_that_holds_no_secret()
    {
        var trace = ActivityTraceId.CreateRandom();
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.Database.Open().WriteAsync(
            connection => connection.Execute("UPDATE transfers SET trace = @Trace WHERE id = @Id", new { Trace = $"00-{trace}-{ActivitySpanId.CreateRandom()}-01", Id = id.Value }),
            Durability.Full,
            Cancel);

        await _pair.RunAsync(id);

        var spans = _spans.Where(span => span.TraceId == trace).ToDictionary(span => span.SpanId);
        var requests = spans.Values.Where(span => span.Kind == ActivityKind.Client).ToList();
        var write = requests.Single(request => ((string)request.GetTagItem("bitrix24.methods")!).Contains("crm.item.add", StringComparison.Ordinal));
        Assert.Equal("write", spans[spans[write.ParentSpanId].ParentSpanId].OperationName);
        Assert.StartsWith(_pair.Esb.BaseUrl.AbsoluteUri + "rest/", (string)write.GetTagItem("url.full")!, StringComparison.Ordinal);
        var secret = _pair.Webhook.Url.Segments[^1].Trim('/');
        var token = _pair.Tokens(1).Access.Reveal();
        Assert.All(_spans, span => Assert.DoesNotContain(span.TagObjects, tag => tag.Value?.ToString() is { } text
            && (text.Contains(secret, StringComparison.Ordinal) || text.Contains(token, StringComparison.Ordinal) || text.Contains("Поставка", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_request_that_several_transfers_share_is_linked_with_each_of_them()
    {
        foreach (var number in Enumerable.Range(1, 12))
        {
            await _pair.SendAsync(_pair.AddDeal($"Поставка {number}"));
        }

        await _pair.AttemptManyAsync(12);

        var host = _pair.Esb.BaseUrl.Authority;
        var shared = _spans.Where(span => span.Kind == ActivityKind.Client && (string?)span.GetTagItem("server.address") == host && span.Links.Any()).ToList();
        Assert.NotEmpty(shared);
        var known = _spans.Select(span => span.SpanId).ToHashSet();
        Assert.All(shared.SelectMany(span => span.Links), link => Assert.Contains(link.Context.SpanId, known));
    }
}
