using B24RobotApp.Settings;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Checks;

/// <summary>Looks at everything that has to be right before a deal can travel, and says in words what is not.</summary>
internal sealed class AppCheck(IOptions<AppOptions> app, IOptions<Bitrix24Options> bitrix24, IServiceProvider services, ConnectionCheck connectionCheck)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<CheckReport> RunAsync(CancellationToken cancellationToken)
    {
        var report = new CheckReport();
        report.Good("settings", "readable and in range");
        if (bitrix24.Value.AllowedPortals.Count == 0 && AddedPortals() == 0)
        {
            report.Bad("settings", "Bitrix24:AllowedPortals is empty, so no portal may install the app. Name the partners' portals, or add them by b24robot portals allow.");
        }

        CheckDirectory(report);
        await CheckPublicUrlAsync(report, cancellationToken);
        await CheckConnectionsAsync(report, cancellationToken);
        return report;
    }

    private int AddedPortals()
    {
        try
        {
            return services.GetRequiredService<AllowedPortalStore>().Entries.Count;
        }
        catch (StorageException)
        {
            // There is no database yet, or it is told below what is wrong with it.
            return 0;
        }
    }

    private void CheckDirectory(CheckReport report)
    {
        var path = Path.GetFullPath(app.Value.DataDirectory);
        try
        {
            DataDirectory.CreatePrivate(path);
            var probe = Path.Combine(path, $"check-{Guid.NewGuid():N}.tmp");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            report.Good("data directory", $"{path} can be written");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            report.Bad("data directory", $"{path} cannot be written: {exception.Message}");
        }
    }

    /// <summary>From here the way may be another one than from a portal, so what fails is worth a look and no more.</summary>
    private async Task CheckPublicUrlAsync(CheckReport report, CancellationToken cancellationToken)
    {
        var url = app.Value.Address("/health/live");
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var response = await http.GetAsync(url, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                report.Good("public address", $"{app.Value.PublicUrl} leads to the server");
            }
            else
            {
                report.Note("public address", $"{url} answers {(int)response.StatusCode}. Check what stands before the server, if it runs.");
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            report.Note("public address", $"{app.Value.PublicUrl} does not answer from here. That is to be expected if the server does not run; portals must reach it.");
        }
    }

    private async Task CheckConnectionsAsync(CheckReport report, CancellationToken cancellationToken)
    {
        var esb = services.GetRequiredService<IOptions<EsbOptions>>().Value;
        var connections = esb.Connections.Select(connection => connection.ToConnection(bitrix24.Value.AllowHttp)).ToList();
        IReadOnlyList<Portal> installed = [];
        try
        {
            installed = await services.GetRequiredService<PortalStore>().ListAsync(cancellationToken);
            var stored = await services.GetRequiredService<ConnectionStore>().ListAsync(cancellationToken);
            connections.AddRange(stored.Where(connection => connection.Owner is not null));
            report.Good("database", services.GetRequiredService<StoreDatabase>().Description);
        }
        catch (StorageException exception)
        {
            report.Note("database", exception.Message);
        }

        if (connections.Count == 0)
        {
            report.Bad("connections", "there is no connection to an ESB. Set Esb:Connections:0:Code and Esb:Connections:0:WebhookUrl.");
        }

        foreach (var connection in connections)
        {
            await connectionCheck.CheckAsync(connection, report, cancellationToken);
            if (connection.Owner is null && connection.Portals.Count == 0)
            {
                report.Bad($"connection {connection.Code}", "no portal may use it. Name the source portals in its Portals.");
            }
        }

        foreach (var portal in installed)
        {
            await services.GetRequiredService<PortalCheck>().CheckAsync(portal, report, cancellationToken);
            if (portal.State != PortalState.Uninstalled && (await services.GetRequiredService<ConnectionStore>().UsableByAsync(portal, cancellationToken)).Count == 0)
            {
                report.Bad($"portal {portal.Address.Authority}", "it may use no connection. Name it in the Portals of one.");
            }
        }
    }
}
