using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Bitrix24.OAuth;

/// <summary>The authorization servers that are believed and that may see client secrets. What a portal or a browser names is only looked up here.</summary>
public sealed class TrustedOAuthServers(IReadOnlyList<Uri> servers)
{
    /// <summary>Bitrix24's own. Source: settings/oauth/index.md.</summary>
    public static readonly IReadOnlyList<Uri> Documented = [new("https://oauth.bitrix.info/"), new("https://oauth.bitrix24.tech/")];

    /// <summary>All of them, in the order in which they are asked when nobody names one.</summary>
    public IReadOnlyList<Uri> All { get; } = servers;

    /// <summary>Finds the server that an endpoint (<c>https://oauth.bitrix.info/rest/</c>) or a host (<c>oauth.bitrix.info</c>) names.</summary>
    public bool TryFind(string? endpointOrHost, [NotNullWhen(true)] out Uri? server)
    {
        server = null;
        if (string.IsNullOrEmpty(endpointOrHost))
        {
            return false;
        }

        server = Uri.TryCreate(endpointOrHost, UriKind.Absolute, out var endpoint) && endpoint.Host.Length > 0
            ? All.FirstOrDefault(trusted => endpoint.UserInfo.Length == 0 && trusted.Scheme == endpoint.Scheme && trusted.Authority == endpoint.Authority)
            : All.FirstOrDefault(trusted => trusted.Authority.Equals(endpointOrHost, StringComparison.OrdinalIgnoreCase));
        return server is not null;
    }
}
