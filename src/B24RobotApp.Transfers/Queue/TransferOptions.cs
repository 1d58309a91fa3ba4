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

    /// <summary>Transfers under way at once; cheap, since they mostly wait. Half of it at most for one portal or one connection, a quarter from one portal to one connection.</summary>
    /// <value>8 to 10,000; 2,000 by default.</value>
    public int Concurrency { get; set; } = 2000;

    /// <summary>
    /// How long after a create whose answer was lost "not found on the ESB" is believed: a portal may go on with a request that was cut off, for at most 60 seconds in the cloud.
    /// </summary>
    /// <value>0 to 1 hour; 65 seconds by default.</value>
    public TimeSpan OutcomeSettlesAfter { get; set; } = TimeSpan.FromSeconds(65);

    /// <summary>
    /// How long after the robot's call the answer is sent at the earliest. The portal may still be in the request that called, and then the workflow is locked: it refuses the answer, or says that it took it and loses it.
    /// </summary>
    /// <value>0 to 1 minute; 1 second by default.</value>
    public TimeSpan AnswerNotBefore { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after an answer it is asked whether the workflow went on; if not, the answer is sent again, several times. 0 trusts the portal.</summary>
    /// <value>0 to 1 hour; 10 seconds by default.</value>
    public TimeSpan ConfirmAnswersAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after a start it is looked for deals that reached a robot's stage while the app did not listen: until then the portals' queue may bring calls that were only late.</summary>
    /// <value>0 to 1 hour; 1 minute by default.</value>
    public TimeSpan CatchUpAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The biggest file that travels along with a deal; bigger ones stay behind and are named in the robot's answer. While it is under way a file lies in the data directory.</summary>
    /// <value>1 to 1,073,741,824 bytes; 52,428,800 (50 MB) by default.</value>
    public long MaxFileBytes { get; set; } = 50 * 1024 * 1024;

    /// <summary>How often it is compared what the app believes with what stands on each ESB; 0: only when asked for.</summary>
    /// <value>0, or 10 minutes to 30 days; 1 day by default.</value>
    public TimeSpan AuditEvery { get; set; } = TimeSpan.FromDays(1);

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

            if (options.AnswerNotBefore < TimeSpan.Zero || options.AnswerNotBefore > TimeSpan.FromMinutes(1))
            {
                problems.AddError($"Transfers:AnswerNotBefore must be 00:00:00 to 00:01:00, but is {options.AnswerNotBefore}.");
            }

            if (options.ConfirmAnswersAfter < TimeSpan.Zero || options.ConfirmAnswersAfter > TimeSpan.FromHours(1))
            {
                problems.AddError($"Transfers:ConfirmAnswersAfter must be 00:00:00 to 01:00:00, but is {options.ConfirmAnswersAfter}.");
            }

            if (options.CatchUpAfter < TimeSpan.Zero || options.CatchUpAfter > TimeSpan.FromHours(1))
            {
                problems.AddError($"Transfers:CatchUpAfter must be 00:00:00 to 01:00:00, but is {options.CatchUpAfter}.");
            }

            if (options.MaxFileBytes is < 1 or > 1024 * 1024 * 1024)
            {
                problems.AddError($"Transfers:MaxFileBytes must be 1 to 1073741824, but is {options.MaxFileBytes}.");
            }

            if (options.AuditEvery != TimeSpan.Zero && (options.AuditEvery < TimeSpan.FromMinutes(10) || options.AuditEvery > TimeSpan.FromDays(30)))
            {
                problems.AddError($"Transfers:AuditEvery must be 00:00:00 or 00:10:00 to 30.00:00:00, but is {options.AuditEvery}.");
            }

            return problems.Build();
        }
    }
}
