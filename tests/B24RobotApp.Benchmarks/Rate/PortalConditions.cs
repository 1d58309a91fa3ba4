using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Benchmarks.Rate;

/// <summary>How fast portals are, and how much of it they grant.</summary>
/// <param name="LimitsRate">The standard plan: 2 requests a second, 50 at once.</param>
/// <param name="Read">What a call takes.</param>
/// <param name="Create">What <c>crm.item.add</c> takes.</param>
internal sealed record PortalConditions(bool LimitsRate, TimeSpan Read, TimeSpan Create)
{
    /// <summary>As fast as this machine is.</summary>
    public static PortalConditions Free { get; } = new(false, TimeSpan.Zero, TimeSpan.Zero);

    public static PortalConditions Limited { get; } = Free with { LimitsRate = true };

    /// <summary>As a busy portal answers.</summary>
    public static PortalConditions Slow { get; } = new(true, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(300));

    public void ApplyTo(SandboxPortal portal)
    {
        portal.Limits.LimitsRate = LimitsRate;
        portal.Settings.DefaultCost = Read;
        portal.Settings.WaitsForCosts = Read > TimeSpan.Zero;
        portal.Costs["crm.item.add"] = Create;
    }
}
