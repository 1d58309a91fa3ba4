using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Install;

/// <summary>One token for a few calls, of a user of whom nothing is stored yet.</summary>
internal sealed class FixedTokenCredential(Uri portal, AccessToken token) : PortalCredential
{
    public override string Key => "once";

    public override Uri Portal => portal;

    public override ValueTask<RequestAuthorization> AuthorizeAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(new RequestAuthorization(new Uri(portal, "rest/"), token));

    public override Task<bool> RenewAsync(RequestAuthorization rejected, CancellationToken cancellationToken) => Task.FromResult(false);

    public override ValueTask<bool> MoveAsync(Uri newPortal, CancellationToken cancellationToken) => ValueTask.FromResult(false);
}
