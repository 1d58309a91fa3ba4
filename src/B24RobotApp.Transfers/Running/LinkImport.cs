using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Running;

/// <summary>
/// Learns which deals of a source portal an ESB already holds. A database that is new (or was restored from a backup) does not know what an earlier one sent; once it has asked, a
/// missing link means "not there", and a create needs no look-up before it.
/// </summary>
public sealed class LinkImport(LinkStore links, EsbPortals portals)
{
    private readonly KeyedLocks _locks = new();

    /// <summary>
    /// Whether the link table tells everything about this portal and connection, asking the ESB if that is not known yet. With more deals there than one batch can list it stays
    /// incomplete, and deals without a link are looked up one by one.
    /// </summary>
    public async Task<bool> IsCompleteAsync(Portal portal, EsbConnection connection, CancellationToken cancellationToken)
    {
        if (await links.IsCompleteAsync(portal.MemberId, connection.Code, cancellationToken))
        {
            return true;
        }

        await using var held = await _locks.AcquireAsync([$"{portal.MemberId}|{connection.Code}"], cancellationToken);
        return await links.IsCompleteAsync(portal.MemberId, connection.Code, cancellationToken)
            || await ImportAsync(portal, connection, cancellationToken);
    }

    private async Task<bool> ImportAsync(Portal portal, EsbConnection connection, CancellationToken cancellationToken)
    {
        var client = portals.For(connection);
        var first = await client.CallAsync(Page(portal, 0), CancellationToken.None);
        var pages = new List<CallResult> { first };
        var count = ((first.Total ?? 0) + BatchLimits.PageSize - 1) / BatchLimits.PageSize;
        if (count > BatchLimits.MaxCommands)
        {
            return false;
        }

        if (count > 1)
        {
            var rest = Enumerable.Range(1, count - 1).Select(page => Page(portal, page * BatchLimits.PageSize));
            pages.AddRange((await client.CallGroupAsync(new CallGroup([.. rest]), CancellationToken.None)).Select(outcome => outcome.GetOrThrow()));
        }

        var found = new Dictionary<long, Link>();
        foreach (var item in pages.SelectMany(CrmItems.ReadItems))
        {
            // Deals of mode "create" carry the transfer's id behind a colon and are nobody's counterpart. Of several copies the oldest is the original.
            if (item.TryGetProperty("originId", out var origin) && item.Id("id") is { } esbId
                && long.TryParse(origin.AsText(), NumberStyles.None, CultureInfo.InvariantCulture, out var dealId))
            {
                var key = new LinkKey(portal.MemberId, connection.Code, LinkedEntity.Deal, dealId);
                found.TryAdd(dealId, new Link(key, esbId, null));
            }
        }

        await links.SaveAsync([.. found.Values], Durability.Full, cancellationToken);
        await links.MarkCompleteAsync(portal.MemberId, connection.Code, cancellationToken);
        return true;
    }

    private static Call Page(Portal portal, int start) => CrmItems.List(
        CrmEntityTypes.Deal,
        new JsonObject { ["=originatorId"] = Provenance.OriginatorPrefix + portal.MemberId },
        ["id", "originId"],
        new JsonObject { ["id"] = "ASC" },
        start);
}
