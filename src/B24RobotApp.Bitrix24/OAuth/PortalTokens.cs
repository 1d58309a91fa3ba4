using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.OAuth;

/// <summary>A user's tokens on a portal, as they came from an install, a robot call, a page or a refresh.</summary>
public sealed record PortalTokens
{
    /// <summary>The token for REST calls.</summary>
    public required AccessToken Access { get; init; }

    /// <summary>What renews it; absent in what older portals send with a robot call.</summary>
    public RefreshToken? Refresh { get; init; }

    /// <summary>When <see cref="Access"/> ends, by the portal's word.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>Where the tokens of portals' users live. The store behind it is durable: what <see cref="SaveAsync"/> has returned for survives a power cut.</summary>
public interface ITokenStore
{
    /// <summary>The stored tokens of a user; <see langword="null"/> if there are none or they are known to be dead.</summary>
    ValueTask<PortalTokens?> FindAsync(TokenOwner owner, CancellationToken cancellationToken);

    /// <summary>The same as it stands on disk, whatever is held in memory: another process may have renewed them.</summary>
    Task<PortalTokens?> ReadAsync(TokenOwner owner, CancellationToken cancellationToken);

    /// <summary>Takes the turn to renew the tokens of a user. It ends when it is disposed, or when the process ends.</summary>
    /// <returns><see langword="null"/> if another process has it.</returns>
    Task<IAsyncDisposable?> TakeTurnAsync(TokenOwner owner, CancellationToken cancellationToken);

    /// <summary>Replaces the tokens of a user. Returns when they are on disk.</summary>
    Task SaveAsync(TokenOwner owner, PortalTokens tokens, CancellationToken cancellationToken);

    /// <summary>Notes that the authorization server refused the refresh token for good; nothing is deleted.</summary>
    Task MarkDeadAsync(TokenOwner owner, CancellationToken cancellationToken);

    /// <summary>Where the portal is and where its tokens are renewed; <see langword="null"/> if the portal is unknown or the app's id and secret are not known yet.</summary>
    ValueTask<TokenAuthority?> FindAuthorityAsync(MemberId member, CancellationToken cancellationToken);
}

/// <summary>Who renews the tokens of a portal, and with which credentials.</summary>
/// <param name="Server">The authorization server, such as <c>https://oauth.bitrix.info/</c>; it was on the list of trusted ones when stored.</param>
/// <param name="Application">The app's credentials on that portal.</param>
public sealed record TokenAuthority(Uri Server, ApplicationCredentials Application)
{
    /// <summary>The credentials before these, tried where these are refused: a secret is changed on the portal and here at two moments. <see langword="null"/> if there were none.</summary>
    public ApplicationCredentials? Former { get; init; }
}
