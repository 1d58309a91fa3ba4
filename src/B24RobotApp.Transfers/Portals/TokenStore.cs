#pragma warning disable CS9113
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Portals;

/// <summary>A user's tokens with the user they belong to.</summary>
public sealed record OwnedTokens(TokenOwner Owner, PortalTokens Tokens);

/// <summary>The tokens of portals' users, encrypted.</summary>
internal sealed class TokenStore(SqliteDatabase database, SecretProtection protection, TimeProvider clock) : ITokenStore
{
    public ValueTask<PortalTokens?> FindAsync(TokenOwner owner, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task SaveAsync(TokenOwner owner, PortalTokens tokens, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Keeps tokens that a call brought along. Only newer ones replace the stored ones, and not when those end less than five minutes earlier: a busy
    /// portal brings a token with every call.
    /// </summary>
    public Task KeepAsync(TokenOwner owner, PortalTokens tokens, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task MarkDeadAsync(TokenOwner owner, CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask<TokenAuthority?> FindAuthorityAsync(MemberId member, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The first of the preferred users whose tokens are alive, or else the user whose tokens end last; <see langword="null"/> if all are dead.</summary>
    public Task<OwnedTokens?> FreshestAsync(PortalId portal, IReadOnlyList<long> preferredUsers, CancellationToken cancellationToken) => throw new NotImplementedException();
}
