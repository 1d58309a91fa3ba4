using System.Net;
using System.Text;
using B24RobotApp.Tests.Api;
using B24RobotApp.Tests.Infrastructure;

namespace B24RobotApp.Tests.Attacks;

/// <summary>Tricks with methods and headers, and what an answer tells whom.</summary>
public sealed class HttpTests : ApiTestBase
{
    [Theory]
    [InlineData("GET", "/robots/send-to-esb")]
    [InlineData("GET", "/events")]
    [InlineData("GET", "/api/credentials")]
    [InlineData("GET", "/api/session")]
    [InlineData("GET", "/signin/out")]
    [InlineData("GET", "/api/transfers/retry")]
    [InlineData("PUT", "/install")]
    [InlineData("DELETE", "/app")]
    [InlineData("POST", "/app-manifest")]
    [InlineData("POST", "/health/ready")]
    [InlineData("TRACE", "/app")]
    [InlineData("CONNECT", "/app")]
    [InlineData("PROPFIND", "/api/transfers")]
    public async Task A_method_that_an_address_does_not_have_does_nothing(string method, string path)
    {
        await using var app = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("X-HTTP-Method-Override", "POST");

        using var answer = await app.Http.SendAsync(request, Cancel);

        Assert.True(answer.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotFound or HttpStatusCode.Unauthorized, answer.StatusCode.ToString());
        Assert.DoesNotContain("X-HTTP-Method-Override", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("X-Forwarded-Host", "evil.example")]
    [InlineData("X-Original-URL", "/api/transfers")]
    [InlineData("X-Rewrite-URL", "/api/transfers")]
    [InlineData("X-Forwarded-Prefix", "/evil.example")]
    [InlineData("Forwarded", "host=evil.example;proto=http")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    public async Task No_header_makes_an_address_of_an_answer_or_opens_one(string header, string value)
    {
        await using var app = await StartAsync();
        foreach (var path in new[] { "/signin/transfers", "/signin", "/app", "/app-manifest", "/api/transfers", "/nowhere", "/signin/transfers/" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation(header, value);
            using var answer = await app.Http.SendAsync(request, Cancel);

            var everything = $"{answer.Headers} {answer.Content.Headers} {await answer.Content.ReadAsStringAsync(Cancel)}";
            Assert.DoesNotContain("evil.example", everything, StringComparison.Ordinal);
            Assert.Equal(path == "/api/transfers", answer.StatusCode == HttpStatusCode.Unauthorized);
            Assert.True(answer.Headers.Location is null || !answer.Headers.Location.IsAbsoluteUri, $"{path} leads to {answer.Headers.Location}");
        }
    }

    [Theory]
    [InlineData("portal=x%0d%0aSet-Cookie:%20a=b")]
    [InlineData("problem=x%0d%0aLocation:%20https://evil.example")]
    [InlineData("from=%2f%2fevil.example&portal=%2f%2fevil.example")]
    [InlineData("portal=javascript:alert(1)")]
    public async Task No_question_writes_a_header_or_leads_elsewhere(string query)
    {
        await using var app = await StartAsync();

        using var answer = await app.GetAsync("/signin?" + query);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.Null(answer.Headers.Location);
        Assert.DoesNotContain("evil.example", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_answer_says_how_it_may_be_used()
    {
        await using var app = await StartAsync();
        foreach (var path in new[] { "/signin", "/app", "/install", "/app-manifest", "/health/live", "/health/ready", "/api/openapi.json", "/api/me", "/nowhere", "/page.js", "/ui/main.js", "/robots/send-to-esb" })
        {
            using var answer = await app.GetAsync(path);

            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
            Assert.Equal("max-age=31536000", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")));
            Assert.Contains("frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.False(answer.Headers.Contains("Server"));
            Assert.False(answer.Headers.Contains("X-Powered-By"));
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
            if (path.StartsWith("/api/", StringComparison.Ordinal))
            {
                Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
            }
        }
    }

    [Fact]
    public async Task What_a_session_reads_is_kept_in_no_cache_and_no_other_origin_may_read_it()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/transfers");
        request.Headers.Add("Origin", "https://evil.example");
        using var asked = new HttpRequestMessage(HttpMethod.Options, "/api/transfers");
        asked.Headers.Add("Origin", "https://evil.example");
        asked.Headers.Add("Access-Control-Request-Method", "GET");

        using var answer = await app.Http.SendAsync(request, Cancel);
        using var preflight = await app.Http.SendAsync(asked, Cancel);

        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        Assert.DoesNotContain("Access-Control", $"{answer.Headers}{preflight.Headers}", StringComparison.OrdinalIgnoreCase);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Which_portals_the_host_allows_is_told_to_no_stranger()
    {
        await using var app = await TestApp.StartAsync(Bitrix24, new()
        {
            ["Bitrix24:AllowedPortals:1"] = "partner-of-ours.bitrix24.ru",
            ["Bitrix24:AllowedPortals:2"] = "*.another-partner.example",
            ["Esb:Connections:0:Code"] = "esb",
            ["Esb:Connections:0:WebhookUrl"] = $"{Bitrix24.Portal}rest/1/webhooksecret/",
            ["Esb:Connections:0:Portals:0"] = "partner-of-ours.bitrix24.ru",
        });

        foreach (var path in new[] { "/signin", "/signin?portal=x", "/app", "/install", "/app-manifest", "/api/openapi.json", "/health/ready", "/health/live" })
        {
            using var answer = await app.GetAsync(path);
            AssertSilent($"{answer.Headers} {await answer.Content.ReadAsStringAsync(Cancel)}");
        }

        foreach (var path in new[] { "/install", "/app", "/placements/deal-tab" })
        {
            foreach (var domain in new[] { "evil.example", Bitrix24.Portal.Authority })
            {
                using var refused = await app.PostAsync(Posts.Frame(path, domain), Posts.FrameBody(Bitrix24, ("forged", "forged")));
                Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
                AssertSilent($"{refused.Headers} {await refused.Content.ReadAsStringAsync(Cancel)}");
            }
        }
    }

    [Fact]
    public async Task A_crash_tells_nothing_of_itself()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        foreach (var (path, body) in new[] { ("/api/session", "{"), ("/api/session", "[1]"), ("/api/sendings", "{\"connection\":5}"), ("/api/catch-up/mode", "{\"mode\":\"<script>\"}") })
        {
            using var request = new HttpRequestMessage(path.EndsWith("mode", StringComparison.Ordinal) ? HttpMethod.Put : HttpMethod.Post, path);
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await app.Http.SendAsync(request, Cancel);

            var text = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
            Assert.DoesNotContain("B24RobotApp", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_form_is_taken_only_as_it_is_and_not_unpacked()
    {
        await using var app = await StartAsync();
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
        {
            // Twenty megabytes in twenty kilobytes.
            await gzip.WriteAsync(new byte[20_000_000], Cancel);
        }

        foreach (var path in new[] { "/robots/send-to-esb", "/events", "/install?DOMAIN=x", "/app?DOMAIN=x" })
        {
            using var content = new ByteArrayContent(packed.ToArray());
            content.Headers.ContentType = new("application/x-www-form-urlencoded");
            content.Headers.ContentEncoding.Add("gzip");
            using var answer = await app.PostAsync(path, content);

            Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Health_says_a_word_and_no_more()
    {
        await using var app = await StartAsync();

        Assert.Equal("live", await (await app.GetAsync("/health/live")).Content.ReadAsStringAsync(Cancel));
        Assert.Equal("ready", await (await app.GetAsync("/health/ready")).Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.Forbidden, (await app.GetAsync("/health/work")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await app.GetAsync("/metrics")).StatusCode);
    }

    [Theory]
    [InlineData("/ui/..%2f..%2fb24robot.dll")]
    [InlineData("/..%2fdata%2fb24robot.sqlite3")]
    [InlineData("/ui/../appsettings.json")]
    [InlineData("/appsettings.json")]
    [InlineData("/b24robot.sqlite3")]
    [InlineData("/keys/")]
    [InlineData("/logs/b24robot.log")]
    [InlineData("/.git/config")]
    [InlineData("/ui/main.js.map")]
    public async Task No_file_but_the_pages_own_is_given_away(string path)
    {
        await using var app = await StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await app.GetAsync(path)).StatusCode);
    }

    private static void AssertSilent(string text)
    {
        Assert.DoesNotContain("partner-of-ours", text, StringComparison.Ordinal);
        Assert.DoesNotContain("another-partner", text, StringComparison.Ordinal);
        Assert.DoesNotContain("webhooksecret", text, StringComparison.Ordinal);
    }
}
