using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Users;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Install;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;
using PortalRobots = B24RobotApp.Bitrix24.Bizproc.Robots;

namespace B24RobotApp.Checks;

/// <summary>Whether an installed portal can be reached with the stored tokens and has the robots. Nothing is written there, and no token is renewed: that is for the server to do.</summary>
internal sealed class PortalCheck(PortalClients clients, TokenStore tokens, AppManifest manifest, PortalAccess access, TimeProvider clock)
{
    public async Task CheckAsync(Portal portal, CheckReport report, CancellationToken cancellationToken)
    {
        var subject = $"portal {portal.Address.Authority}";
        if (portal.State == PortalState.Uninstalled)
        {
            report.Note(subject, "the app was deleted there");
            return;
        }

        if (!access.IsAllowed(portal.Address))
        {
            report.Bad(subject, "it is not among Bitrix24:AllowedPortals any more. Add it there or by b24robot portals allow, or delete the app on the portal.");
        }

        if (portal.State == PortalState.Disconnected)
        {
            report.Bad(subject, $"it is disconnected ({portal.StateReason}). An administrator there has to open the app.");
        }

        if (!portal.HasCredentials)
        {
            report.Bad(subject, "client_id and client_secret are not known, so that access ends an hour after the last robot call. Enter them on the app's page, or in Bitrix24:Applications.");
        }

        var stored = await tokens.FindAsync(new TokenOwner(portal.MemberId, portal.InstallerUserId), cancellationToken);
        if (stored is null)
        {
            report.Bad(subject, "the tokens of the administrator who installed the app are dead. Another administrator has to open the app there.");
        }
        else if (stored.ExpiresAt <= clock.GetUtcNow())
        {
            var state = stored.Refresh is not null && portal.HasCredentials ? "the server renews it when it is needed" : "the next robot call, or an administrator who opens the app, brings another";
            report.Note(subject, $"the access token has ended; {state}. So the portal was not asked.");
        }
        else
        {
            await AskAsync(portal, stored.Access, subject, report, cancellationToken);
        }
    }

    private async Task AskAsync(Portal portal, AccessToken token, string subject, CheckReport report, CancellationToken cancellationToken)
    {
        var client = clients.Once(new FixedTokenCredential(portal.Address, token));
        try
        {
            var profile = PortalProfile.Read(await client.CallAsync(PortalProfile.Get(), cancellationToken));
            report.Good(subject, $"reachable, the token of user {profile.Id} is alive");
            if (!profile.IsAdministrator)
            {
                report.Bad(subject, $"user {profile.Id}, who installed the app, is no administrator any more. Another administrator has to open the app there.");
                return;
            }

            var present = PortalRobots.ReadCodes(await client.CallAsync(PortalRobots.List(), cancellationToken));
            var missing = manifest.Robots.Select(robot => robot.Code).Where(code => !present.Contains(code)).ToList();
            if (missing.Count == 0)
            {
                report.Good(subject, "the robot is registered");
            }
            else
            {
                report.Bad(subject, $"the portal does not know the robot {string.Join(", ", missing)}. The server registers it at its next start, or when an administrator opens the app.");
            }
        }
        catch (Bitrix24Exception exception)
        {
            report.Bad(subject, $"{exception.Method}: {exception.Description} ({exception.Code})");
        }
    }
}
