using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Portals;

/// <summary>Asks a portal whose token it is that a page or a call brought.</summary>
internal sealed class PortalVisitors(PortalClients clients)
{
    /// <summary>The token's user; his id is 0 if he was dismissed.</summary>
    /// <param name="portal">The portal's address: the stored one or the one that the authorization server names, never a claimed one.</param>
    /// <param name="token">The token.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="Bitrix24Exception">The portal does not take the token, or does not answer.</exception>
    public async Task<PortalProfile> WhoIsAsync(Uri portal, AccessToken token, CancellationToken cancellationToken) =>
        PortalProfile.Read(await clients.Once(new FixedTokenCredential(portal, token)).CallAsync(PortalProfile.Get(), cancellationToken));

    /// <summary>Whether an event token is one that the portal has signed. Source: bizproc/bizproc-robot/bizproc-activity-log.md, portal sources.</summary>
    /// <param name="portal">The portal's stored address.</param>
    /// <param name="token">Any user's token.</param>
    /// <param name="eventToken">As it came with a call.</param>
    /// <param name="line">What is written to the workflow's log.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="Bitrix24Exception">The portal does not answer.</exception>
    public async Task<bool> HasSignedAsync(Uri portal, AccessToken token, string eventToken, string line, CancellationToken cancellationToken)
    {
        try
        {
            await clients.Once(new FixedTokenCredential(portal, token)).CallAsync(RobotEvents.Log(eventToken, line), cancellationToken);
            return true;
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            // A workflow that is gone or locked was there. Whatever else is said against the call proves nothing.
            return exception.HasCode("404") || exception.HasCode("423");
        }
    }
}
