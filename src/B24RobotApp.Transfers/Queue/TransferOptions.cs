using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Queue;

/// <summary>How transfers are run and when they are given up. Section <c>Transfers</c>.</summary>
public sealed class TransferOptions
{
    public const string SectionName = "Transfers";

    /// <summary>How long after its arrival an unsuccessful transfer is given up and answered as failed.</summary>
    /// <value>1 second to 30 days; 72 hours by default.</value>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(72);

    /// <summary>How long finished transfers are kept with all they hold. The links to the ESB's deals are kept for good.</summary>
    /// <value>1 to 3650 days; 90 by default.</value>
    public int RetentionDays { get; set; } = 90;

    /// <summary>Transfers under way at once; cheap, since they mostly wait. A quarter of it at most for one portal or one connection.</summary>
    /// <value>8 to 10,000; 1,000 by default.</value>
    public int Concurrency { get; set; } = 1000;

    /// <summary>
    /// How long after a create whose answer was lost "not found on the ESB" is believed: a portal may go on with a request that was cut off, for at most 60 seconds in the cloud.
    /// </summary>
    /// <value>0 to 1 hour; 65 seconds by default.</value>
    public TimeSpan OutcomeSettlesAfter { get; set; } = TimeSpan.FromSeconds(65);

    /// <summary>The biggest file that travels along with a deal; bigger ones stay behind and are named in the robot's answer. While it is under way a file lies in the data directory.</summary>
    /// <value>1 to 1,073,741,824 bytes; 52,428,800 (50 MB) by default.</value>
    public long MaxFileBytes { get; set; } = 50 * 1024 * 1024;

    /// <summary>Checks the ranges, naming the key that an operator would set.</summary>
    public sealed class Validator : IValidateOptions<TransferOptions>
    {
        public ValidateOptionsResult Validate(string? name, TransferOptions options)
        {
            var problems = new ValidateOptionsResultBuilder();
            if (options.GiveUpAfter < TimeSpan.FromSeconds(1) || options.GiveUpAfter > TimeSpan.FromDays(30))
            {
                problems.AddError($"Transfers:GiveUpAfter must be 00:00:01 to 30.00:00:00, but is {options.GiveUpAfter}.");
            }

            if (options.RetentionDays is < 1 or > 3650)
            {
                problems.AddError($"Transfers:RetentionDays must be 1 to 3650, but is {options.RetentionDays}.");
            }

            if (options.Concurrency is < 8 or > 10_000)
            {
                problems.AddError($"Transfers:Concurrency must be 8 to 10000, but is {options.Concurrency}.");
            }

            if (options.OutcomeSettlesAfter < TimeSpan.Zero || options.OutcomeSettlesAfter > TimeSpan.FromHours(1))
            {
                problems.AddError($"Transfers:OutcomeSettlesAfter must be 00:00:00 to 01:00:00, but is {options.OutcomeSettlesAfter}.");
            }

            if (options.MaxFileBytes is < 1 or > 1024 * 1024 * 1024)
            {
                problems.AddError($"Transfers:MaxFileBytes must be 1 to 1073741824, but is {options.MaxFileBytes}.");
            }

            return problems.Build();
        }
    }
}
