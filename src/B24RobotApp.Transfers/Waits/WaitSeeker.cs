using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Waits;

/// <summary>Finds out what a robot waits for: the ESB's deal that it names, or that of its own deal's last transfer.</summary>
public sealed class WaitSeeker(
    WaitStore store, WaitEnding ending, PortalStore portals, ConnectionStore connections, LinkStore links, EsbHints hints, IOptions<TransferOptions> options, TimeProvider clock)
{
    private const int Portion = 500;

    /// <summary>Says of all waits for which it can be said what they wait for, or that they cannot.</summary>
    /// <returns>Whether there may be more.</returns>
    public async Task<bool> SeekAsync(CancellationToken cancellationToken)
    {
        var waits = await store.SeekingAsync(Portion, cancellationToken);
        var found = new List<(Wait Wait, string Host, EsbItem Item)>();
        var failed = new List<(Wait, WaitOutcome)>();
        var left = new List<(Wait, WaitOutcome)>();
        foreach (var wait in waits)
        {
            if (!wait.Request.Waits)
            {
                // The designer chose not to wait; then there is nobody to be told.
                left.Add((wait, new WaitOutcome { Status = WaitStatus.Left, At = clock.GetUtcNow() }));
                continue;
            }

            try
            {
                var (connection, item) = await FindAsync(wait, cancellationToken);
                found.Add((wait, connection.Portal.Authority, item));
            }
            catch (TransferFailedException exception)
            {
                failed.Add((wait, await ending.FailureAsync(wait, exception.Code, _ => exception.Message, cancellationToken) with { EsbId = exception.EsbDealId }));
            }
        }

        await store.EndSilentlyAsync(left, cancellationToken);
        await store.ConcludeAsync(failed, wait => wait.Request.CalledAt + options.Value.AnswerNotBefore, cancellationToken);
        if (found.Count > 0)
        {
            await store.WatchAsync(found, cancellationToken);
        }

        foreach (var (wait, _, item) in found)
        {
            hints.Add(wait.Request.Connection, item);
        }

        return waits.Count == Portion;
    }

    private async Task<(EsbConnection Connection, EsbItem Item)> FindAsync(Wait wait, CancellationToken cancellationToken)
    {
        var request = wait.Request;
        var portal = await portals.FindAsync(request.Portal, cancellationToken) ?? throw new InvalidOperationException($"Wait {request.Id} belongs to a portal that is not in the store.");
        var texts = new TransferTexts(portal.Language);
        var settings = WaitSettings.Parse(request.Properties, texts);
        if (settings.Problems.Count > 0)
        {
            throw new TransferFailedException("ROBOT_PROPERTY", string.Join(' ', settings.Problems));
        }

        if (portal.State == PortalState.Uninstalled)
        {
            throw new TransferFailedException("APP_UNINSTALLED", texts.WaitUninstalled());
        }

        var source = CrmKind.Find(request.EntityTypeId) ?? throw new TransferFailedException("ENTITY_NOT_SUPPORTED", texts.KindNotSent());
        if (request.Connection.Length == 0)
        {
            throw new TransferFailedException("NO_CONNECTION", texts.NoConnection());
        }

        var connection = (await connections.UsableByAsync(portal, cancellationToken)).FirstOrDefault(usable => usable.Code == request.Connection)
            ?? throw new TransferFailedException("CONNECTION_UNKNOWN", texts.ConnectionUnknown(request.Connection));
        var last = await store.LastTransferAsync(request, cancellationToken);
        if (settings.Deal is { } named)
        {
            // Its kind is that of what this item was sent as; where it never was, it is a deal.
            return (connection, new EsbItem(KindOf(last).EntityTypeId, named));
        }

        if (last is { Status: "failed" })
        {
            throw new TransferFailedException("TRANSFER_FAILED", texts.LastTransferFailed(last.ErrorCode ?? "", last.ErrorMessage ?? "")) { EsbDealId = last.EsbDealId };
        }

        if (last?.EsbDealId is { } id)
        {
            return (connection, new EsbItem(KindOf(last).EntityTypeId, id));
        }

        // Its transfers were long ago, or another database knew of them.
        LinkKey[] keys =
        [
            .. new[] { source.EntityTypeId, CrmEntityTypes.Deal }.Distinct()
                .Select(kind => new LinkKey(portal.MemberId, connection.Code, LinkedEntities.Of(source.EntityTypeId, kind), request.ItemId)),
        ];
        var known = await links.FindAsync(keys, cancellationToken);
        return keys.Select(key => known.GetValueOrDefault(key)).FirstOrDefault(link => link is { IsKnown: true }) is { } link
            ? (connection, new EsbItem(LinkedEntities.EsbTypeOf(link.Key.Entity), link.EsbId))
            : throw new TransferFailedException("NEVER_SENT", texts.NeverSent());
    }

    private static CrmKind KindOf(LastTransfer? last) =>
        last?.EsbDealUrl is { Length: > 0 } address && Uri.TryCreate(address, UriKind.Absolute, out var page) ? CrmKind.FindByDetails(page) ?? CrmKind.Deal : CrmKind.Deal;
}
