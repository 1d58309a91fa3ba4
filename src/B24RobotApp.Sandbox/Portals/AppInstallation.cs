namespace B24RobotApp.Sandbox.Portals;

/// <summary>A local application on a portal.</summary>
public sealed class AppInstallation
{
    public required string ClientId { get; init; }
}
