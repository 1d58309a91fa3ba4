using System.Net;
using B24RobotApp.Settings;

namespace B24RobotApp.Portals;

/// <summary>The one HTTP client towards portals and authorization servers. It follows no redirects, keeps no cookies and logs nothing, since addresses hold secrets; time-outs are set by request.</summary>
internal static class PortalHttp
{
    public static HttpClient Create(Bitrix24Options options, Uri? publicUrl, AddressGuard guard)
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

        if (options.ExtraCertificateAuthority.Length > 0)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = ExtraAuthorities.Read(options.ExtraCertificateAuthority).Validate;
        }

        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
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
