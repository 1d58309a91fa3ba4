using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Install;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>Brings connections and profiles of the settings into the store, before anything else starts.</summary>
internal sealed class SettingsSeed(
    ConnectionStore connections, ProfileStore profiles, IOptions<EsbOptions> esb, IOptions<Bitrix24Options> bitrix24) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var file in esb.Value.Profiles.Prepend(Path.Combine(AppManifest.Folder, "profiles", "default.json")))
        {
            await profiles.SaveAsync(Path.GetFileNameWithoutExtension(file), await File.ReadAllTextAsync(file, cancellationToken), null, cancellationToken);
        }

        foreach (var connection in esb.Value.Connections)
        {
            await connections.SaveAsync(ToConnection(connection), cancellationToken);
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

    private EsbConnection ToConnection(ConnectionOptions options) => new()
    {
        Code = options.Code,
        Name = options.Name.Length > 0 ? options.Name : options.Code,
        Webhooks = [.. options.Addresses.Select(address => WebhookUrl.TryParse(address, bitrix24.Value.AllowHttp, out var url, out var problem)
            ? url
            : throw new InvalidOperationException(problem))],
        Profile = options.Profile,
        CreateMissingFields = options.CreateMissingFields,
        Portals = [.. options.Portals],
    };
}
