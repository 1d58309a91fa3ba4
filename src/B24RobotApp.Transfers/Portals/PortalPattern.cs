namespace B24RobotApp.Transfers.Portals;

/// <summary>An entry of a list of portals: a host name, <c>*.bitrix24.ru</c> for all names below it, either with a port.</summary>
internal static class PortalPattern
{
    /// <summary>Whether a portal's address is meant.</summary>
    /// <param name="pattern">The entry. Without a port it means 443 or, for a plain http address (sandbox), any port.</param>
    /// <param name="address">The portal's address.</param>
    public static bool Matches(string pattern, Uri address)
    {
        var colon = pattern.LastIndexOf(':');
        var host = colon < 0 ? pattern : pattern[..colon];
        var portMatches = colon < 0
            ? address.Scheme == Uri.UriSchemeHttp || address.Port == 443
            : pattern.AsSpan(colon + 1).SequenceEqual(address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));

        // "*.bitrix24.ru" means names below it, not the name itself and not "evil-bitrix24.ru".
        var hostMatches = host.StartsWith("*.", StringComparison.Ordinal)
            ? address.IdnHost.Length > host.Length - 1 && address.IdnHost.EndsWith(host[1..], StringComparison.OrdinalIgnoreCase)
            : string.Equals(host, address.IdnHost, StringComparison.OrdinalIgnoreCase);
        return portMatches && hostMatches;
    }
}
