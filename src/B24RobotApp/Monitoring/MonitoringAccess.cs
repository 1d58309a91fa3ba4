using System.Net;
using System.Security.Cryptography;
using System.Text;
using B24RobotApp.Settings;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Monitoring;

/// <summary>
/// Who may see measurements: whoever brings the token of the settings. Without one, whoever asks from this machine; but not through a proxy on it, from which everybody seems to come.
/// </summary>
internal sealed class MonitoringAccess(IOptions<AppOptions> options)
{
    private const string Scheme = "Bearer ";

    private static readonly string[] SignsOfProxy = ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server", "X-Real-IP"];

    /// <summary>Why a request is not answered; <see langword="null"/> if it is.</summary>
    public ContentHttpResult? Refuse(HttpContext context)
    {
        if (options.Value.MetricsToken is { Length: > 0 } token)
        {
            if (BringsToken(context.Request, token))
            {
                return null;
            }

            context.Response.Headers.WWWAuthenticate = "Bearer";
            return TypedResults.Text("Bring App:MetricsToken as a bearer token.", statusCode: StatusCodes.Status401Unauthorized);
        }

        return IsLocal(context)
            ? null
            : TypedResults.Text("Set App:MetricsToken and bring it as a bearer token.", statusCode: StatusCodes.Status403Forbidden);
    }

    // Hashes have one length and are compared in a time that says nothing.
    private static bool BringsToken(HttpRequest request, string token) =>
        request.Headers.Authorization.ToString() is { } header
        && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..])), SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>
    /// Whether it was surely somebody on this machine. Proxies that are set up sparingly say nothing of themselves; but where the app's address is https and the request came without TLS, there is one in front,
    /// and no address proves anything.
    /// </summary>
    private bool IsLocal(HttpContext context)
    {
        var request = context.Request;
        return context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
            && request.IsHttps == (options.Value.PublicUrl!.Scheme == Uri.UriSchemeHttps)
            && (request.Host.Host is "localhost" || (IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out var host) && IPAddress.IsLoopback(host)))
            && !SignsOfProxy.Any(request.Headers.ContainsKey);
    }
}
