using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.Values;
using static B24RobotApp.Bitrix24.Tests.Calls.ClientFixture;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>What the client cures by itself, and when it stops trying.</summary>
public sealed class CureTests : IDisposable
{
    private const string Expired = """{"error":"expired_token","error_description":"The access token provided has expired."}""";
    private const string TooMany = """{"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many requests"}""";
    private const string OperatingLimit = """{"error":"OPERATION_TIME_LIMIT","error_description":"Method is blocked due to operation time limit."}""";

    // Simulated time may run ahead of the answers; that must not look like a time-out.
    private readonly ClientFixture _fixture = new(new PortalLimits { RequestTimeout = TimeSpan.FromHours(1) });

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task An_expired_token_is_renewed_and_the_call_repeated_with_the_new_one()
    {
        var call = _fixture.CallAsync("crm.item.add", writes: true);

        (await _fixture.Portal.NextAsync()).Answer(Expired, 401);
        var repeated = await _fixture.Portal.NextAsync();
        Assert.Equal("""{"id":1,"auth":"secretToken2"}""", repeated.Body.GetRawText());
        repeated.AnswerAll();

        Assert.Equal("crm.item.add", (await call).Result.GetString());
        Assert.Equal(1, _fixture.Credential.Renewals);
    }

    [Fact]
    public async Task A_batch_whose_token_has_expired_is_repeated_whole()
    {
        var group = _fixture.CallGroupAsync(Write("crm.item.add"), Write("crm.item.productrow.set"));

        (await _fixture.Portal.NextAsync()).Answer(Expired, 401);
        var repeated = await _fixture.Portal.NextAsync();
        Assert.Equal("secretToken2", repeated.Body.GetProperty("auth").GetString());
        Assert.Equal(2, repeated.CallCount);
        repeated.AnswerAll();

        Assert.All(await group, outcome => Assert.NotNull(outcome.Result));
    }

