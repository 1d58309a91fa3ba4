using System.Net;
using B24RobotApp.Portals;
using B24RobotApp.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Tests.Portals;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("185.71.76.1")]
    [InlineData("2a00:1450:4001:81b::200e")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("::ffff:8.8.8.8")]
    public void Public_addresses_may_be_connected_to(string address) => Assert.True(Guard().IsPermitted(IPAddress.Parse(address), plainHttp: false));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.8.8")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("192.0.0.8")]
    [InlineData("198.18.0.1")]
    [InlineData("203.0.113.5")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("fd00::1")]
    [InlineData("ff02::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    public void Private_and_special_addresses_may_not(string address) => Assert.False(Guard().IsPermitted(IPAddress.Parse(address), plainHttp: false));

    [Fact]
    public void A_network_that_the_settings_name_may_be_connected_to_and_its_neighbour_not()
    {
        var guard = Guard(options => options.TrustedNetworks.Add("10.1.0.0/16"));

        Assert.True(guard.IsPermitted(IPAddress.Parse("10.1.2.3"), plainHttp: false));
        Assert.True(guard.IsPermitted(IPAddress.Parse("::ffff:10.1.2.3"), plainHttp: false));
        Assert.False(guard.IsPermitted(IPAddress.Parse("10.2.0.1"), plainHttp: false));
    }

    [Fact]
    public void Plain_http_stays_on_this_machine_and_needs_its_switch()
    {
        var guard = Guard(options => options.AllowHttp = true);

        Assert.True(guard.IsPermitted(IPAddress.Loopback, plainHttp: true));
        Assert.True(guard.IsPermitted(IPAddress.IPv6Loopback, plainHttp: true));
        Assert.False(guard.IsPermitted(IPAddress.Parse("8.8.8.8"), plainHttp: true));
        Assert.False(Guard().IsPermitted(IPAddress.Loopback, plainHttp: true));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/")]
    [InlineData("http://localhost:9/")]
    public async Task The_check_is_made_when_connecting_whatever_the_name_says(string address)
    {
        var options = new Bitrix24Options();
        using var http = PortalHttp.Create(options, new Uri("https://robot.example.com"), Guard());

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri(address), TestContext.Current.CancellationToken));

        Assert.Equal(HttpRequestError.ConnectionError, exception.HttpRequestError);
        Assert.Equal(System.Net.Sockets.SocketError.AccessDenied, Assert.IsType<System.Net.Sockets.SocketException>(exception.InnerException).SocketErrorCode);
    }

    private static AddressGuard Guard(Action<Bitrix24Options>? change = null)
    {
        var options = new Bitrix24Options();
        change?.Invoke(options);
        return new AddressGuard(Options.Create(options), NullLogger<AddressGuard>.Instance);
    }
}
