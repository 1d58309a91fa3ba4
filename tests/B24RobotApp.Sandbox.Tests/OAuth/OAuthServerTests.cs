using System.Web;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Tests.OAuth;

public sealed class OAuthServerTests : IAsyncLifetime
{
    private TestSandbox _sandbox = null!;
    private AppInstallation _app = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await TestSandbox.StartAsync();
        _app = _sandbox.InstallApp("crm", "bizproc");
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task A_refresh_brings_a_new_pair_and_tells_whose_it_is()
    {
        var old = _sandbox.Host.OAuthServer.Issue(_app, 7);

        var answer = await RefreshAsync(old.RefreshToken);

        Assert.Equal(200, answer.Status);
        var tokens = answer.Json;
        Assert.NotEqual(old.AccessToken, tokens["access_token"]!.GetValue<string>());
        Assert.NotEqual(old.RefreshToken, tokens["refresh_token"]!.GetValue<string>());
        Assert.Equal(3600, tokens["expires_in"]!.GetValue<int>());
        Assert.Equal(_sandbox.Clock.GetUtcNow().ToUnixTimeSeconds() + 3600, tokens["expires"]!.GetValue<long>());
        Assert.Equal(new Uri(_sandbox.Source.BaseUrl, "rest/").ToString(), tokens["client_endpoint"]!.GetValue<string>());
        Assert.Equal(_sandbox.Host.OAuthServer.RestEndpoint.ToString(), tokens["server_endpoint"]!.GetValue<string>());
        Assert.Equal(_sandbox.Source.MemberId, tokens["member_id"]!.GetValue<string>());
        Assert.Equal(("crm,bizproc", "L", 7), (tokens["scope"]!.GetValue<string>(), tokens["status"]!.GetValue<string>(), tokens["user_id"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_refresh_token_works_once()
    {
        var old = _sandbox.Host.OAuthServer.Issue(_app, 1);
        await RefreshAsync(old.RefreshToken);

        var again = await RefreshAsync(old.RefreshToken);

        Assert.Equal((400, "invalid_grant"), (again.Status, again.Error));
    }

    [Fact]
    public async Task A_server_that_keeps_old_refresh_tokens_takes_them_again()
    {
        _sandbox.Host.OAuthServer.KeepsOldRefreshTokens = true;
        var old = _sandbox.Host.OAuthServer.Issue(_app, 1);
        await RefreshAsync(old.RefreshToken);

        Assert.Equal(200, (await RefreshAsync(old.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_refresh_token_lives_180_days()
    {
        var token = _sandbox.Host.OAuthServer.Issue(_app, 1).RefreshToken;
        _sandbox.Clock.Advance(TimeSpan.FromDays(180));

        Assert.Equal("invalid_grant", (await RefreshAsync(token)).Error);
    }

    [Fact]
    public async Task A_wrong_secret_is_an_invalid_client_and_does_not_use_up_the_token()
    {
        var tokens = _sandbox.Host.OAuthServer.Issue(_app, 1);

        var answer = await TokenAsync($"grant_type=refresh_token&client_id={_app.ClientId}&client_secret=wrong&refresh_token={tokens.RefreshToken}");

        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
        Assert.Equal(200, (await RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_dismissed_user_gets_no_tokens()
    {
        var token = _sandbox.Host.OAuthServer.Issue(_app, 7).RefreshToken;
        _sandbox.Source.FindUser(7)!.IsActive = false;

        Assert.Equal("invalid_grant", (await RefreshAsync(token)).Error);
    }

    [Fact]
    public async Task An_ended_subscription_requires_payment()
    {
        var token = _sandbox.Host.OAuthServer.Issue(_app, 1).RefreshToken;
        _sandbox.Source.Settings.HasRestAccess = false;

        var answer = await RefreshAsync(token);

        Assert.Equal((402, "PAYMENT_REQUIRED"), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task Another_grant_is_an_invalid_request()
    {
        var answer = await TokenAsync("grant_type=password");

        Assert.Equal((400, "invalid_request"), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task A_deleted_application_has_no_tokens_and_no_client()
    {
        var tokens = _sandbox.Host.OAuthServer.Issue(_app, 1);
        await _sandbox.Source.DeleteApplicationAsync(_app);

        var call = await _sandbox.PostJsonAsync(new Uri(_sandbox.Source.BaseUrl, "rest/profile"), $$"""{"auth":"{{tokens.AccessToken}}"}""");

        Assert.Equal("NO_AUTH_FOUND", call.Error);
        Assert.Equal("invalid_client", (await RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Fact]
    public async Task Signing_in_returns_to_the_cards_handler_path_with_a_code_that_works_once_and_for_30_seconds()
    {
        _sandbox.Source.BrowserUserId = 7;

        var query = await SignInAsync();
        var first = await ExchangeAsync(query["code"]!);
        var again = await ExchangeAsync(query["code"]!);
        var late = (await SignInAsync())["code"]!;
        _sandbox.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(("state 1", _sandbox.Source.Domain, _sandbox.Source.MemberId, "crm,bizproc", _sandbox.Host.OAuthServer.BaseUrl.Authority),
            (query["state"], query["domain"], query["member_id"], query["scope"], query["server_domain"]));
        Assert.Equal(7, first.Json["user_id"]!.GetValue<int>());
        Assert.Equal("invalid_grant", again.Error);
        Assert.Equal("invalid_grant", (await ExchangeAsync(late)).Error);
    }

    [Fact]
    public async Task Signing_in_to_an_unknown_application_ends_on_a_page_of_the_portal()
    {
        var answer = await _sandbox.GetAsync(new Uri(_sandbox.Source.BaseUrl, "oauth/authorize/?client_id=local.x.1"));

        Assert.Equal(403, answer.Status);
        Assert.Empty(_sandbox.Application.Requests);
    }

    [Fact]
    public async Task The_authorization_server_says_whose_a_token_is_and_where_the_application_stands()
    {
        var token = _sandbox.Token(_app, 7);

        var answer = await _sandbox.GetAsync(new Uri(_sandbox.Host.OAuthServer.RestEndpoint, $"app.info?auth={token}"));

        Assert.Equal(_sandbox.Source.BaseUrl.GetLeftPart(UriPartial.Authority), answer.Result!["install"]!["uri"]!.GetValue<string>());
        Assert.Equal((_app.ClientId, 7), (answer.Result["client_id"]!.GetValue<string>(), answer.Result["user_id"]!.GetValue<int>()));
    }

    [Fact]
    public async Task The_authorization_server_knows_no_forged_and_no_expired_token()
    {
        var token = _sandbox.Token(_app);
        _sandbox.Clock.Advance(TimeSpan.FromHours(1));

        var forged = await _sandbox.PostFormAsync(new Uri(_sandbox.Host.OAuthServer.RestEndpoint, "app.info"), "auth=forged");
        var expired = await _sandbox.PostFormAsync(new Uri(_sandbox.Host.OAuthServer.RestEndpoint, "app.info"), $"auth={token}");

        Assert.Equal("invalid_token", forged.Error);
        Assert.Equal("expired_token", expired.Error);
    }

    [Fact]
    public async Task The_journal_holds_no_secret()
    {
        await RefreshAsync(_sandbox.Host.OAuthServer.Issue(_app, 1).RefreshToken);

        var entry = Assert.Single(_sandbox.Host.OAuthServer.Journal.Entries);

        Assert.Equal(("token.refresh_token", 200), (entry.Method, entry.Status));
        Assert.Equal(["grant_type", "client_id"], entry.Parameters!.Select(parameter => parameter.Key));
    }

    private Task<Answer> RefreshAsync(string token) =>
        TokenAsync($"grant_type=refresh_token&client_id={_app.ClientId}&client_secret={_app.ClientSecret}&refresh_token={token}");

    private Task<Answer> ExchangeAsync(string code) =>
        TokenAsync($"grant_type=authorization_code&client_id={_app.ClientId}&client_secret={_app.ClientSecret}&code={code}");

    private Task<Answer> TokenAsync(string query) => _sandbox.GetAsync(new Uri(_sandbox.Host.OAuthServer.BaseUrl, $"oauth/token/?{query}"));

    private async Task<System.Collections.Specialized.NameValueCollection> SignInAsync()
    {
        var answer = await _sandbox.GetAsync(new Uri(_sandbox.Source.BaseUrl, $"oauth/authorize/?client_id={_app.ClientId}&state=state%201"));
        Assert.Equal(302, answer.Status);
        var location = new Uri(answer.Headers["Location"]);
        Assert.Equal(_app.Card.HandlerUrl.AbsolutePath, location.AbsolutePath);
        return HttpUtility.ParseQueryString(location.Query);
    }
}
