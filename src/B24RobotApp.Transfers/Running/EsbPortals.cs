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
    public Task<IReadOnlyList<CallOutcome>> CallGroupAsync(EsbConnection connection, IReadOnlyList<Call> calls) => WithAnyAsync(
        connection,
        webhook => webhook.CallGroupAsync(new CallGroup(calls), CancellationToken.None),

        // Where one call has run the others are not said again.
        outcomes => outcomes.All(outcome => outcome.Failure is { Kind: not FailureKind.OutcomeUnknown }) ? outcomes[0].Failure : null);

    /// <summary>Calls a method with a file; see <see cref="PortalClient.UploadAsync"/>.</summary>
    /// <exception cref="Bitrix24Exception">It failed with every webhook.</exception>
    public Task<CallResult> UploadAsync(EsbConnection connection, FileUpload upload, CancellationToken cancellationToken) =>
        WithAnyAsync(connection, webhook => webhook.UploadAsync(upload, cancellationToken), _ => null);

    /// <summary>Downloads a file by its link from an item; see <see cref="PortalClient.DownloadAsync"/>. The link itself says who asks.</summary>
    /// <exception cref="Bitrix24Exception">It is not to be had.</exception>
    public Task<DownloadedFile> DownloadAsync(EsbConnection connection, FileLink link, Stream target, long longest, CancellationToken cancellationToken) =>
        WithAnyAsync(connection, webhook => webhook.DownloadAsync(link, target, longest, cancellationToken), _ => null);

    /// <summary>Goes on with the next webhook where one was deleted, or its owner is gone, or its execution time is used up: nothing was run then.</summary>
    private async Task<T> WithAnyAsync<T>(EsbConnection connection, Func<PortalClient, Task<T>> callAsync, Func<T, Bitrix24Exception?> failureOf)
    {
        var lanes = Lanes(connection);
        for (var i = 0; ; i++)
        {
            var next = i + 1 < lanes.Count ? lanes[i + 1] : null;
            bool GoesOn(Bitrix24Exception failure) => next is not null
                && (failure.Kind == FailureKind.Disconnected || (failure.HasCode("OPERATION_TIME_LIMIT") && next.PausedUntil(failure.Method) is null));
            try
            {
                var answer = await callAsync(lanes[i]);
                if (failureOf(answer) is not { } failure || !GoesOn(failure))
                {
                    return answer;
                }

                Note(lanes[i], failure);
            }
            catch (Bitrix24Exception exception) when (GoesOn(exception))
            {
                Note(lanes[i], exception);
            }
        }
    }

    private void Note(PortalClient webhook, Bitrix24Exception failure)
    {
        if (failure.Kind == FailureKind.Disconnected)
        {
            _refusedUntil[webhook] = clock.GetUtcNow() + RestsFor;
        }
    }

    /// <summary>The clients of a connection's webhooks, in the order of these: for their figures.</summary>
    public IEnumerable<PortalClient> ClientsOf(EsbConnection connection) =>
        connection.Webhooks.Select(webhook => clients.For(new WebhookCredential(webhook, (address, _) => ValueTask.FromResult(IsAccepted(webhook.Portal, address)))));

    private List<PortalClient> Lanes(EsbConnection connection) =>
        [.. ClientsOf(connection)
            .OrderBy(client => _refusedUntil.GetValueOrDefault(client) > clock.GetUtcNow())
            .ThenBy(client => client.PausedUntil("crm.item.add") ?? DateTimeOffset.MinValue)
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
