using System.Net;
using B24RobotApp.Pages;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;

namespace B24RobotApp.Tests.Pages;

public sealed class PageTests : IDisposable
{
    private readonly Bitrix24Stub _bitrix24 = new();

    public void Dispose() => _bitrix24.Dispose();

    public static TheoryData<string> Keys() => [.. PageTexts.All.Select(text => text.Key)];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_text_is_there_in_Russian_and_English(string key)
    {
        var (_, russian, english) = PageTexts.All.Single(text => text.Key == key);

        Assert.False(string.IsNullOrWhiteSpace(russian));
        Assert.False(string.IsNullOrWhiteSpace(english));
        Assert.DoesNotContain(english, letter => letter is >= 'А' and <= 'я');
    }

    [Theory]
    [InlineData("ru", "ru")]
    [InlineData("RU", "ru")]
    [InlineData("ua", "ru")]
    [InlineData("de", "en")]
    [InlineData(null, "en")]
    [InlineData("\"><script>", "en")]
    public void A_portals_language_is_one_of_the_two(string? language, string expected) => Assert.Equal(expected, PageTexts.LanguageOf(language));

    [Fact]
    public async Task The_shell_of_the_main_page_holds_nothing_of_the_portals_deals()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        var transfer = Given.Transfer(portal: (await app.PortalAsync()).Id, receivedAt: app.Clock.GetUtcNow());
        await app.Transfers.TryAddAsync(transfer, TestContext.Current.CancellationToken);
        await app.Transfers.RecordReadAsync(transfer.Id, "<script>alert(1)</script> & «Прибой»", null, "default@1", null, TestContext.Current.CancellationToken);

        using var response = await app.OpenAsync("/app", _bitrix24, _bitrix24.Issue());

        var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Прибой", page, StringComparison.Ordinal);
        Assert.Contains("/ui/main.js", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_page_needs_comes_from_the_app_itself()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var script = await app.GetAsync("/ui/install.js");
        using var style = await app.GetAsync("/page.css");

        Assert.Equal("text/javascript", script.Content.Headers.ContentType!.MediaType);
        Assert.NotEqual("", await script.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("text/css", style.Content.Headers.ContentType!.MediaType);
    }

    // Trap 41.
    [Fact]
    public async Task A_refusal_may_be_shown_in_the_frame_of_the_allowed_portal_that_is_claimed_and_in_no_other()
    {
        await using var app = await TestApp.StartAsync(_bitrix24, new() { ["Bitrix24:AllowedPortals:0"] = "*.bitrix24.ru", ["Bitrix24:AllowHttp"] = "false", ["Bitrix24:OAuthServers:0"] = "https://oauth.bitrix.info/" });

        using var stranger = await app.PostAsync(Posts.Frame("/app", "evil.example"), Posts.FrameBody(_bitrix24, ("a", "b"), ("SERVER_ENDPOINT", "https://evil.example/rest/")));
        using var portal = await app.PostAsync(Posts.Frame("/app", "acme.bitrix24.ru"), Posts.FrameBody(_bitrix24, ("a", "b"), ("SERVER_ENDPOINT", "https://evil.example/rest/")));

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (stranger.StatusCode, portal.StatusCode));
        Assert.EndsWith("frame-ancestors 'none'", Assert.Single(stranger.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.EndsWith("frame-ancestors https://acme.bitrix24.ru", Assert.Single(portal.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }
}
