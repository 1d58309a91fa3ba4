using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Transfers.Connections;

namespace B24RobotApp.Transfers.Running;

/// <summary>Access to ESB portals through their incoming webhooks.</summary>
public sealed class EsbPortals(PortalClients clients)
{
    /// <summary>The client of the webhook with most execution time left for creating deals, which is what runs out first.</summary>
    public PortalClient For(EsbConnection connection) =>
        connection.Webhooks
            .Select(webhook => clients.For(new WebhookCredential(webhook)))
            .OrderBy(client => client.PausedUntil("crm.item.add") is not null)
            .ThenBy(client => client.OperatingSecondsUsed("crm.item.add"))
            .First();
}
