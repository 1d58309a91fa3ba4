using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.Limits;

public sealed class LimitTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;
    private IncomingWebhook _webhook = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync();
        _webhook = _sandbox.Source.CreateIncomingWebhook(1, "crm");
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task Fifty_requests_pass_at_once_and_two_more_each_second()
    {
        _sandbox.Source.Limits.LimitsRate = true;
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(200, await StatusAsync());
        }

        var over = await _sandbox.CallAsync(_webhook, "test.echo");
        _sandbox.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((503, "QUERY_LIMIT_EXCEEDED"), (over.Status, over.Error));
        Assert.Equal((200, 200, 503), (await StatusAsync(), await StatusAsync(), await StatusAsync()));
    }

    [Fact]
    public async Task All_webhooks_and_applications_of_one_address_share_the_counter_and_portals_do_not()
    {
        _sandbox.Source.Limits.LimitsRate = true;
        _sandbox.Source.Limits.Burst = 1;
        var app = _sandbox.InstallApp();

        Assert.Equal(200, await StatusAsync());
        Assert.Equal(503, (await _sandbox.CallAsync(app, "test.echo")).Status);
        Assert.Equal(200, (await _sandbox.CallAsync(_sandbox.Esb.CreateIncomingWebhook(1), "test.echo")).Status);
    }

    [Fact]
    public async Task A_batch_is_one_request()
    {
        _sandbox.Source.Limits.LimitsRate = true;
        _sandbox.Source.Limits.Burst = 1;

        var answer = await _sandbox.CallAsync(_webhook, "batch", """{"cmd":{"a":"test.echo","b":"test.echo"}}""");

        Assert.Equal(200, answer.Status);
        Assert.Equal(503, await StatusAsync());
    }

    [Fact]
    public async Task The_call_that_crosses_the_operating_limit_passes_and_the_next_fails()
    {
        _sandbox.Source.Limits.LimitsOperating = true;
        _sandbox.Source.Costs["test.echo"] = TimeSpan.FromSeconds(250);

        Assert.Equal(200, await StatusAsync());
        Assert.Equal(200, await StatusAsync());
        var blocked = await _sandbox.CallAsync(_webhook, "test.echo");

        Assert.Equal((429, "OPERATION_TIME_LIMIT"), (blocked.Status, blocked.Error));
    }

    [Fact]
    public async Task Operating_is_counted_per_method_and_per_webhook()
    {
        _sandbox.Source.Limits.LimitsOperating = true;
        _sandbox.Source.Costs["test.echo"] = TimeSpan.FromSeconds(500);

        await StatusAsync();

        Assert.Equal(429, await StatusAsync());
        Assert.Equal(200, (await _sandbox.CallAsync(_webhook, "test.item")).Status);
        Assert.Equal(200, (await _sandbox.CallAsync(_sandbox.Source.CreateIncomingWebhook(1, "crm"), "test.echo")).Status);
    }

    [Fact]
    public async Task Sub_calls_count_under_their_own_method_and_the_batch_itself_does_not()
    {
        _sandbox.Source.Limits.LimitsOperating = true;
        _sandbox.Source.Costs["test.echo"] = TimeSpan.FromSeconds(200);

        var answer = await _sandbox.CallAsync(_webhook, "batch", """{"cmd":{"a":"test.echo","b":"test.echo","c":"test.echo","d":"test.echo"}}""");

        Assert.Equal("OPERATION_TIME_LIMIT", answer.Result!["result_error"]!["d"]!["error"]!.GetValue<string>());
        Assert.Equal(600, answer.Result["result_time"]!["c"]!["operating"]!.GetValue<double>());
        Assert.Equal(0, answer.Json["time"]!["operating"]!.GetValue<double>());
    }

    [Fact]
    public async Task The_oldest_minute_falls_out_ten_minutes_after_its_first_call()
    {
        _sandbox.Source.Limits.LimitsOperating = true;
        _sandbox.Source.Costs["test.echo"] = TimeSpan.FromSeconds(300);
        var first = await _sandbox.CallAsync(_webhook, "test.echo");
        _sandbox.Clock.Advance(TimeSpan.FromMinutes(5));
        await StatusAsync();
        Assert.Equal(429, await StatusAsync());

        _sandbox.Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Equal(429, await StatusAsync());
        _sandbox.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(_sandbox.Clock.GetUtcNow().ToUnixTimeSeconds(), first.Json["time"]!["operating_reset_at"]!.GetValue<long>());
        var again = await _sandbox.CallAsync(_webhook, "test.echo");
        Assert.Equal(200, again.Status);
        Assert.Equal(600, again.Json["time"]!["operating"]!.GetValue<double>());
    }

    [Fact]
    public async Task Calls_that_are_quick_are_not_counted_and_limits_are_off_until_switched_on()
    {
        _sandbox.Source.Costs["test.echo"] = TimeSpan.FromMilliseconds(90);
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(200, await StatusAsync());
        }

        Assert.Equal(0, (await _sandbox.CallAsync(_webhook, "test.echo")).Json["time"]!["operating"]!.GetValue<double>());
    }

    private async Task<int> StatusAsync() => (await _sandbox.CallAsync(_webhook, "test.echo")).Status;
}
