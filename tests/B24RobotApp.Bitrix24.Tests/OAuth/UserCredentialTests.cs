using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Bitrix24.Tests.OAuth;

public sealed class UserCredentialTests : IDisposable
{
    private static readonly TokenOwner Owner = new(MemberId.Parse("a223c6b3710f85df22e9377d6c4f7553"), 7);

    private readonly AuthorizationServerStub _stub = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_760_000_000));
    private readonly MemoryTokenStore _store;
    private readonly UserCredential _credential;

    public UserCredentialTests()
    {
        _store = new MemoryTokenStore(_stub.Address) { Tokens = Pair(_clock.GetUtcNow().AddHours(1)) };
        var refresher = new TokenRefresher(_store, new OAuthServer(_stub.Http, TimeSpan.FromSeconds(10), _clock), _clock, NullLogger<TokenRefresher>.Instance);
        _credential = new UserCredential(
            Owner, new Uri("https://acme.bitrix24.ru/"), _store, refresher, (address, _) => ValueTask.FromResult(address.Host == "new.bitrix24.ru"), _clock);
    }

    public void Dispose() => _stub.Dispose();

    [Fact]
    public async Task The_token_in_the_store_is_used_as_long_as_it_may_live()
    {
        // The portal's clock decides; ours may be a little ahead of it.
        _clock.Advance(TimeSpan.FromMinutes(60.5));

        var authorization = await AuthorizeAsync();

        Assert.Equal("accessToken1", authorization.Token!.Reveal());
        Assert.Equal("https://acme.bitrix24.ru/rest/", authorization.RestEndpoint.AbsoluteUri);
        Assert.Empty(_stub.Requests);
    }

    [Fact]
    public async Task A_token_that_is_clearly_past_is_renewed_without_being_tried()
    {
        _clock.Advance(TimeSpan.FromMinutes(62));

        var authorization = await AuthorizeAsync();

        Assert.Equal("accessToken2", authorization.Token!.Reveal());
        Assert.Single(_stub.Requests);
    }

    [Fact]
    public async Task A_rejected_token_is_renewed_once()
    {
        var rejected = await AuthorizeAsync();

        Assert.True(await _credential.RenewAsync(rejected, TestContext.Current.CancellationToken));
        Assert.True(await _credential.RenewAsync(rejected, TestContext.Current.CancellationToken));

        Assert.Equal("accessToken2", (await AuthorizeAsync()).Token!.Reveal());
        Assert.Single(_stub.Requests);
    }

    [Fact]
    public async Task Without_tokens_the_portal_counts_as_disconnected()
    {
        _store.Tokens = null;

        var failure = await Assert.ThrowsAsync<Bitrix24Exception>(() => AuthorizeAsync().AsTask());

        Assert.Equal((FailureKind.Disconnected, "NO_TOKENS", "acme.bitrix24.ru"), (failure.Kind, failure.Code, failure.PortalHost));
    }

    [Fact]
    public async Task A_new_address_is_used_if_it_is_accepted()
    {
        Assert.False(await _credential.MoveAsync(new Uri("https://evil.example/"), TestContext.Current.CancellationToken));
        Assert.True(await _credential.MoveAsync(new Uri("https://new.bitrix24.ru/"), TestContext.Current.CancellationToken));

        Assert.Equal("https://new.bitrix24.ru/rest/", (await AuthorizeAsync()).RestEndpoint.AbsoluteUri);
        Assert.Equal("new.bitrix24.ru", _credential.Portal.Host);
    }

    [Fact]
    public void Users_of_a_portal_are_told_apart_and_so_are_its_addresses()
    {
        Assert.Equal("user:a223c6b3710f85df22e9377d6c4f7553:7@acme.bitrix24.ru", _credential.Key);
    }

    private static PortalTokens Pair(DateTimeOffset expiresAt) => new()
    {
        Access = new AccessToken("accessToken1"),
        Refresh = new RefreshToken("refreshToken1"),
        ExpiresAt = expiresAt,
    };

    private ValueTask<RequestAuthorization> AuthorizeAsync() => _credential.AuthorizeAsync(TestContext.Current.CancellationToken);
}
