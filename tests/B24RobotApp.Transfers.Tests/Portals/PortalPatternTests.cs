using B24RobotApp.Transfers.Portals;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Portals;

public sealed class PortalPatternTests
{
    [Theory]
    [InlineData("acme.bitrix24.ru", "https://acme.bitrix24.ru/", true)]
    [InlineData("ACME.bitrix24.ru", "https://acme.bitrix24.ru/", true)]
    [InlineData("acme.bitrix24.ru", "https://acme.bitrix24.ru:8443/", false)]
    [InlineData("acme.bitrix24.ru:8443", "https://acme.bitrix24.ru:8443/", true)]
    [InlineData("acme.bitrix24.ru:8443", "https://acme.bitrix24.ru/", false)]
    [InlineData("acme.bitrix24.ru", "https://evil.bitrix24.ru/", false)]
    [InlineData("*.bitrix24.ru", "https://acme.bitrix24.ru/", true)]
    [InlineData("*.bitrix24.ru", "https://a.b.bitrix24.ru/", true)]
    [InlineData("*.bitrix24.ru", "https://bitrix24.ru/", false)]
    [InlineData("*.bitrix24.ru", "https://evilbitrix24.ru/", false)]
    [InlineData("*.bitrix24.ru", "https://acme.bitrix24.ru.evil.com/", false)]
    [InlineData("127.0.0.1", "http://127.0.0.1:5081/", true)]
    [InlineData("127.0.0.1:5082", "http://127.0.0.1:5081/", false)]
    [InlineData("*", "https://acme.bitrix24.ru/", false)]
    [InlineData("", "https://acme.bitrix24.ru/", false)]
    public void An_entry_names_a_host_or_all_names_below_one(string pattern, string address, bool matches) =>
        Assert.Equal(matches, PortalPattern.Matches(pattern, new Uri(address)));
}
