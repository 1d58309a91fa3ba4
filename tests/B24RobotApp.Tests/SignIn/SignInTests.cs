using System.Net;
using System.Web;
using B24RobotApp.Tests.Infrastructure;

namespace B24RobotApp.Tests.SignIn;

public sealed class SignInTests : IDisposable
{
    private readonly Bitrix24Stub _bitrix24 = new();

    public void Dispose() => _bitrix24.Dispose();

    [Fact]
    public async Task An_administrator_signs_in_at_his_portal_and_sees_its_transfers()
    {
        await using var app = await StartAsync();
        var browser = new Browser(app);

        using var challenge = await browser.GetAsync($"/signin?portal={_bitrix24.Portal.Authority}");
        var authorize = challenge.Headers.Location!;
        Assert.Equal(_bitrix24.Portal.Authority, authorize.Authority);
        Assert.Equal("/oauth/authorize/", authorize.AbsolutePath);
        var query = HttpUtility.ParseQueryString(authorize.Query);
        Assert.Equal(Bitrix24Stub.ClientId, query["client_id"]);
        Assert.Null(query["redirect_uri"]);

        using var callback = await browser.GetAsync(Return(query["state"]!));
        Assert.Equal(HttpStatusCode.Redirect, callback.StatusCode);
        Assert.Equal("/signin/transfers", callback.Headers.Location!.OriginalString);

        using var page = await browser.GetAsync("/signin/transfers");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains(_bitrix24.Portal.Authority, await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", string.Join(' ', page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);

        using var signOut = await browser.PostAsync("/signin/out");
        using var after = await browser.GetAsync("/signin/transfers");
        Assert.Equal("/signin", signOut.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Redirect, after.StatusCode);
    }

    [Fact]
    public async Task Cookies_are_for_https_only_and_stay_below_the_sign_in()
    {
        await using var app = await StartAsync();
        var browser = new Browser(app);

        using var challenge = await browser.GetAsync($"/signin?portal={_bitrix24.Portal.Authority}");
        using var callback = await browser.GetAsync(Return(StateOf(challenge)));

        var session = callback.Headers.GetValues("Set-Cookie").Single(cookie => cookie.StartsWith("__Secure-b24robot=", StringComparison.Ordinal));
        Assert.Contains("path=/signin", session, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("secure", session, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", session, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", session, StringComparison.OrdinalIgnoreCase);
        Assert.All(challenge.Headers.GetValues("Set-Cookie"), cookie => Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Whoever_is_no_administrator_is_turned_away()
    {
        await using var app = await StartAsync();
        var browser = new Browser(app);
        using var challenge = await browser.GetAsync($"/signin?portal={_bitrix24.Portal.Authority}");

        using var callback = await browser.GetAsync(Return(StateOf(challenge), code: "code-of-an-employee"));

        Assert.Equal("/signin?problem=administrator", callback.Headers.Location!.OriginalString);
        using var page = await browser.GetAsync("/signin/transfers");
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
    }

    [Theory]
    [InlineData("code", "wrong")]
    [InlineData("state", "made-up")]
    [InlineData("member_id", "ffffffffffffffffffffffffffffffff")]
    [InlineData("server_domain", "oauth.evil.example")]
    public async Task A_return_that_is_not_the_asked_portals_signs_nobody_in(string name, string value)
    {
        await using var app = await StartAsync();
        var browser = new Browser(app);
        using var challenge = await browser.GetAsync($"/signin?portal={_bitrix24.Portal.Authority}");
        var asked = _bitrix24.OAuthRequests.Count;

        using var callback = await browser.GetAsync(Return(StateOf(challenge), change: (name, value)));

        Assert.Equal("/signin?problem=failed", callback.Headers.Location!.OriginalString);
        if (name != "code")
        {
            // The secret went nowhere.
            Assert.Equal(asked, _bitrix24.OAuthRequests.Count);
        }
    }

    [Fact]
    public async Task A_portal_that_answers_with_anothers_address_signs_nobody_in()
    {
        await using var app = await StartAsync();
        var browser = new Browser(app);
        using var challenge = await browser.GetAsync($"/signin?portal={_bitrix24.Portal.Authority}");
        _bitrix24.NamedPortal = new Uri("http://127.0.0.1:1/");

        using var callback = await browser.GetAsync(Return(StateOf(challenge)));

        Assert.Equal("/signin?problem=failed", callback.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_state_works_only_in_the_browser_that_began()
    {
        await using var app = await StartAsync();
        using var challenge = await new Browser(app).GetAsync($"/signin?portal={_bitrix24.Portal.Authority}");

        using var callback = await new Browser(app).GetAsync(Return(StateOf(challenge)));

        Assert.Equal("/signin?problem=failed", callback.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("https://evil.example/signin")]
    [InlineData("//evil.example")]
    [InlineData("127.0.0.1:1")]
    public async Task Nobody_is_led_to_a_portal_that_has_not_installed_the_app(string portal)
    {
        await using var app = await StartAsync();

        using var response = await new Browser(app).GetAsync($"/signin?portal={Uri.EscapeDataString(portal)}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Nobody_sees_transfers_without_signing_in_and_no_address_leads_elsewhere_afterwards()
    {
        await using var app = await StartAsync();

        using var response = await new Browser(app).GetAsync("/signin/transfers?from=https://evil.example/");

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.StartsWith("/signin", response.Headers.Location!.IsAbsoluteUri ? response.Headers.Location.PathAndQuery : response.Headers.Location.OriginalString, StringComparison.Ordinal);
    }

    private async Task<TestApp> StartAsync()
    {
        var app = await TestApp.StartAsync(_bitrix24, new()
        {
            ["Bitrix24:Applications:0:ClientId"] = Bitrix24Stub.ClientId,
            ["Bitrix24:Applications:0:ClientSecret"] = Bitrix24Stub.ClientSecret,
            ["Bitrix24:Applications:0:Portal"] = _bitrix24.Portal.Authority,
        });
        await app.InstallAsync(_bitrix24);
        return app;
    }

    private static string StateOf(HttpResponseMessage challenge) => HttpUtility.ParseQueryString(challenge.Headers.Location!.Query)["state"]!;

    /// <summary>The address a portal leads back to.</summary>
    private string Return(string state, string code = "code-of-the-administrator", (string Name, string Value)? change = null)
    {
        var query = new Dictionary<string, string>
        {
            ["code"] = code,
            ["state"] = state,
            ["domain"] = _bitrix24.Portal.Authority,
            ["member_id"] = Bitrix24Stub.Member,
            ["scope"] = "crm,bizproc",
            ["server_domain"] = _bitrix24.OAuth.Authority,
        };
        if (change is { } changed)
        {
            query[changed.Name] = changed.Value;
        }

        return "/app?" + string.Join('&', query.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
    }

    /// <summary>Keeps cookies and follows no redirect.</summary>
    private sealed class Browser(TestApp app)
    {
        private readonly CookieContainer _cookies = new();

        public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

        public Task<HttpResponseMessage> PostAsync(string path) => SendAsync(HttpMethod.Post, path);

        private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path)
        {
            using var request = new HttpRequestMessage(method, path);
            var address = new Uri(new Uri(TestApp.PublicUrl), path);
            if (_cookies.GetCookieHeader(address) is { Length: > 0 } header)
            {
                request.Headers.Add("Cookie", header);
            }

            var response = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
            foreach (var cookie in response.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
            {
                _cookies.SetCookies(address, cookie);
            }

            return response;
        }
    }
}
