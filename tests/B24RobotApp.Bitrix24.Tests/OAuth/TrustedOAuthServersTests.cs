using B24RobotApp.Bitrix24.OAuth;

namespace B24RobotApp.Bitrix24.Tests.OAuth;

public sealed class TrustedOAuthServersTests
{
    private readonly TrustedOAuthServers _servers = new([.. TrustedOAuthServers.Documented, new Uri("http://127.0.0.1:5200/")]);

    // Trap 26.
    [Theory]
    [InlineData("https://oauth.bitrix.info/rest/", "https://oauth.bitrix.info/")]
    [InlineData("https://oauth.bitrix.info", "https://oauth.bitrix.info/")]
    [InlineData("HTTPS://OAUTH.BITRIX.INFO/rest/", "https://oauth.bitrix.info/")]
    [InlineData("oauth.bitrix.info", "https://oauth.bitrix.info/")]
    [InlineData("OAuth.Bitrix24.tech", "https://oauth.bitrix24.tech/")]
    [InlineData("https://oauth.bitrix24.tech/rest/", "https://oauth.bitrix24.tech/")]
    [InlineData("http://127.0.0.1:5200/rest/", "http://127.0.0.1:5200/")]
    [InlineData("127.0.0.1:5200", "http://127.0.0.1:5200/")]
    public void Both_of_bitrix24s_servers_and_the_configured_ones_are_found_by_endpoint_or_host(string text, string expected)
    {
        Assert.True(_servers.TryFind(text, out var server));
        Assert.Equal(expected, server.AbsoluteUri);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("https://evil.example/rest/")]
    [InlineData("http://oauth.bitrix.info/rest/")]
    [InlineData("https://oauth.bitrix.info:8443/rest/")]
    [InlineData("https://oauth.bitrix.info.evil.example/")]
    [InlineData("https://oauth.bitrix.info@evil.example/")]
    [InlineData("https://evil@oauth.bitrix.info/")]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1:5201")]
    [InlineData("not an address")]
    public void No_other_server_is_trusted(string? text) => Assert.False(_servers.TryFind(text, out _));
}
