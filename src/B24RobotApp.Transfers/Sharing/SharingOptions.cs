using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>How several servers share the work. Times are the same on all of them.</summary>
public sealed class SharingOptions
{
    public const string SectionName = "Sharing";

    /// <summary>A server that has not said for so long that it lives is taken for dead, and its portals are taken over.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How often it says so, and looks what has changed.</summary>
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether the servers reach portals from one address. Portals count requests by address, so such servers share each portal's limit.</summary>
    public bool SharedAddress { get; set; } = true;

    /// <summary>For how long, at least, a server that is told to stop says so at <c>/health/ready</c> and still takes calls: longer than the balancer takes to notice, since a call that reaches a socket which is just being closed is lost.</summary>
    /// <value>Up to 30 seconds; 3 by default.</value>
    public TimeSpan StopAfter { get; set; } = TimeSpan.FromSeconds(3);

    internal sealed class Validator : IValidateOptions<SharingOptions>
    {
        public ValidateOptionsResult Validate(string? name, SharingOptions options) =>
            options.RenewEvery < TimeSpan.FromMilliseconds(100) || options.RenewEvery * 4 > options.Lease
                ? ValidateOptionsResult.Fail($"Sharing:RenewEvery must be 00:00:00.1 to a quarter of Sharing:Lease ({options.Lease}), but is {options.RenewEvery}.")
            : options.Lease > TimeSpan.FromMinutes(5)
                ? ValidateOptionsResult.Fail($"Sharing:Lease must be 00:05:00 at most, but is {options.Lease}.")
            : options.StopAfter < TimeSpan.Zero || options.StopAfter > TimeSpan.FromSeconds(30)
                ? ValidateOptionsResult.Fail($"Sharing:StopAfter must be 00:00:00 to 00:00:30, but is {options.StopAfter}.")
            : ValidateOptionsResult.Success;
    }
}
