using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Faults;

public sealed class FaultTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;
    private IncomingWebhook _webhook = null!;
    private int _done;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync();
        _webhook = _sandbox.Source.CreateIncomingWebhook(1, "crm");
        _sandbox.Source.Methods.Add("test.write", null, _ => ++_done);
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Theory]
    [InlineData(FaultKind.ResetBefore, 0)]
    [InlineData(FaultKind.ResetAfter, 1)]
    public async Task A_connection_is_reset_before_or_after_the_work_is_done(FaultKind kind, int done)
    {
        _sandbox.Source.Faults.Add(new FaultRule(kind, "test.write", count: 1));

        await Assert.ThrowsAnyAsync<HttpRequestException>(WriteAsync);

        Assert.Equal(done, _done);
        Assert.Equal(200, (await WriteAsync()).Status);
    }

    [Theory]
    [InlineData(FaultKind.InternalErrorBefore, 500, 0)]
    [InlineData(FaultKind.InternalErrorAfter, 500, 1)]
    [InlineData(FaultKind.BadGatewayBefore, 502, 0)]
    [InlineData(FaultKind.BadGatewayAfter, 502, 1)]
    [InlineData(FaultKind.ExpiredToken, 401, 0)]
    [InlineData(FaultKind.QueryLimitExceeded, 503, 0)]
    [InlineData(FaultKind.OperationTimeLimit, 429, 0)]
    public async Task An_error_comes_with_the_work_done_or_not(FaultKind kind, int status, int done)
    {
        _sandbox.Source.Faults.Add(new FaultRule(kind, count: 1));

        var answer = await WriteAsync();

        Assert.Equal((status, done), (answer.Status, _done));
        Assert.Equal(status == 502 ? "text/html" : "application/json; charset=utf-8", answer.Headers["Content-Type"]);
    }

    [Fact]
    public async Task Any_error_of_a_portal_can_be_asked_for()
    {
        _sandbox.Source.Faults.Add(new FaultRule(FaultKind.Refuse, count: 1) { Code = "OVERLOAD_LIMIT", Status = 503 });

        var answer = await WriteAsync();

        Assert.Equal((503, "OVERLOAD_LIMIT", 0), (answer.Status, answer.Error, _done));
    }

    [Fact]
    public async Task A_slow_answer_waits_for_the_clock()
    {
        _sandbox.Source.Faults.Add(new FaultRule(FaultKind.Slow, count: 1) { Delay = TimeSpan.FromSeconds(20) });

        var writing = WriteAsync();
        await EventuallyAsync(() => _done == 1);
        Assert.False(writing.IsCompleted);
        await EventuallyAsync(() =>
        {
            _sandbox.Clock.Advance(TimeSpan.FromSeconds(20));
            return writing.IsCompleted;
        });

        Assert.Equal(200, (await writing).Status);
    }

    [Fact]
    public async Task A_hanging_answer_never_comes_but_the_work_is_done()
    {
        _sandbox.Source.Faults.Add(new FaultRule(FaultKind.Hang, count: 1));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var content = new StringContent("{}");

        var writing = _sandbox.Http.PostAsync(new Uri(_webhook.Url, "test.write"), content, patience.Token);
        await EventuallyAsync(() => _done == 1);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    [Fact]
    public async Task A_fault_strikes_a_batch_that_holds_the_method()
    {
        _sandbox.Source.Faults.Add(new FaultRule(FaultKind.InternalErrorBefore, "test.w*"));

        var without = await _sandbox.CallAsync(_webhook, "batch", """{"cmd":{"a":"test.echo"}}""");
        var with = await _sandbox.CallAsync(_webhook, "batch", """{"cmd":{"a":"test.echo","b":"test.write?x=1"}}""");

        Assert.Equal((200, 500), (without.Status, with.Status));
    }

    [Fact]
    public async Task An_operating_limit_strikes_the_sub_call_alone()
    {
        _sandbox.Source.Faults.Add(new FaultRule(FaultKind.OperationTimeLimit, "test.write"));

        var answer = await _sandbox.CallAsync(_webhook, "batch", """{"cmd":{"a":"test.echo?x=1","b":"test.write"}}""");

        Assert.Equal(200, answer.Status);
        Assert.Equal("OPERATION_TIME_LIMIT", answer.Result!["result_error"]!["b"]!["error"]!.GetValue<string>());
        Assert.Equal("""{"a":{"x":"1"}}""", answer.Result["result"]!.ToJsonString());
    }

    [Fact]
    public async Task The_same_seed_strikes_the_same_requests()
    {
        async Task<string> RunAsync()
        {
            _sandbox.Source.Faults.Clear();
            _sandbox.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, probability: 0.5, seed: 42));
            var statuses = new List<int>();
            for (var i = 0; i < 20; i++)
            {
                statuses.Add((await WriteAsync()).Status);
            }
            return string.Join(' ', statuses);
        }

        var first = await RunAsync();

        Assert.Contains("502", first, StringComparison.Ordinal);
        Assert.Contains("200", first, StringComparison.Ordinal);
        Assert.Equal(first, await RunAsync());
    }

    [Fact]
    public async Task The_authorization_server_fails_on_request_too()
    {
        _sandbox.Host.OAuthServer.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, "token.refresh_token", count: 1));

        var answer = await _sandbox.GetAsync(new Uri(_sandbox.Host.OAuthServer.BaseUrl, "oauth/token/?grant_type=refresh_token"));

        Assert.Equal(502, answer.Status);
    }

    private Task<Answer> WriteAsync() => _sandbox.CallAsync(_webhook, "test.write");

    private static Task EventuallyAsync(Func<bool> condition) => Eventually.HoldsAsync(condition);
}
