namespace B24RobotApp.Sandbox.Portals;

/// <summary>A user of a portal.</summary>
public sealed record SandboxUser(long Id, string Name, string LastName)
{
    public bool IsAdmin { get; init; }

    public bool IsActive { get; set; } = true;

    public string? Email { get; init; }

    public string? WorkPosition { get; init; }

    /// <summary>Offset from the server's clock in which the user sees times, in the portal's time zone if zero.</summary>
    public TimeSpan ZoneOffset { get; init; }
}
