using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Tests.Calls;
using B24RobotApp.Bitrix24.Values;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using static B24RobotApp.Bitrix24.Tests.OAuth.AuthorizationServerStub;

namespace B24RobotApp.Bitrix24.Tests.OAuth;

public sealed class TokenRefresherTests : IDisposable
{
    private static readonly TokenOwner Owner = new(MemberId.Parse("a223c6b3710f85df22e9377d6c4f7553"), 7);

    private readonly AuthorizationServerStub _stub = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_760_000_000));
    private readonly CapturedLogs _logs = new();
    private readonly MemoryTokenStore _store;
    private readonly TokenRefresher _refresher;

    public TokenRefresherTests()
    {
        _store = new MemoryTokenStore(_stub.Address) { Tokens = Pair(1) };
        _refresher = new TokenRefresher(_store, new OAuthServer(_stub.Http, TimeSpan.FromSeconds(10), _clock), _clock, new Logger<TokenRefresher>(_logs));
    }

    public void Dispose()
    {
        _stub.Dispose();
        _logs.Dispose();
    }

    // Trap 24.
    [Fact]
    public async Task A_hundred_callers_with_an_expired_token_make_one_request()
    {
        var release = new TaskCompletionSource();
        _stub.Answer = async number =>
        {
            await release.Task;
            return Tokens(number);
        };

        var callers = Enumerable.Range(0, 100).Select(_ => RefreshAsync("accessToken1")).ToArray();
        await _stub.Asked;
        release.SetResult();
        var answers = await Task.WhenAll(callers);

        Assert.Single(_stub.Requests);
        Assert.All(answers, tokens => Assert.Equal("accessToken2", tokens.Access.Reveal()));
    }

    [Fact]
    public async Task While_another_process_renews_them_its_pair_is_waited_for_and_nothing_is_asked_here()
    {
        var asked = 0;
        _store.OtherProcess = () =>
        {
            if (++asked == 3)
            {
                _store.Tokens = Pair(2);
            }

            return true;
        };

        var refresh = RefreshAsync("accessToken1");
        while (!refresh.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.Equal("accessToken2", (await refresh).Access.Reveal());
        Assert.Equal(3, asked);
        Assert.Empty(_stub.Requests);
    }

    [Fact]
    public async Task Callers_who_come_late_with_the_old_token_get_the_new_one_without_a_request()
    {
        await RefreshAsync("accessToken1");

        var late = await RefreshAsync("accessToken1");

        Assert.Equal("accessToken2", late.Access.Reveal());
        Assert.Single(_stub.Requests);
    }

    [Fact]
    public async Task The_new_pair_is_stored_before_anyone_gets_it()
    {
        var tokens = await RefreshAsync("accessToken1");

        Assert.Same(tokens, _store.Tokens);
        Assert.Equal("refreshToken2", _store.Tokens!.Refresh!.Reveal());
    }

    [Fact]
    public async Task A_caller_who_gives_up_does_not_cancel_the_refresh()
    {
        var release = new TaskCompletionSource();
        _stub.Answer = async number =>
        {
            await release.Task;
            return Tokens(number);
        };
        using var impatient = new CancellationTokenSource();

        var first = _refresher.RefreshAsync(Owner, new AccessToken("accessToken1"), impatient.Token);
        await _stub.Asked;
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        var second = RefreshAsync("accessToken1");
        release.SetResult();

        Assert.Equal("accessToken2", (await second).Access.Reveal());
        Assert.Equal("refreshToken2", _store.Tokens!.Refresh!.Reveal());
        Assert.Single(_stub.Requests);
    }

    [Fact]
    public async Task A_refresh_token_refused_for_good_is_marked_dead_and_said_once()
    {
        _stub.AnswerInTurn(Error(400, "INVALID_GRANT"));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => RefreshAsync("accessToken1"));

        Assert.Equal((FailureKind.Disconnected, "INVALID_GRANT"), (failure.Kind, failure.Code));
        Assert.True(_store.IsDead);
        var line = Assert.Single(_logs.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Contains("An administrator there has to open the app", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pair_that_someone_else_brought_meanwhile_is_taken_and_nothing_is_marked_dead()
    {
        _stub.Answer = _ =>
        {
            _store.Tokens = Pair(5);
            return Task.FromResult(Error(400, "invalid_grant"));
        };

        var tokens = await RefreshAsync("accessToken1");

        Assert.Equal("accessToken5", tokens.Access.Reveal());
        Assert.False(_store.IsDead);
    }

    [Fact]
    public async Task An_application_that_is_refused_leaves_the_tokens_alone()
    {
        _stub.AnswerInTurn(Error(401, "invalid_client"));

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => RefreshAsync("accessToken1"));

        Assert.Equal(FailureKind.Disconnected, failure.Kind);
        Assert.False(_store.IsDead);
    }

    [Fact]
    public async Task A_server_that_is_down_can_be_asked_again_later()
    {
        _stub.AnswerInTurn(Html(502), Html(502), Tokens(1));
        await Assert.ThrowsAsync<Bitrix24Exception>(() => RefreshAsync("accessToken1"));

        var tokens = await RefreshAsync("accessToken1");

        Assert.Equal("accessToken2", tokens.Access.Reveal());
        Assert.False(_store.IsDead);
    }

    [Fact]
    public async Task A_new_pair_that_could_not_be_stored_is_not_lost()
    {
        _store.IsFull = true;
        await Assert.ThrowsAsync<IOException>(() => RefreshAsync("accessToken1"));
        _store.IsFull = false;

        var tokens = await RefreshAsync("accessToken1");

        Assert.Equal("accessToken2", tokens.Access.Reveal());
        Assert.Equal("refreshToken2", _store.Tokens!.Refresh!.Reveal());
        Assert.Single(_stub.Requests);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Without_a_refresh_token_or_the_apps_secret_the_portal_counts_as_disconnected(bool hasRefresh, bool knowsCredentials)
    {
        _store.Tokens = hasRefresh ? Pair(1) : Pair(1) with { Refresh = null };
        _store.KnowsCredentials = knowsCredentials;

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => RefreshAsync("accessToken1"));

        Assert.Equal((FailureKind.Disconnected, "NO_TOKENS"), (failure.Kind, failure.Code));
        Assert.Empty(_stub.Requests);
    }

    [Fact]
    public async Task No_token_and_no_secret_is_ever_logged()
    {
        _stub.AnswerInTurn(Tokens(1), Error(400, "invalid_grant", "refreshToken2 clientSecret1"));
        await RefreshAsync("accessToken1");
        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => RefreshAsync("accessToken2"));

        var said = string.Join('\n', [.. _logs.Lines, failure.ToString()]);

        Assert.DoesNotContain("Token1", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Token2", said, StringComparison.Ordinal);
        Assert.DoesNotContain("clientSecret1", said, StringComparison.Ordinal);
    }

    private static PortalTokens Pair(int number) => new()
    {
        Access = new AccessToken($"accessToken{number}"),
        Refresh = new RefreshToken($"refreshToken{number}"),
        ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(1_760_000_000),
    };

    private Task<PortalTokens> RefreshAsync(string rejected) =>
        _refresher.RefreshAsync(Owner, new AccessToken(rejected), TestContext.Current.CancellationToken);
}
