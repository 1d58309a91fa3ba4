using System.Collections.Concurrent;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Bitrix24.OAuth;

/// <summary>
/// Renews tokens, once for all who ask at the same time, in this process and in others: a refresh token works once, and a second refresh in parallel would lose the portal. The new pair is on disk before anyone uses it.
/// </summary>
public sealed partial class TokenRefresher(ITokenStore store, OAuthServer server, TimeProvider clock, ILogger<TokenRefresher> logger)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<TokenOwner, Lazy<Task<PortalTokens>>> _underWay = new();

    // New pairs that the store could not take: the old refresh token is worth nothing any more, so they must not be forgotten.
    private readonly ConcurrentDictionary<TokenOwner, PortalTokens> _unsaved = new();

    /// <summary>Returns tokens newer than the rejected one.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="rejected">The access token that the portal called expired.</param>
    /// <param name="cancellationToken">Ends this caller's waiting; the refresh goes on, or its new pair would be lost.</param>
    /// <exception cref="Bitrix24Exception"><see cref="FailureKind.Disconnected"/>: there is no refresh token, or it is refused for good; <see cref="FailureKind.NotExecuted"/>: try later.</exception>
    public async Task<PortalTokens> RefreshAsync(TokenOwner owner, AccessToken rejected, CancellationToken cancellationToken)
    {
        var refresh = _underWay.GetOrAdd(owner, _ => new Lazy<Task<PortalTokens>>(() => Task.Run(() => RunAsync(owner, rejected), CancellationToken.None)));
        return await refresh.Value.WaitAsync(cancellationToken);
    }

    private async Task<PortalTokens> RunAsync(TokenOwner owner, AccessToken rejected)
    {
        try
        {
            if (_unsaved.TryGetValue(owner, out var unsaved))
            {
                await SaveAsync(owner, unsaved);
            }

            // Another process that works on the same portals may have the turn: then its pair is waited for.
            PortalTokens? renewed;
            while ((renewed = await RunInTurnAsync(owner, rejected)) is null)
            {
                await Task.Delay(LookAgain, clock, CancellationToken.None);
            }

            return renewed;
        }
        finally
        {
            _underWay.TryRemove(owner, out _);
        }
    }

    /// <returns><see langword="null"/> if it is another process's turn.</returns>
    private async Task<PortalTokens?> RunInTurnAsync(TokenOwner owner, AccessToken rejected)
    {
        await using var turn = await store.TakeTurnAsync(owner, CancellationToken.None);
        var stored = await store.ReadAsync(owner, CancellationToken.None);
        if (stored is not null && !stored.Access.Equals(rejected))
        {
            // Another call, or another process, brought newer ones meanwhile.
            return stored;
        }

        var authority = await store.FindAuthorityAsync(owner.Member, CancellationToken.None);
        if (stored?.Refresh is null || authority is null)
        {
            throw new Bitrix24Exception(
                FailureKind.Disconnected, owner.Member.Value, "oauth/token", "NO_TOKENS",
                "There is no token that lives, and none that could be renewed.");
        }

        return turn is null ? null : await RefreshAsync(owner, stored, authority);
    }

    private async Task<PortalTokens> RefreshAsync(TokenOwner owner, PortalTokens stored, TokenAuthority authority)
    {
        try
        {
            var answer = await RenewAsync(stored.Refresh!, authority);
            await SaveAsync(owner, answer.Tokens);
            Log.Refreshed(logger, owner.Member, owner.UserId);
            return answer.Tokens;
        }
        catch (Bitrix24Exception exception) when (exception.HasCode("invalid_grant"))
        {
            // Another process, or a robot's call, may have brought a newer pair a moment ago.
            if (await store.ReadAsync(owner, CancellationToken.None) is { } newest && !newest.Access.Equals(stored.Access))
            {
                return newest;
            }

            await store.MarkDeadAsync(owner, CancellationToken.None);
            Log.Dead(logger, owner.Member, owner.UserId);
            throw;
        }
    }

    // Credentials that are refused leave the refresh token as it was.
    private async Task<TokenAnswer> RenewAsync(RefreshToken refresh, TokenAuthority authority)
    {
        try
        {
            return await server.RefreshAsync(authority.Server, authority.Application, refresh, CancellationToken.None);
        }
        catch (Bitrix24Exception exception) when (authority.Former is not null && (exception.HasCode("invalid_client") || exception.HasCode("wrong_client")))
        {
            return await server.RefreshAsync(authority.Server, authority.Former, refresh, CancellationToken.None);
        }
    }

    private async Task SaveAsync(TokenOwner owner, PortalTokens tokens)
    {
        _unsaved[owner] = tokens;
        await store.SaveAsync(owner, tokens, CancellationToken.None);
        _unsaved.TryRemove(owner, out _);
    }

    private static partial class Log
    {
        [LoggerMessage(1101, LogLevel.Debug, "Tokens of user {UserId} on portal {Portal} renewed")]
        public static partial void Refreshed(ILogger logger, MemberId portal, long userId);

        [LoggerMessage(1102, LogLevel.Warning, "The authorization server refuses the tokens of user {UserId} on portal {Portal} for good. An administrator there has to open the app")]
        public static partial void Dead(ILogger logger, MemberId portal, long userId);
    }
}
