using System.Collections.Concurrent;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Files;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// Access to ESB portals through their incoming webhooks. Of several webhooks the one with most execution time left for creating deals is used, since that is what runs out first; one that the portal
/// has refused is only used when there is no other.
/// </summary>
public sealed class EsbPortals(PortalClients clients, PortalAddressRules addresses, TimeProvider clock)
{
    private static readonly TimeSpan RestsFor = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<PortalClient, DateTimeOffset> _refusedUntil = new();

    /// <summary>Calls one method.</summary>
    /// <exception cref="Bitrix24Exception">It failed with every webhook.</exception>
    public async Task<CallResult> CallAsync(EsbConnection connection, Call call) => (await CallGroupAsync(connection, [call]))[0].GetOrThrow();

    /// <summary>Runs calls in order; see <see cref="PortalClient.CallGroupAsync"/>.</summary>
    /// <exception cref="Bitrix24Exception">The request as a whole failed, with every webhook if it is they that are refused.</exception>
    public async Task<IReadOnlyList<CallOutcome>> CallGroupAsync(EsbConnection connection, IReadOnlyList<Call> calls)
    {
        var lanes = Lanes(connection);
        for (var i = 0; ; i++)
        {
            try
            {
                var outcomes = await lanes[i].CallGroupAsync(new CallGroup(calls), CancellationToken.None);
                if (i == lanes.Count - 1 || outcomes[0].Failure is not { Kind: FailureKind.Disconnected })
                {
                    return outcomes;
                }
            }
            catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Disconnected && i < lanes.Count - 1)
            {
                // This webhook was deleted, or its owner is gone; nothing was run, so the next one may.
            }

            _refusedUntil[lanes[i]] = clock.GetUtcNow() + RestsFor;
        }
    }

    /// <summary>Calls a method with a file; see <see cref="PortalClient.UploadAsync"/>.</summary>
    /// <exception cref="Bitrix24Exception">It failed with every webhook.</exception>
    public async Task<CallResult> UploadAsync(EsbConnection connection, FileUpload upload, CancellationToken cancellationToken)
    {
        var lanes = Lanes(connection);
        for (var i = 0; ; i++)
        {
            try
            {
                return await lanes[i].UploadAsync(upload, cancellationToken);
            }
            catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Disconnected && i < lanes.Count - 1)
            {
                _refusedUntil[lanes[i]] = clock.GetUtcNow() + RestsFor;
            }
        }
    }

    private List<PortalClient> Lanes(EsbConnection connection) =>
        [.. connection.Webhooks
            .Select(webhook => clients.For(new WebhookCredential(webhook, (address, _) => ValueTask.FromResult(IsAccepted(webhook.Portal, address)))))
            .OrderBy(client => _refusedUntil.GetValueOrDefault(client) > clock.GetUtcNow())
            .ThenBy(client => client.PausedUntil("crm.item.add") is not null)
            .ThenBy(client => client.OperatingSecondsUsed("crm.item.add"))];

    /// <summary>The webhook's secret follows a portal to another name under the same parent domain (as the cloud renames portals), or to one the host's settings allow; to nobody else.</summary>
    private bool IsAccepted(Uri old, Uri address)
    {
        var parent = old.Host[(old.Host.IndexOf('.', StringComparison.Ordinal) + 1)..];
        var sameParent = old.HostNameType == UriHostNameType.Dns && parent.Contains('.', StringComparison.Ordinal)
            && address.Scheme == old.Scheme && address.Host.EndsWith("." + parent, StringComparison.OrdinalIgnoreCase);
        return sameParent || addresses.IsAllowed(address);
    }
}
