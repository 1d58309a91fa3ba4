using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// Learns which deals of a source portal an ESB already holds. A database that is new (or was restored from a backup) does not know what an earlier one sent; once it has asked, a
/// missing link means "not there", and a create needs no look-up before it.
/// </summary>
public sealed class LinkImport(LinkStore links, RestoreLog restores, EsbPortals portals, TimeProvider clock)
{
    /// <summary>Batches of 50 pages: deals beyond 25,000 are not listed while a transfer waits for it.</summary>
    private const int MostBatches = 10;

    private static readonly TimeSpan AskedAgainAfter = TimeSpan.FromHours(1);

    private readonly KeyedLocks _locks = new();
    private readonly ConcurrentDictionary<(MemberId, string), DateTimeOffset> _incompleteUntil = new();

    /// <summary>
    /// Whether the link table tells everything about this portal and connection, asking the ESB if that is not known yet. With more deals there than can be listed in reasonable time it
    /// stays incomplete, and deals without a link are looked up one by one.
    /// </summary>
    public async Task<bool> IsCompleteAsync(Portal portal, EsbConnection connection, CancellationToken cancellationToken)
    {
        if (await links.IsCompleteAsync(portal.MemberId, connection.Code, cancellationToken))
        {
            return true;
        }

        if (await restores.PendingUntilAsync(cancellationToken) is not null)
        {
            // What comes to stand there in the next moment would be missing in a list that is read now.
            return false;
        }

        var key = (portal.MemberId, connection.Code);
        await using var held = await _locks.AcquireAsync([$"{portal.MemberId}|{connection.Code}"], cancellationToken);
        if (await links.IsCompleteAsync(portal.MemberId, connection.Code, cancellationToken))
        {
            return true;
        }

        if (_incompleteUntil.GetValueOrDefault(key) > clock.GetUtcNow())
        {
            return false;
        }

        var complete = await ImportAsync(portal, connection, cancellationToken);
        if (!complete)
        {
            _incompleteUntil[key] = clock.GetUtcNow() + AskedAgainAfter;
        }

        return complete;
    }

    private async Task<bool> ImportAsync(Portal portal, EsbConnection connection, CancellationToken cancellationToken)
    {
        var pages = new List<CallResult> { await portals.CallAsync(connection, Page(portal, 0)) };
        var total = pages[0].Total ?? 0;
        var count = (total + BatchLimits.PageSize - 1) / BatchLimits.PageSize;
        if (count > BatchLimits.MaxCommands * MostBatches)
        {
            return false;
        }

        foreach (var batch in Enumerable.Range(1, Math.Max(0, count - 1)).Chunk(BatchLimits.MaxCommands))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var outcomes = await portals.CallGroupAsync(connection, [.. batch.Select(page => Page(portal, page * BatchLimits.PageSize))]);
            pages.AddRange(outcomes.Select(outcome => outcome.GetOrThrow()));
        }

        var items = pages.SelectMany(CrmItems.ReadItems).DistinctBy(item => item.Id("id")).ToList();
        var found = new Dictionary<LinkKey, Link>();
        foreach (var item in items.OrderBy(item => item.Id("id")))
        {
            // Deals of mode "create" carry the transfer's id behind a colon and are nobody's counterpart. Of several copies the oldest is the original.
            if (item.Id("id") is { } esbId && OriginKey.TryParseId(item.Text("originId"), out var source, out var itemId))
            {
                var key = new LinkKey(portal.MemberId, connection.Code, LinkedEntities.Of(source.EntityTypeId, CrmEntityTypes.Deal), itemId);
                found.TryAdd(key, new Link(key, esbId, null));
            }
        }

        // What this database knows by itself it knows better.
        foreach (var (key, link) in await links.FindAsync([.. found.Keys], cancellationToken))
        {
            if (link.IsKnown)
            {
                found.Remove(key);
            }
        }

        await links.SaveAsync([.. found.Values], Durability.Full, cancellationToken);
        if (items.Count < total)
        {
            // Deals that were deleted while the pages were read made later ones slip past.
            return false;
        }

        await links.MarkCompleteAsync(portal.MemberId, connection.Code, cancellationToken);
        return true;
    }

    private static Call Page(Portal portal, int start) => CrmItems.List(
        CrmEntityTypes.Deal,
        new JsonObject { ["=originatorId"] = OriginKey.OriginatorOf(portal.MemberId) },
        ["id", "originId"],
        new JsonObject { ["id"] = "ASC" },
        start);
}
