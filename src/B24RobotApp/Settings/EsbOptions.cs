using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>The ESBs known at start. Section <c>Esb</c>.</summary>
internal sealed class EsbOptions
{
    public const string SectionName = "Esb";

    /// <summary>The code of the profile that connections use if nothing else is said.</summary>
    public const string StarterProfile = "default";

    /// <summary>The codes of the profiles that come with the app: for deals, and for each other kind of item.</summary>
    public static readonly string[] StarterProfiles = [StarterProfile, "leads", "quotes", "invoices", "smart-processes"];

    public IList<ConnectionOptions> Connections { get; } = [];

    /// <summary>Profile files read at start; the file's name without its ending is the profile's code. The starter profiles are always there, that of deals as <c>default</c>.</summary>
    public IList<string> Profiles { get; } = [];

    internal sealed class Validator(IOptions<Bitrix24Options> bitrix24) : IValidateOptions<EsbOptions>
    {
        public ValidateOptionsResult Validate(string? name, EsbOptions options)
        {
            var problems = new ValidateOptionsResultBuilder();
            var profiles = options.Profiles.Select(file => Path.GetFileNameWithoutExtension(file)).Concat(StarterProfiles).ToHashSet(StringComparer.Ordinal);
            var allowHttp = AllowsHttp();
            for (var i = 0; i < options.Connections.Count; i++)
            {
                foreach (var problem in FindProblems(options.Connections[i], allowHttp))
                {
                    problems.AddError($"Esb:Connections:{i}:{problem}");
                }

                if (!profiles.Contains(options.Connections[i].Profile))
                {
                    problems.AddError($"Esb:Connections:{i}:Profile names the profile {options.Connections[i].Profile}, but there are only: {string.Join(", ", profiles)}.");
                }
            }

            var twice = options.Connections.GroupBy(connection => connection.Code, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
            if (twice is not null)
            {
                problems.AddError($"Esb:Connections has two connections with the code {twice.Key}.");
            }

            for (var i = 0; i < options.Profiles.Count; i++)
            {
                if (FindProfileProblem(options.Profiles[i]) is { } problem)
                {
                    problems.AddError($"Esb:Profiles:{i} {problem}");
                }
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

        private static string? FindProfileProblem(string file)
        {
            try
            {
                return MappingProfile.TryParse(File.ReadAllText(file), out _, out var problem) ? null : $"({file}): {problem}";
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
            {
                return $"names a file that cannot be read: {exception.Message}";
            }
        }

        private static IEnumerable<string> FindProblems(ConnectionOptions connection, bool allowHttp)
        {
            if (connection.Code.Length is 0 or > 50 || !connection.Code.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            {
                yield return "Code must be 1 to 50 letters, digits, - and _.";
            }

            if (connection.Addresses.Count == 0)
            {
                yield return "WebhookUrl is missing: paste the address of the ESB's incoming webhook.";
            }

            if (connection.WebhookUrl.Length > 0 && connection.WebhookUrls.Count > 0)
            {
                yield return "WebhookUrl and WebhookUrls are both given; keep one of them.";
            }

            var hosts = new HashSet<string>();
            foreach (var address in connection.Addresses)
            {
                if (WebhookUrl.TryParse(address, allowHttp, out var url, out var problem))
                {
                    hosts.Add(url.Portal.Authority);
                }
                else
                {
                    yield return $"WebhookUrl: {problem}";
                }
            }

            if (hosts.Count > 1)
            {
                yield return "WebhookUrls must all be webhooks of the same portal.";
            }

            for (var i = 0; i < connection.Portals.Count; i++)
            {
                if (!AllowedPortal.TryParse(connection.Portals[i], out _))
                {
                    yield return $"Portals:{i} must be a host name such as acme.bitrix24.ru or a pattern such as *.bitrix24.ru, but is {connection.Portals[i]}.";
                }
            }
        }
    }
}

/// <summary>A connection as the host sets it.</summary>
internal sealed class ConnectionOptions
{
    /// <summary>What the robot's property holds; fixed for ever.</summary>
    public string Code { get; set; } = "";

    /// <summary>What people see; the code if empty.</summary>
    public string Name { get; set; } = "";

    /// <summary>The incoming webhook's address.</summary>
    public string WebhookUrl { get; set; } = "";

    /// <summary>Or several of them, of the same portal; each has an execution time budget of its own.</summary>
    public IList<string> WebhookUrls { get; } = [];

    /// <summary>The mapping profile's code.</summary>
    public string Profile { get; set; } = "default";

    /// <summary>Let the app create the missing user fields that say where a deal came from.</summary>
    public bool CreateMissingFields { get; set; }

    /// <summary>Source portals, by host or pattern, that may use this connection.</summary>
    public IList<string> Portals { get; } = [];

    /// <summary>The token of the ESB's outgoing webhook, which tells of changes; empty: changes are asked for.</summary>
    public string OutgoingWebhookToken { get; set; } = "";

    public IReadOnlyList<string> Addresses => WebhookUrl.Length > 0 ? [WebhookUrl, .. WebhookUrls] : [.. WebhookUrls];

    /// <summary>The connection; these settings were found to be right before.</summary>
    public EsbConnection ToConnection(bool allowHttp) => new()
    {
        Code = Code,
        Name = Name.Length > 0 ? Name : Code,
        Webhooks = [.. Addresses.Select(address => Bitrix24.Values.WebhookUrl.TryParse(address, allowHttp, out var url, out var problem) ? url : throw new FormatException(problem))],
        Profile = Profile,
        CreateMissingFields = CreateMissingFields,
        Portals = [.. Portals],
        OutgoingTokenHash = OutgoingWebhookToken.Length > 0 ? EsbConnection.HashOf(new ApplicationToken(OutgoingWebhookToken)) : null,
    };
}
