using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.OAuth;

/// <summary>Calls a portal in the name of a user, with whatever tokens of his are the freshest in the store at the time of sending.</summary>
/// <param name="owner">Portal and user.</param>
/// <param name="portal">The portal's address as known now.</param>
/// <param name="store">Where the tokens are.</param>
/// <param name="refresher">Renews them.</param>
/// <param name="accept">Whether an address to which the portal redirects is accepted; then the caller has remembered it.</param>
/// <param name="clock">The time.</param>
public sealed class UserCredential(
    TokenOwner owner, Uri portal, ITokenStore store, TokenRefresher refresher, Func<Uri, CancellationToken, ValueTask<bool>> accept, TimeProvider clock)
    : PortalCredential
{
    /// <summary>A token that ended longer ago than this need not be tried: clocks do not differ so much.</summary>
    private static readonly TimeSpan ClearlyPast = TimeSpan.FromMinutes(1);

    private Uri _portal = portal;

    /// <inheritdoc/>
    public override string Key => $"user:{owner.Member}:{owner.UserId}";

    /// <inheritdoc/>
    public override Uri Portal => _portal;

    /// <inheritdoc/>
    public override async ValueTask<RequestAuthorization> AuthorizeAsync(CancellationToken cancellationToken)
    {
        var tokens = await store.FindAsync(owner, cancellationToken)
            ?? throw new Bitrix24Exception(
                FailureKind.Disconnected, _portal.Authority, "oauth/token", "NO_TOKENS", "There are no tokens of this user.");
        if (tokens.ExpiresAt + ClearlyPast < clock.GetUtcNow())
        {
            tokens = await refresher.RefreshAsync(owner, tokens.Access, cancellationToken);
        }

        return new RequestAuthorization(new Uri(_portal, "rest/"), tokens.Access);
    }

    /// <inheritdoc/>
    public override async Task<bool> RenewAsync(RequestAuthorization rejected, CancellationToken cancellationToken)
    {
        if (rejected.Token is null)
        {
            return false;
        }

        await refresher.RefreshAsync(owner, rejected.Token, cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> MoveAsync(Uri newPortal, CancellationToken cancellationToken)
    {
        if (!await accept(newPortal, cancellationToken))
        {
            return false;
        }

        _portal = newPortal;
        return true;
    }
}
