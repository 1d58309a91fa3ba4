using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Tests.Install;

public sealed class InstallTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Bitrix24Stub _bitrix24 = new();

    public void Dispose() => _bitrix24.Dispose();

    [Fact]
    public async Task An_administrator_who_opens_the_install_page_installs_the_app()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        var tokens = _bitrix24.Issue(userId: 7);

        using var response = await app.OpenAsync("/install", _bitrix24, tokens);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var portal = await app.PortalAsync();
        Assert.Equal(_bitrix24.Portal, portal.Address);
        Assert.Equal(_bitrix24.OAuth, portal.OAuthServer);
        Assert.Equal(7, portal.InstallerUserId);
        Assert.Equal("ru", portal.Language);
        Assert.Equal(Bitrix24Stub.ClientId, portal.ClientId);
        Assert.False(portal.HasCredentials);
        Assert.True(await app.Portals.IsApplicationTokenAsync(portal.Id, new ApplicationToken(Bitrix24Stub.ApplicationToken), TestContext.Current.CancellationToken));
        var robot = _bitrix24.Robots["send_to_esb"];
        Assert.Equal("https://robot.example.com/robots/send-to-esb", robot["HANDLER"]!.GetValue<string>());
        Assert.Equal(7, robot["AUTH_USER_ID"]!.GetValue<long>());
        Assert.Equal("Y", robot["USE_SUBSCRIPTION"]!.GetValue<string>());
        Assert.Equal(["ONAPPUNINSTALL", "ONAPPUPDATE"], _bitrix24.Events.Keys.Select(binding => binding.Event).Order());
        Assert.All(_bitrix24.Events.Keys, binding => Assert.Equal("https://robot.example.com/events", binding.Handler));
    }

    [Fact]
    public async Task The_page_may_be_framed_by_its_portal_alone_and_sets_no_cookie()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.OpenAsync("/install", _bitrix24, _bitrix24.Issue());

        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.EndsWith($"frame-ancestors {_bitrix24.Portal.GetLeftPart(UriPartial.Authority)}", policy, StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("X-Frame-Options"));
        Assert.False(response.Headers.Contains("Set-Cookie"));
        var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("/ui/install.js", page, StringComparison.Ordinal);
        Assert.DoesNotContain("-secret", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_card_that_is_script_only_installs_by_its_callback_and_the_robot_follows()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.PostAsync("/install", Posts.Event(_bitrix24, "ONAPPINSTALL", _bitrix24.Issue()));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(PortalState.Connected, (await app.PortalAsync()).State);
        await Eventually.Async(() => _bitrix24.Robots.ContainsKey("send_to_esb"), Limit, TestContext.Current.CancellationToken);
    }

    // Trap 29.
    [Fact]
    public async Task A_forged_install_is_refused_and_its_portal_is_never_asked()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.OpenAsync("/install", _bitrix24, ("no-token-of-this-server", "nor-this"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Empty(await app.Portals.ListAsync(TestContext.Current.CancellationToken));
        Assert.Empty(_bitrix24.Calls);
        Assert.Contains(_bitrix24.Portal.Authority, app.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("no-token-of-this-server", app.Log, StringComparison.Ordinal);
    }

    // Trap 26.
    [Fact]
    public async Task An_authorization_server_that_the_host_does_not_trust_is_never_asked()
    {
        using var stranger = new Bitrix24Stub();
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.OpenAsync(
            "/install", _bitrix24, _bitrix24.Issue(), ("SERVER_ENDPOINT", new Uri(stranger.OAuth, "rest/").AbsoluteUri));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Empty(stranger.OAuthRequests);
        Assert.Empty(await app.Portals.ListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_older_portal_names_no_server_and_no_application_token_and_installs_all_the_same()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.OpenAsync(
            "/install", _bitrix24, _bitrix24.Issue(), ("SERVER_ENDPOINT", null), ("APPLICATION_TOKEN", null), ("APPLICATION_SCOPE", null));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var portal = await app.PortalAsync();
        Assert.False(await app.Portals.HasApplicationTokenAsync(portal.Id, TestContext.Current.CancellationToken));
        Assert.Contains(_bitrix24.Events.Keys, binding => binding.Event == "ONAPPINSTALL");

        // The event at the end of the installation brings it.
        using var installed = await app.PostAsync("/events", Posts.Event(_bitrix24, "ONAPPINSTALL", _bitrix24.Issue()));

        Assert.Equal(HttpStatusCode.OK, installed.StatusCode);
        Assert.True(await app.Portals.HasApplicationTokenAsync(portal.Id, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_portal_that_the_host_does_not_allow_is_refused()
    {
        await using var app = await TestApp.StartAsync(_bitrix24, new() { ["Bitrix24:AllowedPortals:0"] = "*.bitrix24.ru" });

        using var response = await app.OpenAsync("/install", _bitrix24, _bitrix24.Issue());

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Empty(await app.Portals.ListAsync(TestContext.Current.CancellationToken));
        Assert.Contains("Bitrix24:AllowedPortals", app.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("acme.bitrix24.ru")]
    [InlineData("127.0.0.1:1")]
    [InlineData("127.0.0.1@acme.bitrix24.ru")]
    [InlineData("")]
    public async Task A_token_of_another_portal_than_the_claimed_one_is_refused(string domain)
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.PostAsync(Posts.Frame("/install", domain), Posts.FrameBody(_bitrix24, _bitrix24.Issue()));

        Assert.True(response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest, response.StatusCode.ToString());
        Assert.Empty(await app.Portals.ListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_member_id_that_is_not_the_tokens_is_refused()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.OpenAsync("/install", _bitrix24, _bitrix24.Issue(), ("member_id", "ffffffffffffffffffffffffffffffff"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Empty(await app.Portals.ListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Where_the_server_hides_the_member_id_a_portal_cannot_take_the_place_of_another()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        using var thief = new Bitrix24Stub { HidesMember = true };
        await using var other = await RestartAsync(app, thief);

        using var response = await other.OpenAsync("/install", thief, thief.Issue());

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(_bitrix24.Portal, (await other.PortalAsync()).Address);
    }

    [Fact]
    public async Task Whoever_is_no_administrator_cannot_install()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.OpenAsync("/install", _bitrix24, _bitrix24.Issue(userId: 5, isAdministrator: false));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Empty(await app.Portals.ListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Another_app_on_the_portal_cannot_install_over_this_one()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        _bitrix24.NamedClientId = "local.ffffffffffffff.99999999";

        using var response = await app.OpenAsync(
            "/install", _bitrix24, _bitrix24.Issue(userId: 9), ("APPLICATION_TOKEN", "another-application-token"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        var portal = await app.PortalAsync();
        Assert.Equal(1, portal.InstallerUserId);
        Assert.False(await app.Portals.IsApplicationTokenAsync(portal.Id, new ApplicationToken("another-application-token"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_card_that_was_deleted_and_made_anew_installs_although_nobody_told_of_the_deletion()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        var old = _bitrix24.Issue();
        await app.InstallAsync(_bitrix24, old);
        _bitrix24.Expire(old.Access);
        _bitrix24.NamedClientId = "local.ffffffffffffff.99999999";

        using var response = await app.OpenAsync("/install", _bitrix24, _bitrix24.Issue(userId: 2));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("local.ffffffffffffff.99999999", (await app.PortalAsync()).ClientId);
    }

    [Fact]
    public async Task While_the_authorization_server_is_down_nothing_is_believed_and_nothing_stored()
    {
        _bitrix24.OAuthIsDown = true;
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var page = await app.OpenAsync("/install", _bitrix24, _bitrix24.Issue());
        using var callback = await app.PostAsync("/install", Posts.Event(_bitrix24, "ONAPPINSTALL", _bitrix24.Issue()));

        Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, callback.StatusCode);
        Assert.Empty(await app.Portals.ListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_page_without_tokens_says_what_to_do()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.OpenAsync("/install", _bitrix24, _bitrix24.Issue(), ("AUTH_ID", null), ("REFRESH_ID", null));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("Портал не передал токен", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/install")]
    [InlineData("HEAD", "/install")]
    [InlineData("GET", "/app")]
    [InlineData("HEAD", "/app")]
    public async Task Looking_at_the_addresses_does_no_harm(string method, string path)
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    // Trap 27.
    [Fact]
    public async Task Client_id_and_secret_are_asked_for_afterwards_and_checked_by_a_refresh()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await InstallAndSignInAsync(app);

        var (wrong, _) = await SaveCredentialsAsync(app, Bitrix24Stub.ClientId, "wrong");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong);
        Assert.False((await app.PortalAsync()).HasCredentials);

        var (status, _) = await SaveCredentialsAsync(app, $" {Bitrix24Stub.ClientId} ", Bitrix24Stub.ClientSecret);
        Assert.Equal(HttpStatusCode.NoContent, status);
        Assert.True((await app.PortalAsync()).HasCredentials);
        Assert.DoesNotContain(Bitrix24Stub.ClientSecret, app.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keys_of_another_app_are_told_apart_before_anyone_is_asked()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await InstallAndSignInAsync(app);
        var asked = _bitrix24.OAuthRequests.Count;

        var (status, answer) = await SaveCredentialsAsync(app, "local.ffffffffffffff.99999999", "any");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("другого приложения", answer, StringComparison.Ordinal);
        Assert.Equal(asked, _bitrix24.OAuthRequests.Count);
    }

    [Fact]
    public async Task Credentials_of_the_settings_need_not_be_entered()
    {
        await using var app = await TestApp.StartAsync(_bitrix24, new()
        {
            ["Bitrix24:Applications:0:ClientId"] = Bitrix24Stub.ClientId,
            ["Bitrix24:Applications:0:ClientSecret"] = Bitrix24Stub.ClientSecret,
            ["Bitrix24:Applications:0:Portal"] = _bitrix24.Portal.Authority,
        });

        await app.InstallAsync(_bitrix24);

        Assert.True((await app.PortalAsync()).HasCredentials);
    }

    private async Task<TestApp> RestartAsync(TestApp app, Bitrix24Stub bitrix24)
    {
        await app.StopAsync();
        return await TestApp.StartAsync(
            bitrix24, new() { ["Bitrix24:OAuthServers:1"] = _bitrix24.OAuth.AbsoluteUri }, app.Folder);
    }

    private async Task InstallAndSignInAsync(TestApp app)
    {
        await app.InstallAsync(_bitrix24);
        using var frame = JsonContent.Create(new { memberId = Bitrix24Stub.Member, accessToken = _bitrix24.Issue().Access, language = "ru" });
        using var session = await app.PostAsync("/api/session", frame);
        var token = (await session.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("token").GetString();
        app.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    private static async Task<(HttpStatusCode Status, string Answer)> SaveCredentialsAsync(TestApp app, string clientId, string clientSecret)
    {
        using var content = JsonContent.Create(new { clientId, clientSecret });
        using var response = await app.PostAsync("/api/credentials", content);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken) is { Length: > 0 } body ? body : "{}")!["detail"]?.ToString() ?? "");
    }
}
