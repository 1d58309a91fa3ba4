using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>
/// A portal counts requests by the address that they come from, so servers behind one address share its limit: a source portal's goes for the most part to the server that runs its transfers, an ESB's, which all of
/// them call, in equal parts. The parts follow as servers come and go.
/// </summary>
internal sealed partial class SharedPace(
    LeasedShare share, PortalClients clients, PortalStore portals, IOptions<SharingOptions> options, ILogger<SharedPace> logger) : IHostedService
{
    /// <summary>What the server that runs a portal's transfers has of the portal's limit; the others serve pages and may lead.</summary>
    internal const double OfOwn = 0.8;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        share.Changed += Open;
        if (options.Value.SharedAddress)
        {
            share.Changed += Follow;
            Follow();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        share.Changed -= Open;
        share.Changed -= Follow;
        return Task.CompletedTask;
    }

    /// <summary>The part of a host's limit that one server keeps to.</summary>
    /// <param name="servers">How many servers there are.</param>
    /// <param name="isOwn">Whether it is a source portal whose transfers this server runs; <see langword="null"/>: no source portal.</param>
    internal static double PartOf(int servers, bool? isOwn) => servers <= 1
        ? 1
        : isOwn switch
        {
            null => 1.0 / servers,
            true => OfOwn,
            false => (1 - OfOwn) / (servers - 1),
        };

    // Taken for dead, a server sends nothing; what waits for its turn would keep the others waiting for it to begin anew.
    private void Open() => clients.Open(!share.IsAlive);

    private async void Follow()
    {
        try
        {
            // A portal that is to be given back is run here until nothing of it is under way; with the small part that the others have that would take minutes, and nobody else may begin meanwhile.
            var own = share.Portals.Union(share.Leaving).ToHashSet();
            var servers = share.Servers;
            var hosts = (await portals.ListAsync(CancellationToken.None)).ToLookup(portal => portal.Address.Authority, portal => own.Contains(portal.Id), StringComparer.OrdinalIgnoreCase);
            clients.KeepTo(host => PartOf(servers, hosts.Contains(host) ? hosts[host].Any(isOwn => isOwn) : null));
        }
        catch (StorageException exception)
        {
            Log.NotFollowed(logger, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2911, LogLevel.Warning, "What part of the portals' limits is this server's is not known now; it keeps to the former one: {Problem}")]
        public static partial void NotFollowed(ILogger logger, string problem);
    }
}
