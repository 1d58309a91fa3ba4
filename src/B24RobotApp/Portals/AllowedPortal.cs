using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace B24RobotApp.Portals;

/// <summary>An entry of <c>Bitrix24:AllowedPortals</c>: a host, or <c>*.</c> and a domain, with or without a port.</summary>
internal sealed record AllowedPortal(string Host, bool IsPattern, int? Port)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out AllowedPortal? portal)
    {
        portal = null;
        var host = text.Trim();
        int? port = null;
        var colon = host.LastIndexOf(':');
        if (colon >= 0)
        {
            if (!int.TryParse(host[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is 0 or > 65_535)
            {
                return false;
            }

            port = number;
            host = host[..colon];
        }

        var isPattern = host.StartsWith("*.", StringComparison.Ordinal);
        host = isPattern ? host[2..] : host;
        var isName = Uri.CheckHostName(host) == UriHostNameType.Dns && (!isPattern || host.Contains('.', StringComparison.Ordinal));
        if (!isName && (isPattern || !IPAddress.TryParse(host, out _)))
        {
            return false;
        }

        portal = new AllowedPortal(host.ToLowerInvariant(), isPattern, port);
        return true;
    }

    /// <summary>Whether an address is meant by this entry.</summary>
    public bool Matches(Uri address, bool anyPort)
    {
        // IdnHost: a name with look-alike letters is compared by what is really looked up.
        var host = address.IdnHost.ToLowerInvariant();
        var sameHost = IsPattern ? host.EndsWith("." + Host, StringComparison.Ordinal) : host == Host;
        return sameHost && (Port == address.Port || (Port is null && (anyPort || address.Port == 443)));
    }
}
