using B24RobotApp.Settings;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Portals;

/// <summary>Which addresses may be a portal's: what the settings allow, and nothing that is not an https host.</summary>
internal sealed class PortalAccess(IOptions<Bitrix24Options> options)
{
    private static readonly System.Buffers.SearchValues<char> NotOfAHost = System.Buffers.SearchValues.Create("/\\@?# ");

    private readonly List<AllowedPortal> _allowed =
        [.. options.Value.AllowedPortals.Select(entry => AllowedPortal.TryParse(entry, out var portal) ? portal : null).OfType<AllowedPortal>()];

    /// <summary>Whether the address may install and call.</summary>
    public bool IsAllowed(Uri address) =>
        address.IsAbsoluteUri
        && address.UserInfo.Length == 0
        && (address.Scheme == Uri.UriSchemeHttps || (options.Value.AllowHttp && address.Scheme == Uri.UriSchemeHttp))
        && _allowed.Exists(entry => entry.Matches(address, options.Value.AllowHttp));

    /// <summary>Makes an address of a host (with or without a port) as a portal claims it; <see langword="null"/> if it is none or not allowed.</summary>
    public Uri? Find(string host, bool isHttps) =>
        host.AsSpan().IndexOfAny(NotOfAHost) < 0
        && Uri.TryCreate($"{(isHttps ? "https" : "http")}://{host}/", UriKind.Absolute, out var address) && IsAllowed(address)
            ? address
            : null;
}
