using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using Microsoft.Extensions.Time.Testing;
using static B24RobotApp.Bitrix24.Tests.OAuth.AuthorizationServerStub;

namespace B24RobotApp.Bitrix24.Tests.OAuth;

public sealed class OAuthServerTests : IDisposable
{
    private static readonly ApplicationCredentials Application = new("local.5f3e2a1b4c5d6e.12345678", new ClientSecret("clientSecret+/="));

    private readonly AuthorizationServerStub _stub = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_760_000_000));
    private readonly OAuthServer _server;

    public OAuthServerTests() => _server = new OAuthServer(_stub.Http, TimeSpan.FromSeconds(10), _clock);

    public void Dispose() => _stub.Dispose();

    [Fact]
    public async Task A_refresh_sends_the_credentials_in_the_query_and_brings_the_new_pair()
    {
        var answer = await RefreshAsync();

        var request = Assert.Single(_stub.Requests);
        Assert.Equal("GET", request.Method);
        Assert.Equal("/oauth/token/", request.Path);
        Assert.Equal("refresh_token", request.Query!["grant_type"].Single());
        Assert.Equal("refreshToken1", request.Query["refresh_token"].Single());
        Assert.Equal("local.5f3e2a1b4c5d6e.12345678", request.Query["client_id"].Single());
        Assert.Equal("clientSecret+/=", request.Query["client_secret"].Single());
        Assert.Equal("accessToken2", answer.Tokens.Access.Reveal());
        Assert.Equal("refreshToken2", answer.Tokens.Refresh!.Reveal());
        Assert.Equal("a223c6b3710f85df22e9377d6c4f7553", answer.Member!.Value.Value);
        Assert.Equal(7, answer.UserId);
        Assert.Equal(["crm", "bizproc", "im"], answer.Scopes);
    }

    // Trap 25.
    [Fact]
    public async Task The_portal_is_the_host_of_client_endpoint_and_never_the_ambiguous_domain() =>
        Assert.Equal("https://acme.bitrix24.ru/", (await RefreshAsync()).Portal.AbsoluteUri);

    [Fact]
    public async Task A_new_token_lives_from_now_whatever_the_servers_clock_says() =>
        Assert.Equal(_clock.GetUtcNow().AddHours(1), (await RefreshAsync()).Tokens.ExpiresAt);

    [Fact]
    public async Task A_code_is_exchanged_once_and_its_answer_may_lack_the_user_and_the_end()
    {
        _stub.AnswerInTurn(Json(Payload.Text("OAuth/tokens-by-code.json")));

        var answer = await _server.ExchangeCodeAsync(_stub.Address, Application, "code1", TestContext.Current.CancellationToken);

        var request = Assert.Single(_stub.Requests);
        Assert.Equal("authorization_code", request.Query!["grant_type"].Single());
        Assert.Equal("code1", request.Query["code"].Single());
        Assert.Equal(_clock.GetUtcNow().AddHours(1), answer.Tokens.ExpiresAt);
        Assert.Null(answer.UserId);
        Assert.Equal(["crm", "bizproc"], answer.Scopes);
    }

    [Fact]
    public async Task A_code_whose_answer_is_lost_is_not_sent_again()
    {
        _stub.AnswerInTurn(Html(502));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(
            () => _server.ExchangeCodeAsync(_stub.Address, Application, "code1", TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.NotExecuted, failure.Kind);
        Assert.Single(_stub.Requests);
    }

    [Theory]
    [InlineData(400, "invalid_grant", FailureKind.Disconnected)]
    [InlineData(400, "INVALID_GRANT", FailureKind.Disconnected)]
    [InlineData(200, "Invalid_Grant", FailureKind.Disconnected)]
    [InlineData(400, "bad_verification_code", FailureKind.Disconnected)]
    [InlineData(401, "invalid_client", FailureKind.Disconnected)]
    [InlineData(401, "wrong_client", FailureKind.Disconnected)]
    [InlineData(402, "PAYMENT_REQUIRED", FailureKind.Disconnected)]
    [InlineData(403, "payment_required", FailureKind.Disconnected)]
    [InlineData(404, "", FailureKind.Disconnected)]
    [InlineData(400, "invalid_request", FailureKind.Refused)]
    [InlineData(400, "invalid_scope", FailureKind.Refused)]
    [InlineData(400, "insufficient_scope", FailureKind.Refused)]
    [InlineData(400, "something_new", FailureKind.Refused)]
    public async Task What_the_server_refuses_is_classified_by_its_code_and_not_repeated(int status, string code, FailureKind kind)
    {
        _stub.AnswerInTurn(Error(status, code));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(RefreshAsync);

        Assert.Equal(kind, failure.Kind);
        Assert.Equal(code, failure.Code);
        Assert.Equal("oauth/token", failure.Method);
        Assert.Equal(_stub.Address.Authority, failure.PortalHost);
        Assert.Single(_stub.Requests);
    }

    [Fact]
    public async Task What_is_no_answer_is_repeated_once_with_the_same_token()
    {
        _stub.AnswerInTurn(Html(502), Tokens(2));

        var answer = await RefreshAsync();

        Assert.Equal("accessToken3", answer.Tokens.Access.Reveal());
        Assert.Equal(["refreshToken1", "refreshToken1"], _stub.Requests.Select(request => request.Query!["refresh_token"].Single()));
    }

    [Fact]
    public async Task A_server_that_is_down_is_asked_twice_and_then_later()
    {
        _stub.AnswerInTurn(Html(502), Error(503, "INTERNAL_SERVER_ERROR"));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(RefreshAsync);

        Assert.Equal(FailureKind.NotExecuted, failure.Kind);
        Assert.Equal(2, _stub.Requests.Count);
    }

    [Fact]
    public async Task A_page_instead_of_json_is_no_answer()
    {
        _stub.AnswerInTurn(Html(200), Html(404));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(RefreshAsync);

        Assert.Equal((FailureKind.NotExecuted, "HTTP_404"), (failure.Kind, failure.Code));
    }

    [Fact]
    public async Task A_redirect_is_not_followed_since_the_address_holds_the_secret()
    {
        using var elsewhere = new AuthorizationServerStub();
        var location = new Uri(elsewhere.Address, "oauth/token/?x=1").AbsoluteUri;
        _stub.AnswerInTurn(Redirect(location), Redirect(location));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(RefreshAsync);

        Assert.Equal("HTTP_302", failure.Code);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_refresh_that_times_out_is_repeated_once_with_the_same_token()
    {
        var never = new TaskCompletionSource<WireMock.ResponseMessage>();
        _stub.Answer = number => number == 1 ? never.Task : Task.FromResult(Tokens(1));

        var refresh = RefreshAsync();
        await _stub.Asked;
        _clock.Advance(TimeSpan.FromSeconds(11));
        var answer = await refresh;

        Assert.Equal("accessToken2", answer.Tokens.Access.Reveal());
        Assert.Equal(["refreshToken1", "refreshToken1"], _stub.Requests.Select(request => request.Query!["refresh_token"].Single()));
        never.SetResult(Tokens(1));
    }

    [Fact]
    public async Task A_server_nobody_listens_at_is_no_answer_and_no_secret_is_told()
    {
        var gone = _stub.Address;
        _stub.Dispose();
        using var http = new HttpClient(new SocketsHttpHandler());

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(
            () => new OAuthServer(http, TimeSpan.FromSeconds(10), _clock).RefreshAsync(gone, Application, new RefreshToken("refreshToken1"), TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.NotExecuted, failure.Kind);
        Assert.DoesNotContain("clientSecret", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("refreshToken1", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_repeats_the_secrets_in_its_text_does_not_get_them_into_ours()
    {
        _stub.AnswerInTurn(Error(400, "invalid_request", "client_secret=clientSecret+/= refresh_token=refreshToken1"));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(RefreshAsync);

        Assert.Equal("client_secret=*** refresh_token=***", failure.Description);
    }

    [Fact]
    public async Task Without_a_new_refresh_token_the_old_one_stays()
    {
        _stub.AnswerInTurn(Json("""{"access_token":"a","refresh_token":null,"error":null,"expires_in":3600,"client_endpoint":"https://acme.bitrix24.ru/rest/"}"""));

        Assert.Equal("refreshToken1", (await RefreshAsync()).Tokens.Refresh!.Reveal());
    }

    [Fact]
    public async Task A_refresh_is_traced_and_counted_by_how_it_ended_and_no_secret_stands_in_the_span()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var counted = new ConcurrentQueue<string>();
        using var meters = new MeterListener { InstrumentPublished = (instrument, listening) => { if (instrument.Name == "b24robot.token.refreshes") { listening.EnableMeasurementEvents(instrument); } } };
        meters.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            var labels = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
            if ((string?)labels["server"] == _stub.Address.Authority)
            {
                counted.Enqueue((string)labels["outcome"]!);
            }
        });
        meters.Start();
        _stub.AnswerInTurn(Json(Payload.Text("OAuth/tokens.json")), Json("""{"error":"invalid_grant","error_description":"refreshToken1"}""", 400));
        using var caller = Telemetry.Source.StartActivity("caller");

        await RefreshAsync();
        await Assert.ThrowsAsync<Bitrix24Exception>(RefreshAsync);

        Assert.Equal(["ok", "disconnected"], counted);
        var own = spans.Where(span => span.OperationName == "GET oauth/token" && (string?)span.GetTagItem("server.address") == _stub.Address.Authority).ToList();
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error], own.Select(span => span.Status));
        Assert.All(own, span => Assert.Equal(caller!.SpanId, span.ParentSpanId));
        Assert.All(own, span => Assert.DoesNotContain(span.TagObjects, tag => tag.Value?.ToString() is { } text
            && (text.Contains("refreshToken1", StringComparison.Ordinal) || text.Contains("clientSecret", StringComparison.Ordinal))));
    }

    // Trap 29.
    [Fact]
    public async Task A_token_is_checked_at_the_authorization_server_with_the_token_in_the_body()
    {
        _stub.AnswerInTurn(Json(Payload.Text("OAuth/app-info.json")));

        var info = await InfoAsync();

        var request = Assert.Single(_stub.Requests);
        Assert.Equal(("POST", "/rest/app.info"), (request.Method, request.Path));
        Assert.Empty(request.Query ?? new Dictionary<string, WireMock.Types.WireMockList<string>>());
        Assert.Equal("auth=accessToken1", request.Body);
        Assert.Equal("https://acme.bitrix24.ru/", info.Portal.AbsoluteUri);
        Assert.Equal("local.5f3e2a1b4c5d6e.12345678", info.ClientId);
        Assert.Equal("a223c6b3710f85df22e9377d6c4f7553", info.Member!.Value.Value);
        Assert.Equal(7, info.UserId);
    }

    [Theory]
    [InlineData("""{"error":"expired_token","error_description":"no"}""", 401, FailureKind.Refused)]
    [InlineData("""{"error":"invalid_token","error_description":"no"}""", 401, FailureKind.Refused)]
    [InlineData("""{"error":"PAYMENT_REQUIRED","error_description":"no"}""", 402, FailureKind.Refused)]
    [InlineData("""{"result":{"ID":5,"CODE":"local.1"}}""", 200, FailureKind.Refused)]
    [InlineData("""{"result":{"install":{"uri":"not an address"}}}""", 200, FailureKind.Refused)]
    [InlineData("""{"result":[]}""", 200, FailureKind.Refused)]
    [InlineData("""{"error":"QUERY_LIMIT_EXCEEDED","error_description":"no"}""", 429, FailureKind.NotExecuted)]
    [InlineData("""{"error":"","error_description":"no"}""", 500, FailureKind.NotExecuted)]
    [InlineData("<html></html>", 502, FailureKind.NotExecuted)]
    [InlineData("<html></html>", 200, FailureKind.NotExecuted)]
    [InlineData("", 200, FailureKind.NotExecuted)]
    public async Task A_token_that_the_server_does_not_vouch_for_is_refused_and_no_answer_is_none(string body, int status, FailureKind kind)
    {
        _stub.AnswerInTurn(Json(body, status));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(InfoAsync);

        Assert.Equal(kind, failure.Kind);
        Assert.DoesNotContain("accessToken1", failure.ToString(), StringComparison.Ordinal);
    }

    private Task<TokenAnswer> RefreshAsync() =>
        _server.RefreshAsync(_stub.Address, Application, new RefreshToken("refreshToken1"), TestContext.Current.CancellationToken);

    private Task<TokenInfo> InfoAsync() =>
        _server.GetTokenInfoAsync(_stub.Address, new AccessToken("accessToken1"), TestContext.Current.CancellationToken);
}
