using System.Security.Cryptography;
using System.Text;
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

    /// <summary>The token that the ESB's outgoing webhook shows, as a hash (<see cref="HashOf"/>); <see langword="null"/> if there is none, and nothing that is posted in its name is believed.</summary>
    public string? OutgoingTokenHash { get; init; }

    /// <summary>Whether a token is that of the ESB's outgoing webhook. Takes the same time whatever is wrong with it.</summary>
    /// <param name="connection">The connection; <see langword="null"/> if there is none of the code that was asked for.</param>
    /// <param name="token">As it was posted.</param>
    public static bool IsOutgoingToken(EsbConnection? connection, ApplicationToken token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(connection?.OutgoingTokenHash ?? NoHash), Encoding.ASCII.GetBytes(HashOf(token)));

    /// <summary>A token as it is kept: it is a random text of 32 characters, so that a plain hash cannot be guessed back.</summary>
    public static string HashOf(ApplicationToken token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token.Reveal())));

    /// <summary>As long as a hash, and never one.</summary>
    private static readonly string NoHash = new('-', 64);

    /// <summary>The ESB's address without a path.</summary>
    public Uri Portal => Webhooks[0].Portal;
}
