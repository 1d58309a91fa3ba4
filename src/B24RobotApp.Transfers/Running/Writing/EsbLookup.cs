using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running.Writing;

/// <summary>Says whether an item is on the ESB already: by the link table, and by its origin where that does not tell everything.</summary>
public sealed partial class EsbLookup(LinkStore links, LinkImport import, EsbPortals portals, ILogger<EsbLookup> logger)
{
    /// <summary>The link of what is written; in mode <c>create</c> there is none.</summary>
    public async Task<Link?> FindLinkAsync(EsbWrite write, CancellationToken cancellationToken) => write.Mode == TransferMode.Create
        ? null
        : (await links.FindAsync([write.Key], cancellationToken)).GetValueOrDefault(write.Key);

    /// <summary>Asks the ESB by the item's origin, unless the link table is known to tell everything.</summary>
    /// <param name="write">What is written.</param>
    /// <param name="link">Its link, if there is one that is of no use any more.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<Link?> FindUnlinkedAsync(EsbWrite write, Link? link, CancellationToken cancellationToken)
    {
        var needed = link is not null || write.Intent.EarlierForDeal
            || (write.Mode != TransferMode.Create
                && (write.Kind != CrmKind.Deal || !await import.IsCompleteAsync(write.Portal, write.Connection, cancellationToken)));
        if (!needed)
        {
            // The import may just have brought the link.
            return await FindLinkAsync(write, cancellationToken);
        }

        var result = await portals.CallAsync(
            write.Connection,
            CrmItems.List(write.Kind.EntityTypeId, write.Origin.Filter(write.Kind, write.OriginField), Select(write.Kind), new() { ["id"] = "ASC" }));
        var ids = CrmItems.ReadItems(result).Select(item => item.Id("id") ?? 0).Where(id => id > 0).ToList();
        if (ids.Count > 1)
        {
            Log.Several(logger, write.Transfer.Request.ItemId, write.Portal.Address.Authority, ids.Count, write.Connection.Code, ids[0]);
        }

        return ids.Count > 0 ? new Link(write.Key, ids[0], null) : null;
    }

    /// <summary>Only with whole items selected can a condition name a user field by its original name.</summary>
    private static string[] Select(CrmKind kind) => kind.NeedsOriginField ? ["*"] : ["id"];

    private static partial class Log
    {
        [LoggerMessage(2501, LogLevel.Warning, "Item {DealId} of {Portal} stands {Count} times on {Connection}, perhaps copied by hand there; the oldest, {EsbDealId}, is used")]
        public static partial void Several(ILogger logger, long dealId, string portal, int count, string connection, long esbDealId);
    }
}
