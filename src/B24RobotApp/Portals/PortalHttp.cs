using System.Net;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Sharing;

namespace B24RobotApp.Portals;

/// <summary>The one HTTP client towards portals and authorization servers. It follows no redirects, keeps no cookies and logs nothing, since addresses hold secrets; time-outs are set by request.</summary>
internal static class PortalHttp
{
    /// <summary>Bytes of an answer that is read as a whole, an authorization server's; portals' are read as they come, with a limit of their own.</summary>
    private const int LongestBuffered = 1024 * 1024;

    public static HttpClient Create(Bitrix24Options options, Uri? publicUrl, AddressGuard guard, LeasedShare? share = null)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect followed by itself would turn a POST into a GET, and carry a secret to a stranger.
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = 64,

            // Traces would carry the address, and that may be a webhook's.
            ActivityHeadersPropagator = null,
            ConnectCallback = guard.ConnectAsync,
            UseProxy = options.Proxy.Length > 0,
        };
        if (handler.UseProxy)
        {
            handler.Proxy = CreateProxy(new Uri(options.Proxy));
        }

        HttpMessageHandler way = handler.UseProxy ? new ProxiedAddresses(guard) { InnerHandler = handler } : handler;

        if (options.ExtraCertificateAuthority.Length > 0)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = ExtraAuthorities.Read(options.ExtraCertificateAuthority).Validate;
        }

        if (share is not null)
        {
            way = new LivingOnly(share) { InnerHandler = way };
        }

        var client = new HttpClient(way) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LongestBuffered };
        client.DefaultRequestHeaders.Add("Accept", "application/json");
        client.DefaultRequestHeaders.Add("User-Agent", $"B24RobotApp/{typeof(PortalHttp).Assembly.GetName().Version?.ToString(3)} (+{publicUrl})");
        return client;
    }

    private static WebProxy CreateProxy(Uri address)
    {
        var proxy = new WebProxy(new Uri($"{address.Scheme}://{address.Authority}/"));
        if (address.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var password])
        {
            proxy.Credentials = new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password.FirstOrDefault() ?? ""));
        }

        return proxy;
    }
}
