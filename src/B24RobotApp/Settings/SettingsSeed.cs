using B24RobotApp.Install;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>Brings connections and profiles of the settings into the store, before anything else starts.</summary>
internal sealed partial class SettingsSeed(
    ConnectionStore connections, ProfileStore profiles, PortalStore portals, ConfiguredApplications applications, IOptions<EsbOptions> esb, IOptions<Bitrix24Options> bitrix24, PortalAccess access,
    ILogger<SettingsSeed> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (access.IsEmpty)
        {
            Log.NobodyAllowed(logger);
        }

        // A file of a starter profile's name takes its place.
        var starters = EsbOptions.StarterProfiles.Except(esb.Value.Profiles.Select(file => Path.GetFileNameWithoutExtension(file)));
        foreach (var file in starters.Select(code => Path.Combine(AppManifest.Folder, "profiles", $"{code}.json")).Concat(esb.Value.Profiles))
        {
            await profiles.SaveAsync(Path.GetFileNameWithoutExtension(file), await File.ReadAllTextAsync(file, cancellationToken), null, cancellationToken);
        }

        foreach (var connection in esb.Value.Connections)
        {
            if (!await connections.SaveAsync(connection.ToConnection(bitrix24.Value.AllowHttp), cancellationToken))
            {
                Log.CodeTaken(logger, connection.Code);
            }
        }

        // A client secret that was changed in the settings is used from now on; the one before is tried where the portal does not know the new one yet.
        foreach (var portal in await portals.ListAsync(cancellationToken))
        {
            if (portal is { State: not PortalState.Uninstalled, HasCredentials: true } && applications.Find(portal.Address) is { } credentials && credentials.ClientId == portal.ClientId)
            {
                await portals.SaveCredentialsAsync(portal.Id, credentials, cancellationToken);
            }
        }

        // What the host took out of its settings is gone; what portals added for themselves stays.
        var configured = esb.Value.Connections.Select(connection => connection.Code).ToHashSet(StringComparer.Ordinal);
        foreach (var stale in await connections.ListAsync(cancellationToken))
        {
            if (stale.Owner is null && !configured.Contains(stale.Code))
            {
                await connections.DeleteAsync(stale.Code, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(3902, LogLevel.Warning, "Bitrix24:AllowedPortals is empty: no portal can install the app")]
        public static partial void NobodyAllowed(ILogger logger);

        [LoggerMessage(3901, LogLevel.Warning, "The connection {Code} of the settings is not used: a portal has added one of the same code for itself. Choose another code in Esb:Connections")]
        public static partial void CodeTaken(ILogger logger, string code);
    }
}
