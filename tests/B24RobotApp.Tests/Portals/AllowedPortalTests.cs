using B24RobotApp.Portals;

namespace B24RobotApp.Tests.Portals;

public sealed class AllowedPortalTests
{
    [Theory]
    [InlineData("acme.bitrix24.ru", "https://acme.bitrix24.ru/")]
    [InlineData("ACME.bitrix24.RU", "https://acme.bitrix24.ru/")]
    [InlineData("*.bitrix24.ru", "https://acme.bitrix24.ru/")]
    [InlineData("*.bitrix24.ru", "https://a.b.bitrix24.ru/")]
    [InlineData("crm.example.com:8443", "https://crm.example.com:8443/")]
    [InlineData("xn--80ak6aa92e.com", "https://xn--80ak6aa92e.com/")]
    public void An_address_that_the_entry_names_is_allowed(string entry, string address) => Assert.True(Matches(entry, address));

    [Theory]
    [InlineData("acme.bitrix24.ru", "https://evil-acme.bitrix24.ru/")]
    [InlineData("acme.bitrix24.ru", "https://acme.bitrix24.ru.evil.com/")]
    [InlineData("acme.bitrix24.ru", "https://acme.bitrix24.ru:8443/")]
    [InlineData("acme.bitrix24.ru", "https://acme.bitrix24.ru./")]
    [InlineData("*.bitrix24.ru", "https://bitrix24.ru/")]
    [InlineData("*.bitrix24.ru", "https://evilbitrix24.ru/")]
    [InlineData("*.bitrix24.ru", "https://acme.bitrix24.ru.evil.com/")]
    [InlineData("*.bitrix24.ru", "https://acme.bitrix24.ru:8443/")]
    [InlineData("*.bitrix24.ru", "https://аcme.bitrix24.ru/")]
    [InlineData("*.bitrix24.ru", "https://xn--cme-7cd.bitrix24.ru/")]
    [InlineData("*.bitrix24.ru", "https://acme.bitriх24.ru/")]
    [InlineData("crm.example.com:8443", "https://crm.example.com/")]
    public void Look_alikes_and_other_ports_are_not(string entry, string address) => Assert.False(Matches(entry, address));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*.ru")]
    [InlineData("*acme.bitrix24.ru")]
    [InlineData("acme.*.ru")]
    [InlineData("https://acme.bitrix24.ru")]
    [InlineData("acme.bitrix24.ru/path")]
    [InlineData("user@acme.bitrix24.ru")]
    [InlineData("acme.bitrix24.ru:0")]
    [InlineData("acme.bitrix24.ru:port")]
    [InlineData("акме.рф")]
    public void What_is_no_host_is_a_wrong_entry(string entry) => Assert.False(AllowedPortal.TryParse(entry, out _));

    [Fact]
    public void Plain_http_has_any_port()
    {
        Assert.True(AllowedPortal.TryParse("127.0.0.1", out var entry));

        Assert.True(entry.Matches(new Uri("http://127.0.0.1:50123/"), anyPort: true));
        Assert.False(entry.Matches(new Uri("http://127.0.0.1:50123/"), anyPort: false));
    }

    private static bool Matches(string entry, string address)
    {
        Assert.True(AllowedPortal.TryParse(entry, out var portal));
        return portal.Matches(new Uri(address), anyPort: false);
    }
}
