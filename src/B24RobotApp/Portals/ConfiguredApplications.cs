using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Settings;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Portals;

/// <summary>The credentials of local applications that stand in the host's settings.</summary>
internal sealed class ConfiguredApplications(IOptions<Bitrix24Options> options)
{
    /// <summary>The credentials for a portal; <see langword="null"/> if its administrator has to enter them.</summary>
    public ApplicationCredentials? Find(Uri portal)
    {
        var found = options.Value.Applications.FirstOrDefault(
            application => AllowedPortal.TryParse(application.Portal, out var named) && named.Matches(portal, options.Value.AllowHttp));
        return found is null ? null : new ApplicationCredentials(found.ClientId, new ClientSecret(found.ClientSecret));
    }
}
