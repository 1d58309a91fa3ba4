using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>Which of a portal's items an ESB holds already, by the links and by the origin that its deals carry. A database that was restored from a backup lacks links, so both are looked at; nothing is written.</summary>
public sealed class EsbHoldings(LinkStore links, EsbPortals esbs)
{
    /// <summary>The ids on the ESB of those items that are there.</summary>
    /// <exception cref="Bitrix24Exception">The ESB does not answer.</exception>
    public async Task<IReadOnlyDictionary<long, long>> FindAsync(Portal portal, EsbConnection connection, CrmKind kind, IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        LinkKey KeyOf(long id, int esbTypeId) => new(portal.MemberId, connection.Code, LinkedEntities.Of(kind.EntityTypeId, esbTypeId), id);
        int[] targets = kind == CrmKind.Deal ? [CrmEntityTypes.Deal] : [CrmEntityTypes.Deal, kind.EntityTypeId];
        var linked = await links.FindAsync([.. ids.SelectMany(id => targets.Select(target => KeyOf(id, target)))], cancellationToken);
        var found = new Dictionary<long, long>();
        foreach (var link in linked.Values.Where(link => link.IsKnown))
        {
            found.TryAdd(link.Key.SourceId, link.EsbId);
        }

        foreach (var chunk in ids.Where(id => !found.ContainsKey(id)).Chunk(BatchLimits.PageSize))
        {
            // Those that stand there as another kind than deals, and have no link, are not found.
            var origins = new JsonArray([.. chunk.Select(id => JsonValue.Create(OriginKey.Of(portal.MemberId, kind, id).Id))]);
            var filter = new JsonObject { ["=originatorId"] = OriginKey.OriginatorOf(portal.MemberId), ["@originId"] = origins };
            foreach (var item in CrmItems.ReadItems(await esbs.CallAsync(connection, CrmItems.List(CrmEntityTypes.Deal, filter, ["id", "originId"], new JsonObject { ["id"] = "ASC" }))))
            {
                // Of several copies the oldest is the original.
                if (item.Id("id") is { } esbId && OriginKey.TryParseId(item.Text("originId"), out var source, out var id) && source == kind && chunk.Contains(id))
                {
                    found.TryAdd(id, esbId);
                }
            }
        }

        foreach (var chunk in ids.Where(id => !found.ContainsKey(id)).Chunk(BatchLimits.MaxCommands))
        {
            await FindMadeAnewAsync(portal, connection, kind, chunk, found);
        }

        return found;
    }

    /// <summary>Deals that were made anew by each transfer (mode <c>create</c>) carry its id behind a colon, and have no link. Conditions: api-reference/crm/universal/crm-item-list.md.</summary>
    private async Task FindMadeAnewAsync(Portal portal, EsbConnection connection, CrmKind kind, long[] ids, Dictionary<long, long> found)
    {
        string PrefixOf(long id) => OriginKey.Of(portal.MemberId, kind, id, "").Id;
        var outcomes = await esbs.CallGroupAsync(connection, [.. ids.Select(id => CrmItems.List(
            CrmEntityTypes.Deal,
            new JsonObject { ["=originatorId"] = OriginKey.OriginatorOf(portal.MemberId), ["=%originId"] = PrefixOf(id) + "%" },
            ["id", "originId"],
            new JsonObject { ["id"] = "DESC" }))]);
        for (var i = 0; i < ids.Length; i++)
        {
            foreach (var item in CrmItems.ReadItems(outcomes[i].GetOrThrow()))
            {
                // An underscore stands for any letter there. The latest says most of a call that may have been lost.
                if (item.Id("id") is { } esbId && item.Text("originId")?.StartsWith(PrefixOf(ids[i]), StringComparison.Ordinal) == true)
                {
                    found.TryAdd(ids[i], esbId);
                }
            }
        }
    }
}
