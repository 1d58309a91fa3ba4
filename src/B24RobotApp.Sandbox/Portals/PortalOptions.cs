namespace B24RobotApp.Sandbox.Portals;

/// <summary>What a portal is when it is made.</summary>
public sealed record PortalOptions
{
    /// <summary>Its name in the sandbox, such as <c>source</c>.</summary>
    public string Code { get; init; } = "portal";

    /// <summary>Its name for people.</summary>
    public string Title { get; init; } = "Портал";

    /// <summary>Loopback port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>32 hexadecimal digits; made up if not given.</summary>
    public string? MemberId { get; init; }

    /// <summary>The zone in which the server writes times.</summary>
    public TimeSpan ServerOffset { get; init; } = TimeSpan.FromHours(3);

    /// <summary>Requests and sub-calls the journal keeps.</summary>
    public int JournalCapacity { get; init; } = 20_000;

    /// <summary>Deliveries and finished workflows that are kept to look at.</summary>
    public int HistoryCapacity { get; init; } = 20_000;

    /// <summary>Its people; one administrator with the id 1 if none are given.</summary>
    public IReadOnlyList<SandboxUser> Users { get; init; } = [];
}