    [Fact]
    public async Task A_token_that_is_refused_again_after_its_renewal_means_that_the_portal_is_not_connected_any_more()
    {
        var call = _fixture.CallAsync("crm.item.get");

        (await _fixture.Portal.NextAsync()).Answer(Expired, 401);
        (await _fixture.Portal.NextAsync()).Answer(Expired, 401);

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => call);
        Assert.Equal(FailureKind.Disconnected, failure.Kind);
        Assert.Equal(2, _fixture.Portal.Received);
    }

    [Fact]
    public async Task No_auth_found_is_tried_once_with_a_new_token()
    {
        var call = _fixture.CallAsync("crm.item.get");

        (await _fixture.Portal.NextAsync()).Answer("""{"error":"NO_AUTH_FOUND","error_description":"Wrong authorization data"}""", 401);
        (await _fixture.Portal.NextAsync()).Answer("""{"error":"NO_AUTH_FOUND","error_description":"Wrong authorization data"}""", 401);

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => call);
        Assert.Equal((FailureKind.Disconnected, "NO_AUTH_FOUND"), (failure.Kind, failure.Code));
        Assert.Equal(1, _fixture.Credential.Renewals);
        Assert.Equal(2, _fixture.Portal.Received);
    }

    [Fact]
    public async Task A_webhook_that_the_portal_does_not_know_is_gone_at_once()
    {
        Assert.True(WebhookUrl.TryParse("https://esb.bitrix24.test/rest/1/s3cr3t/", allowHttp: false, out var url, out _));
        using var fixture = new ClientFixture(credential: new WebhookCredential(url));
        var call = fixture.CallAsync("crm.item.get");

        var request = await fixture.Portal.NextAsync();
        Assert.Equal("/rest/1/s3cr3t/crm.item.get", request.Address.AbsolutePath);
        Assert.Equal("""{"id":1}""", request.Body.GetRawText());
        request.Answer("""{"error":"NO_AUTH_FOUND","error_description":"Wrong authorization data"}""", 401);

        Assert.Equal(FailureKind.Disconnected, (await Assert.ThrowsAsync<Bitrix24Exception>(() => call)).Kind);
        Assert.Equal(1, fixture.Portal.Received);
    }

    [Fact]
    public async Task Too_many_requests_are_repeated_after_pauses_that_double_and_nobody_notices()
    {
        var times = new List<DateTimeOffset>();
        _fixture.Portal.AnswerWith = exchange =>
        {
            times.Add(exchange.At);
            if (times.Count <= 4)
            {
                exchange.Answer(TooMany, 503);
                return null;
            }

            return exchange.Success();
        };

        var result = await _fixture.RunAsync(_fixture.CallAsync("crm.item.add", writes: true));

        Assert.Equal("crm.item.add", result.Result.GetString());
        Assert.Equal(5, times.Count);
        for (var i = 0; i < 4; i++)
        {
            Assert.InRange((times[i + 1] - times[i]).TotalSeconds, 1 << i, (1.25 * (1 << i)) + 0.2);
        }
    }

    [Fact]
    public async Task While_a_portal_counts_too_many_requests_nothing_else_leaves_for_it()
    {
        _fixture.Portal.AnswerWith = exchange =>
        {
            if (exchange.At < _fixture.Clock.Start.AddSeconds(0.1))
            {
                exchange.Answer(TooMany, 503);
                return null;
            }

            return exchange.Success();
        };
        var refused = _fixture.CallAsync("a");
        await _fixture.Portal.NextAsync();
        var other = _fixture.Clients.For(new TestCredential(key: "another user's")).CallAsync(Read("b"), TestContext.Current.CancellationToken);

        await _fixture.RunAsync(Task.WhenAll(refused, other));

        while (_fixture.Portal.HasMore)
        {
            Assert.True((await _fixture.Portal.NextAsync()).At >= _fixture.Clock.Start.AddSeconds(1));
        }
    }

    [Fact]
    public async Task A_portal_that_counts_too_many_requests_for_a_minute_is_given_up_and_nothing_was_executed()
    {
        _fixture.Portal.AnswerWith = exchange =>
        {
            exchange.Answer(TooMany, 503);
            return null;
        };

        var call = _fixture.CallAsync("crm.item.add", writes: true);
        await _fixture.RunAsync(call.ContinueWith(_ => 0, TaskScheduler.Default));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => call);
        Assert.Equal((FailureKind.NotExecuted, "QUERY_LIMIT_EXCEEDED"), (failure.Kind, failure.Code));
        Assert.Equal(7, _fixture.Portal.Received);
    }

    [Fact]
    public async Task A_method_whose_execution_time_is_used_up_rests_until_the_portal_gives_it_back_and_others_go_on()
    {
        var resetAt = _fixture.Clock.GetUtcNow().AddMinutes(5);
        var first = _fixture.CallAsync("crm.item.add", writes: true);
        (await _fixture.Portal.NextAsync()).Answer(
            $$$"""{"result":1,"time":{"duration":1.8,"operating":481.5,"operating_reset_at":{{{resetAt.ToUnixTimeSeconds()}}}}}""");
        await first;
        Assert.Equal(481.5, _fixture.Client.OperatingSecondsUsed("crm.item.add"));
        var second = _fixture.CallAsync("crm.item.add", writes: true);
        (await _fixture.Portal.NextAsync()).Answer(OperatingLimit, 429);

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => second);
        Assert.Equal((FailureKind.NotExecuted, resetAt), (failure.Kind, failure.RetryAt));
        Assert.Equal(resetAt, _fixture.Client.PausedUntil("crm.item.add"));

        // Refused on our side, without a request; the other method is asked.
        failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => _fixture.CallAsync("crm.item.add", writes: true));
        Assert.Equal((FailureKind.NotExecuted, resetAt), (failure.Kind, failure.RetryAt));
        failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => _fixture.CallGroupAsync(Read("crm.item.list"), Write("crm.item.add")));
        Assert.Equal(resetAt, failure.RetryAt);
        var other = _fixture.CallAsync("crm.item.update", writes: true);
        (await _fixture.Portal.NextAsync()).AnswerAll();
        await other;
        Assert.Equal(3, _fixture.Portal.Received);

        _fixture.Clock.Advance(TimeSpan.FromMinutes(5));
        var again = _fixture.CallAsync("crm.item.add", writes: true);
        (await _fixture.Portal.NextAsync()).AnswerAll();
        await again;
    }

    [Fact]
    public async Task A_method_that_is_refused_within_a_batch_rests_and_those_of_its_calls_that_wait_are_not_sent()
    {
        var blocking = _fixture.CallGroupAsync(Write("crm.item.add"), Read("crm.item.list"));
        var request = await _fixture.Portal.NextAsync();
        var waitingAdd = _fixture.CallAsync("crm.item.add", writes: true);
        var waitingRead = _fixture.CallAsync("crm.item.get");

        request.Answer($$$"""
            {"result":{"result":{"c1":[]},"result_error":{"c0":{{{OperatingLimit}}}},"result_total":{"c1":0},"result_next":[],"result_time":[]},"time":{"duration":0.1}}
            """);

        var outcomes = await blocking;
        var until = _fixture.Clock.GetUtcNow().AddMinutes(1);
        Assert.Equal((FailureKind.NotExecuted, until), (outcomes[0].Failure!.Kind, outcomes[0].Failure!.RetryAt));
        Assert.NotNull(outcomes[1].Result);
        Assert.Equal(until, (await Assert.ThrowsAsync<Bitrix24Exception>(() => waitingAdd)).RetryAt);
        var next = await _fixture.Portal.NextAsync();
        Assert.Equal("crm.item.get", next.Method);
        next.AnswerAll();
        await waitingRead;
    }

    [Fact]
    public async Task An_expired_token_within_a_batch_that_was_let_in_is_no_sign_that_the_app_is_gone()
    {
        var group = _fixture.CallGroupAsync(Read("a"), Read("b"));

        (await _fixture.Portal.NextAsync()).Answer($$$$"""{"result":{"result":{"c0":1},"result_error":{"c1":{{{{Expired}}}}}}}""");

        Assert.Equal(FailureKind.NotExecuted, (await group)[1].Failure!.Kind);
    }

    [Fact]
    public async Task A_renewal_that_fails_is_what_the_caller_hears()
    {
        using var fixture = new ClientFixture(credential: new UnrenewableCredential());
        var call = fixture.CallAsync("crm.item.add", writes: true);

        (await fixture.Portal.NextAsync()).Answer(Expired, 401);

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => call);
        Assert.Equal((FailureKind.NotExecuted, "oauth/token"), (failure.Kind, failure.Method));
    }

    [Fact]
    public async Task Requests_that_are_refused_together_renew_the_token_once()
    {
        var slow = _fixture.CallAsync("slow");
        var request = await _fixture.Portal.NextAsync();
        _fixture.Clock.Advance(TimeSpan.FromSeconds(2));
        request.AnswerAll();
        await slow;
        var calls = new List<Task<CallResult>>();
        var requests = new List<PortalExchange>();
        for (var i = 0; i < 4; i++)
        {
            calls.Add(_fixture.CallAsync("a"));
            requests.Add(await _fixture.Portal.NextAsync());
        }

        _fixture.Portal.AnswerWith = exchange => exchange.Success();
        requests.ForEach(refused => refused.Answer(Expired, 401));

        await Task.WhenAll(calls);
        Assert.Equal(1, _fixture.Credential.Renewals);
    }

    private sealed class UnrenewableCredential : PortalCredential
    {
        public override string Key => "unrenewable";

        public override Uri Portal { get; } = new("https://acme.bitrix24.test/");

        public override ValueTask<RequestAuthorization> AuthorizeAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult(new RequestAuthorization(new Uri(Portal, "rest/"), new AccessToken("t")));

        public override Task<bool> RenewAsync(RequestAuthorization rejected, CancellationToken cancellationToken) =>
            throw new Bitrix24Exception(FailureKind.NotExecuted, "oauth.bitrix.test", "oauth/token", "HTTP_503", "Down.");

        public override ValueTask<bool> MoveAsync(Uri newPortal, CancellationToken cancellationToken) => ValueTask.FromResult(false);
    }
}
