using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.OAuth;

/// <summary>Calls a portal with a token as it came, such as that of the person who looks at a page. It is not renewed and follows no redirect: whoever brings a token brings a fresh one.</summary>
/// <param name="portal">The portal's address, never one that came with the token unchecked.</param>
/// <param name="token">The token.</param>
public sealed class AccessTokenCredential(Uri portal, AccessToken token) : PortalCredential
{
    /// <inheritdoc/>
    public override string Key => $"guest:{portal.Authority}";

    /// <inheritdoc/>
    public override Uri Portal => portal;

    /// <inheritdoc/>
    public override ValueTask<RequestAuthorization> AuthorizeAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(new RequestAuthorization(new Uri(portal, "rest/"), token));

    /// <inheritdoc/>
    public override Task<bool> RenewAsync(RequestAuthorization rejected, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <inheritdoc/>
    public override ValueTask<bool> MoveAsync(Uri newPortal, CancellationToken cancellationToken) => ValueTask.FromResult(false);
}
