using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using B24RobotApp.Portals;
using B24RobotApp.Settings;
using B24RobotApp.Tests.Api;
using B24RobotApp.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Tests.Attacks;

/// <summary>Nobody makes the app knock at doors of the host's own network.</summary>
public sealed class OutgoingTests : ApiTestBase
{
    public static TheoryData<string> Hosts =>
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "0.0.0.0", "0", "localhost", "LOCALHOST", "127.0.0.1.", "①②⑦.⓪.⓪.①",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    ];

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task No_spelling_of_this_machine_is_connected_to(string host)
    {
        using var door = new Door();
        var options = Options.Create(new Bitrix24Options());
        using var http = PortalHttp.Create(options.Value, new Uri(TestApp.PublicUrl), new AddressGuard(options, NullLogger<AddressGuard>.Instance));

        foreach (var scheme in new[] { "https", "http" })
        {
            var address = $"{scheme}://{host}:{door.Port}/rest/1/secret/profile";
            if (Uri.TryCreate(address, UriKind.Absolute, out var uri))
            {
                await Assert.ThrowsAnyAsync<HttpRequestException>(() => http.GetAsync(uri, Cancel));
            }
        }

        Assert.Equal(0, door.Knocks);
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task A_webhook_that_leads_into_the_hosts_network_is_not_called(string host)
    {
        using var door = new Door();
        await using var app = await StartAsync();
        await SignInAsync(app);
        app.Get<IOptions<Bitrix24Options>>().Value.AllowHttp = false;

        using var answer = await PostAsync(app, "/api/connections", JsonSerializer.Serialize(new { name = "inside", webhooks = new[] { $"https://{host}:{door.Port}/rest/1/secret/" } }));

        Assert.Equal(0, door.Knocks);
        if (answer.StatusCode == HttpStatusCode.OK)
        {
            // It was looked at and is not good; nothing was stored.
            Assert.Equal(JsonValueKind.Null, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("connection").ValueKind);
        }
        else
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        }
    }

    [Fact]
    public async Task One_person_cannot_make_the_app_ask_a_thousand_addresses()
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        var webhooks = Enumerable.Range(1, 1000).Select(number => $"{Bitrix24.OAuth}rest/{number}/secret/");

        using var answer = await PostAsync(app, "/api/connections", JsonSerializer.Serialize(new { name = "many", webhooks }));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.DoesNotContain(Bitrix24.OAuthRequests, path => path.Contains("profile", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Through_a_proxy_no_address_of_the_hosts_network_is_asked_for_either()
    {
        using var proxy = new Door();
        var options = Options.Create(new Bitrix24Options { Proxy = $"http://127.0.0.1:{proxy.Port}" });
        using var http = PortalHttp.Create(options.Value, new Uri(TestApp.PublicUrl), new AddressGuard(options, NullLogger<AddressGuard>.Instance));

        foreach (var host in new[] { "169.254.169.254", "10.0.0.1", "[::1]", "127.0.0.1", "2130706433", "localhost" })
        {
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => http.GetAsync(new Uri($"https://{host}/rest/1/secret/profile"), Cancel));
        }

        Assert.Equal(0, proxy.Knocks);
    }

    /// <summary>A service of this machine that counts who comes to it, by IPv4 and IPv6.</summary>
    private sealed class Door : IDisposable
    {
        private readonly TcpListener _listener = TcpListener.Create(0);
        private int _knocks;

        public Door()
        {
            _listener.Start();
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            _ = AcceptAsync();
        }

        public int Port { get; }

        public int Knocks => Volatile.Read(ref _knocks);

        public void Dispose() => _listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var socket = await _listener.AcceptSocketAsync(Cancel);
                    Interlocked.Increment(ref _knocks);
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
