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
}
