using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Tests.Values;

public sealed class WebhookUrlTests
{
    [Theory]
    [InlineData("https://esb.bitrix24.ru/rest/1/abcdef0123456789/")]
    [InlineData("https://esb.bitrix24.ru/rest/1/abcdef0123456789")]
    [InlineData("  https://esb.bitrix24.ru/rest/1/abcdef0123456789/profile.json ")]
    public void A_pasted_webhook_address_is_taken_with_or_without_a_method_behind_it(string text)
    {
        Assert.True(WebhookUrl.TryParse(text, allowHttp: false, out var url, out _));
        Assert.Equal("https://esb.bitrix24.ru/rest/1/abcdef0123456789/", url.Reveal());
        Assert.Equal("https://esb.bitrix24.ru/", url.Portal.AbsoluteUri);
        Assert.Equal(1, url.UserId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("esb.bitrix24.ru/rest/1/abc/")]
    [InlineData("ftp://esb.bitrix24.ru/rest/1/abc/")]
    [InlineData("http://esb.bitrix24.ru/rest/1/abc/")]
    [InlineData("https://admin@esb.bitrix24.ru/rest/1/abc/")]
    [InlineData("https://esb.bitrix24.ru/rest/1/abc/?x=1")]
    [InlineData("https://esb.bitrix24.ru/rest/api/1/abc/profile")]
    [InlineData("https://esb.bitrix24.ru/rest/abc/1/")]
    [InlineData("https://esb.bitrix24.ru/rest/0/abc/")]
    [InlineData("https://esb.bitrix24.ru/crm/deal/details/1/")]
    public void What_is_no_webhook_address_is_refused_with_a_sentence_that_does_not_repeat_it(string text)
    {
        Assert.False(WebhookUrl.TryParse(text, allowHttp: false, out _, out var problem));
        Assert.EndsWith(".", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("abc", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_address_never_shows_in_text()
    {
        Assert.True(WebhookUrl.TryParse("https://esb.bitrix24.ru/rest/1/abcdef0123456789/", allowHttp: false, out var url, out _));
        Assert.Equal("***", $"{url}");
    }
}
