using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using B24RobotApp.Settings;

namespace B24RobotApp.Portals;

/// <summary>
/// The one HTTP client towards portals and authorization servers. It follows no redirects, keeps no cookies, logs nothing (addresses hold secrets), and connects to no private address unless the
/// settings name its network: the check is made on the address that is really connected to, so a name that changes its meaning gets nowhere.
/// </summary>
internal static class PortalHttp
{
    public static HttpClient Create(Bitrix24Options options)
    {
        var networks = options.TrustedNetworks.Select(network => IPNetwork.Parse(network)).ToList();
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = 64,

            // Traces would carry the address, and that may be a webhook's.
            ActivityHeadersPropagator = null,
            UseProxy = options.Proxy is not null,
            Proxy = options.Proxy is null ? null : new WebProxy(options.Proxy),
        };
        if (options.Proxy is null)
        {
            handler.ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, networks, options.AllowHttp, cancellationToken);
        }

        if (options.ExtraCertificateAuthority.Length > 0)
        {
            handler.SslOptions.CertificateChainPolicy = Trusting(options.ExtraCertificateAuthority);
        }

        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Add("Accept", "application/json");
        client.DefaultRequestHeaders.Add("User-Agent", $"B24RobotApp/{typeof(PortalHttp).Assembly.GetName().Version?.ToString(3)}");
        return client;
    }

    /// <summary>Whether requests may go to an address.</summary>
    internal static bool IsAllowed(IPAddress address, IReadOnlyList<IPNetwork> trusted, bool allowLoopback)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (IPAddress.IsLoopback(plain))
        {
            return allowLoopback;
        }

        return trusted.Any(network => network.Contains(plain)) || !IsPrivate(plain);
    }

    private static bool IsPrivate(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // fc00::/7, fe80::/10, multicast, ::, and the forms in which an IPv4 address can hide.
            var bytes = address.GetAddressBytes();
            return address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || address.IsIPv6Multicast || address.IsIPv6UniqueLocal || address.IsIPv6Teredo
                || address.Equals(IPAddress.IPv6Any) || (bytes[0] == 0x20 && bytes[1] == 0x02) || (bytes[0] == 0x00 && bytes[1] == 0x64) || bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0;
        }

        return address.GetAddressBytes() switch
        {
            [0 or 10 or 127, ..] => true,
            [100, >= 64 and <= 127, ..] => true,
            [169, 254, ..] => true,
            [172, >= 16 and <= 31, ..] => true,
            [192, 168, ..] => true,
            [192, 0, 0 or 2, _] => true,
            [198, 18 or 19, ..] => true,
            [>= 224, ..] => true,
            _ => false,
        };
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint endPoint, IReadOnlyList<IPNetwork> trusted, bool allowLoopback, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(endPoint.Host, cancellationToken);
        var allowed = addresses.Where(address => IsAllowed(address, trusted, allowLoopback)).ToArray();
        if (allowed.Length == 0)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The host has no address to which requests may go.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, endPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static X509ChainPolicy Trusting(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);

        // Portals in the cloud keep their public certificates.
        using var roots = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
        policy.CustomTrustStore.AddRange(roots.Certificates);
        return policy;
    }
}
