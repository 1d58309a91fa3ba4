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

    internal sealed class Validator : IValidateOptions<SharingOptions>
    {
        public ValidateOptionsResult Validate(string? name, SharingOptions options) =>
            options.RenewEvery < TimeSpan.FromMilliseconds(100) || options.RenewEvery * 4 > options.Lease
                ? ValidateOptionsResult.Fail($"Sharing:RenewEvery must be 00:00:00.1 to a quarter of Sharing:Lease ({options.Lease}), but is {options.RenewEvery}.")
            : options.Lease > TimeSpan.FromMinutes(5)
                ? ValidateOptionsResult.Fail($"Sharing:Lease must be 00:05:00 at most, but is {options.Lease}.")
            : ValidateOptionsResult.Success;
    }
}
