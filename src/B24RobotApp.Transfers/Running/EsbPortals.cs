using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Running;

/// <summary>Access to ESB portals through their incoming webhooks.</summary>
public sealed class EsbPortals(PortalClients clients, PortalAddressRules addresses)
{
    /// <summary>The client of the webhook with most execution time left for creating deals, which is what runs out first.</summary>
    public PortalClient For(EsbConnection connection) =>
        connection.Webhooks
            .Select(webhook => clients.For(new WebhookCredential(webhook, (address, _) => ValueTask.FromResult(IsAccepted(webhook.Portal, address)))))
            .OrderBy(client => client.PausedUntil("crm.item.add") is not null)
            .ThenBy(client => client.OperatingSecondsUsed("crm.item.add"))
            .First();

    /// <summary>The webhook's secret follows a portal to another name under the same parent domain (as the cloud renames portals), or to one the host's settings allow; to nobody else.</summary>
    private bool IsAccepted(Uri old, Uri address)
    {
        var parent = old.Host[(old.Host.IndexOf('.', StringComparison.Ordinal) + 1)..];
        var sameParent = old.HostNameType == UriHostNameType.Dns && parent.Contains('.', StringComparison.Ordinal)
            && address.Scheme == old.Scheme && address.Host.EndsWith("." + parent, StringComparison.OrdinalIgnoreCase);
        return sameParent || addresses.IsAllowed(address);
    }
}
