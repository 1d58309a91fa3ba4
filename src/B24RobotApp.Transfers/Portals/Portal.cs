using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Transfers.Portals;

/// <summary>A source portal's key in the store.</summary>
public readonly record struct PortalId(long Value)
{
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Whether the app can work with a portal.</summary>
public enum PortalState
{
    /// <summary>Installed and, as far as known, usable.</summary>
    Connected,

    /// <summary>Tokens dead, unpaid or blocked: transfers are parked until an administrator opens the app again.</summary>
    Disconnected,

    /// <summary>The app was deleted there.</summary>
    Uninstalled,
}

/// <summary>A portal on which the app is installed: a source of deals.</summary>
public sealed record Portal
{
    public required PortalId Id { get; init; }

    public required MemberId MemberId { get; init; }

    /// <summary>The portal's address without a path, such as <c>https://acme.bitrix24.com/</c>; confirmed by the authorization server.</summary>
    public required Uri Address { get; init; }

    /// <summary>The trusted authorization server that vouches for it, such as <c>https://oauth.bitrix.info/</c>.</summary>
    public required Uri OAuthServer { get; init; }

    public required PortalState State { get; init; }

    /// <summary>Why the state is not <see cref="PortalState.Connected"/>, as a code for texts: <c>invalid_grant</c>, <c>PAYMENT_REQUIRED</c>...</summary>
    public string? StateReason { get; init; }

    /// <summary>The administrator whose tokens register robots; the robot's <c>AUTH_USER_ID</c>.</summary>
    public required long InstallerUserId { get; init; }

    /// <summary>The portal's language as it was last seen, <c>ru</c> or <c>en</c> for our texts.</summary>
    public required string Language { get; init; }

    /// <summary>The app's client id on this portal, known from the administrator's input or from the portal; <see langword="null"/> until then.</summary>
    public string? ClientId { get; init; }

    /// <summary>Whether client id and secret are stored, so that tokens can be refreshed.</summary>
    public bool HasCredentials { get; init; }

    public required DateTimeOffset InstalledAt { get; init; }

    /// <summary>After an uninstall with <c>CLEAN=1</c>: when tokens, payloads and profiles are erased.</summary>
    public DateTimeOffset? EraseAt { get; init; }
}
