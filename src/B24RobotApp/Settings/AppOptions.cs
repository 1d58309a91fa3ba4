using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>The server itself. Section <c>App</c>.</summary>
internal sealed class AppOptions
{
    public const string SectionName = "App";

    /// <summary>The address under which portals reach the app; what the app registers on portals is built from it.</summary>
    /// <value>An https address (http with <c>Bitrix24:AllowHttp</c>); required.</value>
    public Uri? PublicUrl { get; set; }

    /// <summary>Database, key ring and logs.</summary>
    /// <value>A folder; <c>./data</c> by default.</value>
    public string DataDirectory { get; set; } = "./data";

    /// <summary>The largest request body that is accepted.</summary>
    /// <value>65,536 bytes to 100 MB; 10 MB by default.</value>
    public long MaxRequestBytes { get; set; } = 10_485_760;

    /// <summary>How long after an uninstall with "delete data" tokens, payloads and profiles are erased: an uninstall by mistake can be taken back until then.</summary>
    /// <value>0 to 365 days; 7 days by default.</value>
    public TimeSpan EraseAfter { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How the console log is written: <c>plain</c> for people or <c>json</c> for machines.</summary>
    public string LogFormat { get; set; } = "plain";

    /// <summary>The key ring, where it is not to lie beside the database that it opens. It is not part of backups then.</summary>
    /// <value>A folder; <c>keys</c> in the data directory if empty.</value>
    public string KeyDirectory { get; set; } = "";

    /// <summary>Certificates that protect the key ring: the first closes what is written from now on, all of them open what is there.</summary>
    public IList<KeyCertificateOptions> KeyCertificates { get; } = [];

    /// <summary>What whoever asks for <c>/metrics</c> and <c>/health/work</c> has to bring, as a bearer token; empty: only this machine may ask, where no proxy hides who does.</summary>
    /// <value>At least 16 characters.</value>
    public string MetricsToken { get; set; } = "";

    /// <summary>The path below which all pages are, for links: <c>/</c> unless the app shares its host with others.</summary>
    public string Root => PublicUrl!.AbsolutePath.TrimEnd('/') + "/";

    /// <summary>The address of a page of the app.</summary>
    public Uri Address(string path) => new(PublicUrl!.AbsoluteUri.TrimEnd('/') + path);

    internal sealed class Validator(IOptions<Bitrix24Options> bitrix24) : IValidateOptions<AppOptions>
    {
        public ValidateOptionsResult Validate(string? name, AppOptions options)
        {
            var problems = new ValidateOptionsResultBuilder();
            if (options.PublicUrl is not { IsAbsoluteUri: true } url || url.Query.Length > 0)
            {
                problems.AddError("App:PublicUrl is missing: give the address under which portals reach this server, such as https://esb-robot.example.com.");
            }
            else if (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && AllowsHttp()))
            {
                problems.AddError($"App:PublicUrl must begin with https://, but is {url}.");
            }
            else if (url.UserInfo.Length > 0 || url.Fragment.Length > 0)
            {
                problems.AddError("App:PublicUrl must not contain a user name or a fragment.");
            }
            else if (!url.Host.Contains('.', StringComparison.Ordinal))
            {
                // Source: bizproc/bizproc-robot/bizproc-robot-add.md, portal sources.
                problems.AddError($"App:PublicUrl has the host {url.Host}, but portals take handlers only on a host with a dot in it.");
            }

            if (string.IsNullOrWhiteSpace(options.DataDirectory))
            {
                problems.AddError("App:DataDirectory must name a folder.");
            }

            if (options.MaxRequestBytes is < 65_536 or > 104_857_600)
            {
                problems.AddError($"App:MaxRequestBytes must be 65536 to 104857600, but is {options.MaxRequestBytes}.");
            }

            if (options.EraseAfter < TimeSpan.Zero || options.EraseAfter > TimeSpan.FromDays(365))
            {
                problems.AddError($"App:EraseAfter must be 00:00:00 to 365.00:00:00, but is {options.EraseAfter}.");
            }

            if (options.LogFormat is not ("plain" or "json"))
            {
                problems.AddError($"App:LogFormat must be plain or json, but is {options.LogFormat}.");
            }

            for (var i = 0; i < options.KeyCertificates.Count; i++)
            {
                if (options.KeyCertificates[i].TryRead(out _) is { } problem)
                {
                    problems.AddError($"App:KeyCertificates:{i}:File {problem}");
                }
            }

            // It is not repeated.
            if (options.MetricsToken.Length is > 0 and < 16)
            {
                problems.AddError("App:MetricsToken must have at least 16 characters: who guesses it reads hosts and numbers.");
            }

            return problems.Build();
        }

        private bool AllowsHttp()
        {
            try
            {
                return bitrix24.Value.AllowHttp;
            }
            catch (OptionsValidationException)
            {
                // That section's own validation says what is wrong with it.
                return true;
            }
        }
    }
}
