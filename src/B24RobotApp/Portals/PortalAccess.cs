using System.Globalization;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Portals;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Portals;

/// <summary>Which addresses may be a portal's: what the settings allow and what was allowed by command, and nothing that is not an https host.</summary>
internal sealed class PortalAccess(IOptions<Bitrix24Options> options, AllowedPortalStore added)
{
    private readonly List<AllowedPortal> _configured = Parse(options.Value.AllowedPortals);
    private readonly Lock _lock = new();
    private (IReadOnlyList<string> Entries, List<AllowedPortal> Portals) _added = ([], []);

    /// <summary>Whether there is none at all.</summary>
    public bool IsEmpty => options.Value.AllowedPortals.Count == 0 && added.Entries.Count == 0;

    /// <summary>Whether the address may install and call.</summary>
    public bool IsAllowed(Uri address) =>
        address.IsAbsoluteUri
        && address.UserInfo.Length == 0
        && (address.Scheme == Uri.UriSchemeHttps || (options.Value.AllowHttp && address.Scheme == Uri.UriSchemeHttp))
        && (_configured.Exists(entry => entry.Matches(address, options.Value.AllowHttp)) || Added().Exists(entry => entry.Matches(address, options.Value.AllowHttp)));

    /// <summary>Whether a host that somebody claims to be may install and call; scheme and token are not known yet.</summary>
    /// <param name="host">A host, with a port if it has one.</param>
    public bool IsAllowed(string? host) => AddressesOf(host).Any();

    /// <summary>
    /// The portal that a frame claims to be of, as sources of a content security policy, if it is an allowed one; else none. Never all that are allowed: who the host's partners are is nobody's business.
    /// </summary>
    /// <param name="host">A host, with a port if it has one.</param>
    public string FrameSourcesOf(string? host) => string.Join(' ', AddressesOf(host).Select(SourceOf));

    /// <summary>Where a form may lead that ends at some portal.</summary>
    public string FormTargets => options.Value.AllowHttp ? "https: http:" : "https:";

    private List<AllowedPortal> Added()
    {
        lock (_lock)
        {
            var entries = added.Entries;
            if (!ReferenceEquals(entries, _added.Entries))
            {
                _added = (entries, Parse(entries));
            }

            return _added.Portals;
        }
    }

    private static List<AllowedPortal> Parse(IEnumerable<string> entries) =>
        [.. entries.Select(entry => AllowedPortal.TryParse(entry, out var portal) ? portal : null).OfType<AllowedPortal>()];

    private IEnumerable<Uri> AddressesOf(string? host)
    {
        foreach (var scheme in new[] { Uri.UriSchemeHttps, Uri.UriSchemeHttp })
        {
            if (Uri.TryCreate($"{scheme}://{host}/", UriKind.Absolute, out var address) && address.PathAndQuery == "/" && address.Fragment.Length == 0 && IsAllowed(address))
            {
                yield return address;
            }
        }
    }

    // A header holds no letters of other scripts.
    private static string SourceOf(Uri address)
    {
        var host = address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost;
        return address.IsDefaultPort ? $"{address.Scheme}://{host}" : string.Create(CultureInfo.InvariantCulture, $"{address.Scheme}://{host}:{address.Port}");
    }
}
