using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Commands;

/// <summary>
/// The stored tokens for a command that looks while a server may run. None of them is renewed: the server's refresh token would be used up, and the new pair could not be stored.
/// </summary>
internal sealed class TokensAsTheyAre(TokenStore store) : ITokenStore
{
    public ValueTask<PortalTokens?> FindAsync(TokenOwner owner, CancellationToken cancellationToken) => store.FindAsync(owner, cancellationToken);

    public Task<PortalTokens?> ReadAsync(TokenOwner owner, CancellationToken cancellationToken) => store.ReadAsync(owner, cancellationToken);

    public Task<IAsyncDisposable?> TakeTurnAsync(TokenOwner owner, CancellationToken cancellationToken) => store.TakeTurnAsync(owner, cancellationToken);

    public ValueTask<TokenAuthority?> FindAuthorityAsync(MemberId member, CancellationToken cancellationToken) => ValueTask.FromResult<TokenAuthority?>(null);

    public Task SaveAsync(TokenOwner owner, PortalTokens tokens, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task MarkDeadAsync(TokenOwner owner, CancellationToken cancellationToken) => Task.CompletedTask;
}
