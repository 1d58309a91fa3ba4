using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Alerts;

/// <summary>What needs a person.</summary>
internal enum AlertKind
{
    /// <summary>A portal's tokens are dead, or it does not pay: its transfers are laid aside.</summary>
    PortalDisconnected,

    /// <summary>An ESB refuses its webhook for good.</summary>
    WebhookRefused,

    /// <summary>A portal's transfers have been due for too long.</summary>
    QueueOverdue,

    /// <summary>The disk of the data directory is nearly full.</summary>
    DiskLow,

    /// <summary>The database takes no writes: robots' calls are lost.</summary>
    StoreReadOnly,
}

/// <summary>Something that needs a person, from its beginning until it was said that it is well again.</summary>
internal sealed record Alert
{
    /// <summary>What is wrong with what: of one subject there is one alert at a time.</summary>
    public string Subject => $"{Kind}:{Portal?.Value}:{Connection}";

    public required AlertKind Kind { get; init; }

    /// <summary>The portal that it concerns; <see langword="null"/> if it is the host's affair.</summary>
    public PortalId? Portal { get; init; }

    /// <summary>The connection's code, or nothing.</summary>
    public string Connection { get; init; } = "";

    /// <summary>The portal's host, or nothing.</summary>
    public string Host { get; init; } = "";

    /// <summary>A code or a number for the text.</summary>
    public string Detail { get; init; } = "";

    public required DateTimeOffset Since { get; init; }

    /// <summary>When it was well again; <see langword="null"/> while it is not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether the host knows that it began.</summary>
    public bool HostTold { get; init; }

    /// <summary>Whether the portal's administrator knows that it began, or cannot be told.</summary>
    public bool PortalTold { get; init; }

    /// <summary>Whether the portal's administrator can do something about it and can be reached.</summary>
    public bool ConcernsPortal => Portal is not null && Kind is AlertKind.WebhookRefused or AlertKind.QueueOverdue;
}
