using System.Text.Json;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Tests.Incoming;

public sealed class FramePostTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_760_000_003);

    private readonly Dictionary<string, string> _query = new(StringComparer.Ordinal)
    {
        ["DOMAIN"] = "acme.bitrix24.ru",
        ["PROTOCOL"] = "1",
        ["LANG"] = "ru",
        ["APP_SID"] = "dd8cec11e347088fe87c44870a9f1dba",
    };

    [Fact]
    public void The_install_page_learns_portal_user_tokens_and_language()
    {
        var post = Read(Payload.Form("frame-install"));

        Assert.Equal("acme.bitrix24.ru", post.Domain);
        Assert.True(post.IsHttps);
        Assert.Equal("ru", post.Language);
        Assert.Equal("a223c6b3710f85df22e9377d6c4f7553", post.MemberId.Value);
        Assert.Equal("accessToken5", post.Tokens!.Access.Reveal());
        Assert.Equal("refreshToken5", post.Tokens.Refresh!.Reveal());
        Assert.Equal(Now.AddHours(1), post.Tokens.ExpiresAt);
        Assert.Equal("https://oauth.bitrix.info/rest/", post.ServerEndpoint);
        Assert.Equal("applicationToken1", post.ApplicationToken!.Reveal());
        Assert.Equal(["crm", "bizproc", "placement", "im"], post.Scopes);
        Assert.Equal("DEFAULT", post.Placement);
        Assert.Equal(JsonValueKind.Undefined, post.ReadPlacementOptions().ValueKind);
    }

    [Fact]
    public void A_tab_of_an_older_portal_has_options_but_neither_server_nor_application_token()
    {
        _query["PROTOCOL"] = "0";

        var post = Read(Payload.Form("frame-deal-tab"));

        Assert.Equal("CRM_DEAL_DETAIL_TAB", post.Placement);
        Assert.Equal(15, post.ReadPlacementOptions().Id("ID"));
        Assert.Null(post.ServerEndpoint);
        Assert.Null(post.ApplicationToken);
        Assert.Null(post.Tokens!.Refresh);
        Assert.Equal(Now.AddMinutes(30), post.Tokens.ExpiresAt);
        Assert.False(post.IsHttps);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("undefined")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{broken")]
    public void Options_that_are_none_say_nothing(string? options)
    {
        var post = Read(Payload.Form("frame-install", ("PLACEMENT_OPTIONS", options), ("PLACEMENT", null)));

        Assert.Equal(JsonValueKind.Undefined, post.ReadPlacementOptions().ValueKind);
        Assert.Equal("DEFAULT", post.Placement);
    }

    [Fact]
    public void A_page_without_tokens_is_still_a_page()
    {
        var post = Read(Payload.Form("frame-install", ("AUTH_ID", null), ("REFRESH_ID", null)));

        Assert.Null(post.Tokens);
    }

    [Theory]
    [InlineData("acme.bitrix24.ru", "acme.bitrix24.ru")]
    [InlineData("ACME.Bitrix24.ru", "acme.bitrix24.ru")]
    [InlineData("acme.bitrix24.ru:8443", "acme.bitrix24.ru:8443")]
    [InlineData("127.0.0.1:5100", "127.0.0.1:5100")]
    public void The_domain_is_a_host_with_or_without_a_port(string domain, string expected)
    {
        _query["DOMAIN"] = domain;

        Assert.Equal(expected, Read(Payload.Form("frame-install")).Domain);
    }

    [Theory]
    [InlineData("https://acme.bitrix24.ru")]
    [InlineData("acme.bitrix24.ru/path")]
    [InlineData("user@acme.bitrix24.ru")]
    [InlineData("acme.bitrix24.ru?x=1")]
    [InlineData("acme.bitrix24.ru#x")]
    [InlineData("acme .bitrix24.ru")]
    [InlineData("acme.bitrix24.ru; frame-ancestors *")]
    [InlineData("acme.bitrix24.ru:port")]
    public void What_is_no_host_is_refused(string domain)
    {
        _query["DOMAIN"] = domain;

        Assert.Equal("DOMAIN in the address is not a host name.", Refuse(Payload.Form("frame-install")));
    }

    [Fact]
    public void What_is_missing_is_named_by_its_key()
    {
        Assert.Equal(
            "member_id is missing or not a portal's member id; open this page from inside the portal.",
            Refuse(Payload.Form("frame-install", ("member_id", null))));
        Assert.Equal("AUTH_ID is longer than a token.", Refuse(Payload.Form("frame-install", ("AUTH_ID", new string('x', 3000)))));
        _query.Remove("DOMAIN");
        Assert.Equal("DOMAIN is missing in the address; open this page from inside the portal.", Refuse(Payload.Form("frame-install")));
    }

    private FramePost Read(PhpForm form)
    {
        Assert.True(FramePost.TryParse(_query.GetValueOrDefault, form, Now, out var post, out var problem), problem);
        return post;
    }

    private string Refuse(PhpForm form)
    {
        Assert.False(FramePost.TryParse(_query.GetValueOrDefault, form, Now, out var post, out var problem));
        Assert.Null(post);
        return problem;
    }
}
