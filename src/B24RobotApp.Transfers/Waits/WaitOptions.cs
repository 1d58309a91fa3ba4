using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Waits;

/// <summary>How it is learnt what becomes of deals on the ESBs. Section <c>Waits</c>.</summary>
public sealed class WaitOptions
{
    public const string SectionName = "Waits";

    /// <summary>How often the deals that are waited for are looked at, as far as <see cref="ShareOfLimit"/> lets it. An ESB whose outgoing webhook has spoken within a day is looked at every five minutes: the webhook has no repetition and does not tell everything.</summary>
    /// <value>1 second to 1 hour; 15 seconds by default.</value>
    public TimeSpan PollEvery { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The share of an ESB's request limit (and of its burst) that looking may take.</summary>
    /// <remarks>
    /// One request carries 50 sub-calls of 50 deals each, 2,500 deals. On the standard plan (2 requests per second) a tenth is a request every 5 seconds, 17,280 a day. So a lone deal is looked at every 15 seconds with
    /// 5,760 requests a day (3.3 per cent of the limit); 7,500 deals take 3 requests, which just fit into 15 seconds; 10,000 take 4 and are looked at every 20 seconds; 100,000 take 40, every 200 seconds. Whatever waits,
    /// it is never more than the tenth.
    /// </remarks>
    /// <value>0.01 to 0.5; 0.1 by default.</value>
    public double ShareOfLimit { get; set; } = 0.1;

    /// <summary>Checks the ranges, naming the key that an operator would set.</summary>
    public sealed class Validator : IValidateOptions<WaitOptions>
    {
        public ValidateOptionsResult Validate(string? name, WaitOptions options)
        {
            var problems = new ValidateOptionsResultBuilder();
            if (options.PollEvery < TimeSpan.FromSeconds(1) || options.PollEvery > TimeSpan.FromHours(1))
            {
                problems.AddError($"Waits:PollEvery must be 00:00:01 to 01:00:00, but is {options.PollEvery}.");
            }

            if (options.ShareOfLimit is not (>= 0.01 and <= 0.5))
            {
                problems.AddError(FormattableString.Invariant($"Waits:ShareOfLimit must be 0.01 to 0.5, but is {options.ShareOfLimit}."));
            }

            return problems.Build();
        }
    }
}
