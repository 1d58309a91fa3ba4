using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.Sendings;

/// <summary>A deal as a preview shows it.</summary>
/// <param name="Id">Its id on the source portal.</param>
/// <param name="Title">Its title.</param>
/// <param name="StageId">Its stage's code.</param>
/// <param name="Amount">Its sum.</param>
/// <param name="Currency">The sum's currency.</param>
/// <param name="EsbDealId">Its counterpart on the ESB, if it is known to be there.</param>
public sealed record ExistingDeal(long Id, string Title, string StageId, decimal? Amount, string Currency, long? EsbDealId);

/// <summary>What a sending would send.</summary>
/// <param name="Total">How many deals.</param>
/// <param name="First">The first of them, in the order in which they would be sent.</param>
public sealed record SendingPreview(long Total, IReadOnlyList<ExistingDeal> First);

/// <summary>Asks a source portal for deals that are there. They are read with the installing administrator's token.</summary>
public sealed class ExistingDeals(SourcePortals sources, LinkStore links)
{
    private static readonly string[] Shown = ["id", "title", "stageId", "opportunity", "currencyId"];

    /// <summary>Counts, and shows the first 50.</summary>
    /// <exception cref="Bitrix24Exception">The portal does not tell.</exception>
    public async Task<SendingPreview> PreviewAsync(Portal portal, string connection, SendingFilter filter, CancellationToken cancellationToken)
    {
        var page = await sources.CallAsync(portal, null, Page(filter, 0, Shown));
        var items = CrmItems.ReadItems(page).ToList();
        var keys = items.Select(item => KeyOf(portal, connection, item.Id("id") ?? 0)).ToList();
        var known = await links.FindAsync(keys, cancellationToken);
        return new SendingPreview(page.Total ?? items.Count, [.. items.Select((item, index) => Describe(item, known.GetValueOrDefault(keys[index])))]);
    }

    /// <summary>The ids of the next deals, at most 50, in their order.</summary>
    /// <exception cref="Bitrix24Exception">The portal does not tell.</exception>
    public async Task<IReadOnlyList<long>> NextAsync(Portal portal, SendingFilter filter, long after)
    {
        var page = await sources.CallAsync(portal, null, Page(filter, after, ["id"]));
        return [.. CrmItems.ReadItems(page).Select(item => item.Id("id")).OfType<long>().Where(id => id > after).Order()];
    }

    private static Call Page(SendingFilter filter, long after, IReadOnlyList<string> select) =>
        CrmItems.List(CrmEntityTypes.Deal, filter.ToListFilter(after), select, new JsonObject { ["id"] = "ASC" });

    private static LinkKey KeyOf(Portal portal, string connection, long dealId) => new(portal.MemberId, connection, LinkedEntity.Deal, dealId);

    private static ExistingDeal Describe(JsonElement item, Link? link) => new(
        item.Id("id") ?? 0, item.Text("title") ?? "", item.Text("stageId") ?? "", item.Property("opportunity").AsDecimal(), item.Text("currencyId") ?? "", link is { IsKnown: true } ? link.EsbId : null);
}
