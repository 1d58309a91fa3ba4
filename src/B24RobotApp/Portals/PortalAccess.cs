using B24RobotApp.Settings;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Portals;

/// <summary>Which addresses may be a portal's: what the settings allow, and nothing that is not an https host.</summary>
internal sealed class PortalAccess(IOptions<Bitrix24Options> options)
{
    private readonly List<AllowedPortal> _allowed =
        [.. options.Value.AllowedPortals.Select(entry => AllowedPortal.TryParse(entry, out var portal) ? portal : null).OfType<AllowedPortal>()];

    /// <summary>Whether the address may install and call.</summary>
    public bool IsAllowed(Uri address) =>
        address.IsAbsoluteUri
        && address.UserInfo.Length == 0
        && (address.Scheme == Uri.UriSchemeHttps || (options.Value.AllowHttp && address.Scheme == Uri.UriSchemeHttp))
        && _allowed.Exists(entry => entry.Matches(address, options.Value.AllowHttp));

    /// <summary>All portals that may have the app, as sources of a content security policy.</summary>
    public string FrameSources => string.Join(' ', _allowed.SelectMany(SourcesOf));

    private IEnumerable<string> SourcesOf(AllowedPortal entry)
    {
        var host = (entry.IsPattern ? "*." : "") + entry.Host;
        yield return entry.Port is { } port ? $"https://{host}:{port}" : $"https://{host}";
        if (options.Value.AllowHttp)
        {
            yield return entry.Port is { } plain ? $"http://{host}:{plain}" : $"http://{host}:*";
        }
    }
}
