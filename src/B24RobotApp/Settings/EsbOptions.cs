using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Mapping;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>The ESBs known at start. Section <c>Esb</c>.</summary>
internal sealed class EsbOptions
{
    public const string SectionName = "Esb";

    public IList<ConnectionOptions> Connections { get; } = [];

    /// <summary>Profile files read at start; the file's name without its ending is the profile's code. The starter profile is always there, as <c>default</c>.</summary>
    public IList<string> Profiles { get; } = [];

    internal sealed class Validator(IOptions<Bitrix24Options> bitrix24) : IValidateOptions<EsbOptions>
    {
        public ValidateOptionsResult Validate(string? name, EsbOptions options)
        {
            var problems = new ValidateOptionsResultBuilder();
            for (var i = 0; i < options.Connections.Count; i++)
            {
                foreach (var problem in FindProblems(options.Connections[i], bitrix24.Value.AllowHttp))
                {
                    problems.AddError($"Esb:Connections:{i}:{problem}");
                }
            }

            var twice = options.Connections.GroupBy(connection => connection.Code, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
            if (twice is not null)
            {
                problems.AddError($"Esb:Connections has two connections with the code {twice.Key}.");
            }

            for (var i = 0; i < options.Profiles.Count; i++)
            {
                if (!File.Exists(options.Profiles[i]))
                {
                    problems.AddError($"Esb:Profiles:{i} names a file that does not exist: {options.Profiles[i]}.");
                }
                else if (!MappingProfile.TryParse(File.ReadAllText(options.Profiles[i]), out _, out var problem))
                {
                    problems.AddError($"Esb:Profiles:{i} ({options.Profiles[i]}): {problem}");
                }
            }

            return problems.Build();
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

            foreach (var portal in connection.Portals.Where(portal => !AllowedPortal.TryParse(portal, out _)))
            {
                yield return $"Portals must be host names or patterns such as *.bitrix24.ru, but one is {portal}.";
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

    public IReadOnlyList<string> Addresses => WebhookUrl.Length > 0 ? [WebhookUrl, .. WebhookUrls] : [.. WebhookUrls];
}
