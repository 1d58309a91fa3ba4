using System.Net;
using System.Net.Sockets;
using B24RobotApp.Settings;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Portals;

/// <summary>
/// Makes the connections to portals and authorization servers, and refuses those that lead into the host's own network: names of portals come from outside, and what a name resolves to is
/// known only now.
/// </summary>
internal sealed partial class AddressGuard(IOptions<Bitrix24Options> options, ILogger<AddressGuard> logger)
{
    // What is not reachable from the internet, or not one machine. Source: the registries of special-purpose addresses, RFC 6890 and its successors.
    private static readonly IPNetwork[] Special4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(IPNetwork.Parse),
    ];

    // Of IPv6 only the global unicast addresses lead anywhere public, without those that wrap another address or stand in books.
    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] Special6 = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse)];

    // A network without IPv4 reaches the IPv4 internet through these.
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    private readonly IPNetwork[] _trusted = [.. options.Value.TrustedNetworks.Select(IPNetwork.Parse)];
    private readonly Uri? _proxy = options.Value.Proxy.Length == 0 ? null : new Uri(options.Value.Proxy);

    /// <summary>Whether a connection to an address may be made.</summary>
    /// <param name="address">The address.</param>
    /// <param name="plainHttp">Whether the request is not encrypted; such a one stays on this machine.</param>
    public bool IsPermitted(IPAddress address, bool plainHttp)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return options.Value.AllowHttp && IPAddress.IsLoopback(address)
            || (!plainHttp && (IsPublic(address) || _trusted.Any(network => network.Contains(address))));
    }

    /// <summary>Connects, for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="SocketException">No address of the host may be connected to (<see cref="SocketError.AccessDenied"/>), or none answers.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        var addresses = await Dns.GetHostAddressesAsync(target.Host, cancellationToken);
        if (!IsProxy(target))
        {
            var plainHttp = context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttp;
            addresses = Array.FindAll(addresses, address => IsPermitted(address, plainHttp));
            if (addresses.Length == 0)
            {
                Log.Refused(logger, target.Host);
                throw new SocketException((int)SocketError.AccessDenied);
            }
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool IsProxy(DnsEndPoint target) =>
        _proxy is not null && _proxy.Port == target.Port && _proxy.IdnHost.Equals(target.Host, StringComparison.OrdinalIgnoreCase);

    private static bool IsPublic(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !Array.Exists(Special4, network => network.Contains(address));
        }

        return Nat64.Contains(address)
            ? IsPublic(new IPAddress(address.GetAddressBytes().AsSpan(12)))
            : Global6.Contains(address) && !Array.Exists(Special6, network => network.Contains(address));
    }

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Warning, "{Host} is at an address of a private network and was not connected to. If that portal is meant to be there, name the network in Bitrix24:TrustedNetworks")]
        public static partial void Refused(ILogger logger, string host);
    }
}
