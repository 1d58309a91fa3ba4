using System.Net;
using B24RobotApp.Portals;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>Which portals are served and how they are spoken to. Section <c>Bitrix24</c>.</summary>
internal sealed class Bitrix24Options
{
    public const string SectionName = "Bitrix24";

    /// <summary>Trusted authorization servers; client secrets go nowhere else. Empty: Bitrix24's own two.</summary>
    public IList<Uri?> OAuthServers { get; } = [];

    /// <summary>Hosts or <c>*.bitrix24.ru</c> patterns that may install and call; without a port 443 is meant, and any port with <see cref="AllowHttp"/>. Empty: nobody.</summary>
    public IList<string> AllowedPortals { get; } = [];

    /// <summary>Credentials of local apps, one pair a portal. What is not given here is asked for in the install page.</summary>
    public IList<ApplicationOptions> Applications { get; } = [];

    /// <summary>Plain http, on this machine only: for the sandbox.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>Requests per second that a portal allows: 2, on the Enterprise plan 5.</summary>
    /// <value>0.1 to 1,000; 2 by default.</value>
    public double RequestsPerSecond { get; set; } = 2;

    /// <summary>Requests that a portal lets pass at once: 50, on the Enterprise plan 250.</summary>
    /// <value>1 to 10,000; 50 by default.</value>
    public int Burst { get; set; } = 50;

    /// <summary>The most requests with one token or webhook that are under way at once.</summary>
    /// <value>1 to 256; 16 by default.</value>
    public int MaxInFlight { get; set; } = 16;

    /// <summary>Whether under load many reads of single deals become one of a list; for a portal whose lists say less than they should it can be switched off.</summary>
    /// <value><see langword="true"/> by default.</value>
    public bool MergeReads { get; set; } = true;

    /// <summary>How long one request to a portal may take before its outcome counts as unknown.</summary>
    /// <value>1 second to 5 minutes; 30 seconds by default.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Networks (<c>10.1.0.0/16</c>) in which box portals live. Requests go to no other private address.</summary>
    public IList<string> TrustedNetworks { get; } = [];

    /// <summary>A file with the certificate (PEM) of an authority of your own that signs box portals' certificates.</summary>
    public string ExtraCertificateAuthority { get; set; } = "";

    /// <summary>A proxy for requests to portals, such as <c>http://proxy.example.com:3128</c>, with <c>user:password@</c> if need be. It decides then which addresses are reached.</summary>
    public string Proxy { get; set; } = "";

    public IReadOnlyList<Uri> TrustedOAuthServers => OAuthServers.Count > 0 ? [.. OAuthServers.OfType<Uri>()] : B24RobotApp.Bitrix24.OAuth.TrustedOAuthServers.Documented;

    internal sealed class Validator : IValidateOptions<Bitrix24Options>
    {
        public ValidateOptionsResult Validate(string? name, Bitrix24Options options)
        {
            var problems = new ValidateOptionsResultBuilder();
            for (var i = 0; i < options.OAuthServers.Count; i++)
            {
                // An empty value binds to nothing.
                if (options.OAuthServers[i] is not { } server)
                {
                    problems.AddError($"Bitrix24:OAuthServers:{i} is empty.");
                }
                else if (!server.IsAbsoluteUri || server.AbsolutePath != "/" || !(server.Scheme == Uri.UriSchemeHttps || (server.Scheme == Uri.UriSchemeHttp && options.AllowHttp)))
                {
                    problems.AddError($"Bitrix24:OAuthServers:{i} must be an address such as https://oauth.bitrix.info/, but is {server}.");
                }
            }

            for (var i = 0; i < options.AllowedPortals.Count; i++)
            {
                if (!AllowedPortal.TryParse(options.AllowedPortals[i], out _))
                {
                    problems.AddError($"Bitrix24:AllowedPortals:{i} must be a host name such as acme.bitrix24.ru or a pattern such as *.bitrix24.ru, but is {options.AllowedPortals[i]}.");
                }
            }

            for (var i = 0; i < options.Applications.Count; i++)
            {
                var application = options.Applications[i];
                if (application.ClientId.Length == 0 || application.ClientSecret.Length == 0 || !AllowedPortal.TryParse(application.Portal, out var portal) || portal.IsPattern)
                {
                    problems.AddError($"Bitrix24:Applications:{i} needs ClientId, ClientSecret and, in Portal, the host of the one portal they belong to.");
                }
            }

            if (options.RequestsPerSecond is < 0.1 or > 1000)
            {
                problems.AddError($"Bitrix24:RequestsPerSecond must be 0.1 to 1000, but is {options.RequestsPerSecond}.");
            }

            if (options.Burst is < 1 or > 10_000)
            {
                problems.AddError($"Bitrix24:Burst must be 1 to 10000, but is {options.Burst}.");
            }

            if (options.MaxInFlight is < 1 or > 256)
            {
                problems.AddError($"Bitrix24:MaxInFlight must be 1 to 256, but is {options.MaxInFlight}.");
            }

            if (options.RequestTimeout < TimeSpan.FromSeconds(1) || options.RequestTimeout > TimeSpan.FromMinutes(5))
            {
                problems.AddError($"Bitrix24:RequestTimeout must be 00:00:01 to 00:05:00, but is {options.RequestTimeout}.");
            }

            for (var i = 0; i < options.TrustedNetworks.Count; i++)
            {
                if (!IPNetwork.TryParse(options.TrustedNetworks[i], out _))
                {
                    problems.AddError($"Bitrix24:TrustedNetworks:{i} must be a network such as 10.1.0.0/16, but is {options.TrustedNetworks[i]}.");
                }
            }

            if (options.ExtraCertificateAuthority.Length > 0 && ExtraAuthorities.FindProblem(options.ExtraCertificateAuthority) is { } fileProblem)
            {
                problems.AddError($"Bitrix24:ExtraCertificateAuthority {fileProblem}");
            }

            // It may hold a password, so it is not repeated.
            if (options.Proxy.Length > 0 && (!Uri.TryCreate(options.Proxy, UriKind.Absolute, out var proxy) || proxy.Scheme is not ("http" or "https")))
            {
                problems.AddError("Bitrix24:Proxy must be an address such as http://proxy.example.com:3128.");
            }

            return problems.Build();
        }
    }
}

/// <summary>The credentials of the local app on one portal.</summary>
internal sealed class ApplicationOptions
{
    public string ClientId { get; set; } = "";

    public string ClientSecret { get; set; } = "";

    /// <summary>The portal's host.</summary>
    public string Portal { get; set; } = "";
}
