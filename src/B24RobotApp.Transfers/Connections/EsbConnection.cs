using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Connections;

/// <summary>An ESB portal that deals can be sent to, reached through its incoming webhooks.</summary>
public sealed record EsbConnection
{
    /// <summary>What the robot's property holds: letters, digits, <c>-</c> and <c>_</c>; fixed for ever.</summary>
    public required string Code { get; init; }

    /// <summary>What people see.</summary>
    public required string Name { get; init; }

    /// <summary>One or several incoming webhooks of the same ESB portal; each has an operating budget of its own.</summary>
    public required IReadOnlyList<WebhookUrl> Webhooks { get; init; }

    /// <summary>Code of the mapping profile that is used when the robot names none.</summary>
    public required string Profile { get; init; }

    /// <summary>Whether the app may create missing user fields on the ESB.</summary>
    public bool CreateMissingFields { get; init; }

    /// <summary>Source portals (host names or <c>*.</c> patterns) that may use a connection of the host's configuration.</summary>
    public IReadOnlyList<string> Portals { get; init; } = [];

    /// <summary>The portal that added this connection for itself; <see langword="null"/> for one from the host's configuration.</summary>
    public PortalId? Owner { get; init; }

    /// <summary>Since when an administrator has had its transfers wait; <see langword="null"/> if they travel. Changed by <see cref="ConnectionStore.PauseAsync"/> and <see cref="ConnectionStore.ResumeAsync"/> alone.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>The ESB's address without a path.</summary>
    public Uri Portal => Webhooks[0].Portal;
}
