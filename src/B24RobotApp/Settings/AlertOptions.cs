using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>Who hears of what needs a person, and when. Section <c>Alerts</c>.</summary>
internal sealed class AlertOptions
{
    public const string SectionName = "Alerts";

    /// <summary>An address of the host's to which each alert is posted as JSON, once when it begins and once when it is well again; empty: the log alone says it. It may hold a secret.</summary>
    public string WebhookUrl { get; set; } = "";

    /// <summary>How long a transfer may be due before somebody is told.</summary>
    /// <value>1 minute to 30 days; 30 minutes by default.</value>
    public TimeSpan QueueAge { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>What the disk of the data directory must have left, in bytes; 0: nobody looks.</summary>
    /// <value>0 or more; 500 MB by default.</value>
    public long FreeDiskBytes { get; set; } = 524_288_000;

    internal sealed class Validator : IValidateOptions<AlertOptions>
    {
        public ValidateOptionsResult Validate(string? name, AlertOptions options)
        {
            var problems = new ValidateOptionsResultBuilder();

            // It may hold a secret, so it is not repeated.
            if (options.WebhookUrl.Length > 0 && (!Uri.TryCreate(options.WebhookUrl, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http")))
            {
                problems.AddError("Alerts:WebhookUrl must be an address such as https://alerts.example.com/b24robot.");
            }

            if (options.QueueAge < TimeSpan.FromMinutes(1) || options.QueueAge > TimeSpan.FromDays(30))
            {
                problems.AddError($"Alerts:QueueAge must be 00:01:00 to 30.00:00:00, but is {options.QueueAge}.");
            }

            if (options.FreeDiskBytes < 0)
            {
                problems.AddError($"Alerts:FreeDiskBytes must be 0 or more, but is {options.FreeDiskBytes}.");
            }

            return problems.Build();
        }
    }
}
