using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Running;

/// <summary>Reads a deal with all that travels along, in one request unless there are more rows or contacts than a page holds.</summary>
public sealed class SourceReader(SourcePortals portals)
{
    /// <summary>Reads the deal.</summary>
    /// <exception cref="TransferFailedException">The deal is gone, or nobody whose tokens we have may read it.</exception>
    /// <exception cref="Bitrix24Exception">The portal did not answer.</exception>
    public async Task<SourceDeal> ReadAsync(Transfer transfer, Portal portal, RobotSettings settings, TransferTexts texts)
    {
        var dealId = transfer.Request.ItemId;
        var calls = new List<Call> { CrmItems.Get(CrmEntityTypes.Deal, dealId) };
        if (settings.SendProducts)
        {
            calls.Add(ProductRows.List(CrmEntityTypes.Deal, dealId));
        }

        if (settings.SendClient)
        {
            // Without a company or contacts these refer to nothing and fail or bring strangers; neither is used then.
            calls.Add(CrmItems.Get(CrmEntityTypes.Company, JsonValue.Create(new ResultReference(0, "item", "companyId"))!));
            calls.Add(CrmItems.List(
                CrmEntityTypes.Contact,
                new JsonObject { ["@id"] = JsonValue.Create(new ResultReference(0, "item", "contactIds")) },
                ["*"]));
        }

        var (client, outcomes) = await portals.CallAsync(
            portal,
            transfer.Request.UserId,
            async client => (client, await client.CallGroupAsync(new CallGroup(calls), CancellationToken.None)),
            answer => answer.Item2[0].Failure?.HasCode("ACCESS_DENIED") == true);

        var deal = ReadDeal(outcomes[0], dealId, texts);
        var rows = settings.SendProducts ? await ReadRowsAsync(client, outcomes[1], dealId) : [];
        if (!settings.SendClient)
        {
            return new SourceDeal(deal, rows, null, []);
        }

        var company = deal.Id("companyId") is > 0 ? CrmItems.ReadItem(outcomes[^2].GetOrThrow()) : (JsonElement?)null;
        return new SourceDeal(deal, rows, company, await ReadContactsAsync(client, outcomes[^1], deal));
    }

    private static JsonElement ReadDeal(CallOutcome outcome, long dealId, TransferTexts texts)
    {
        if (outcome.Failure is { Kind: FailureKind.Refused } refused)
        {
            throw refused.HasCode("NOT_FOUND") || refused.HasCode("ACCESS_DENIED")
                ? new TransferFailedException("DEAL_NOT_FOUND", texts.DealGone(dealId))
                : new TransferFailedException(refused.Code, texts.SourceRefused(refused.Method, refused.Code, refused.Description));
        }

        return CrmItems.ReadItem(outcome.GetOrThrow());
    }

    private static async Task<List<JsonElement>> ReadRowsAsync(PortalClient client, CallOutcome first, long dealId)
    {
        var page = first.GetOrThrow();
        var rows = ProductRows.ReadRows(page).ToList();
        while (page.Next is { } start)
        {
            page = await client.CallAsync(ProductRows.List(CrmEntityTypes.Deal, dealId, start), CancellationToken.None);
            rows.AddRange(ProductRows.ReadRows(page));
        }

        return rows;
    }

    /// <summary>The deal's own contacts, the primary one first. An empty list of ids may have been taken for "no filter", so strangers are dropped.</summary>
    private static async Task<List<JsonElement>> ReadContactsAsync(PortalClient client, CallOutcome first, JsonElement deal)
    {
        var ids = deal.TryGetProperty("contactIds", out var list) ? list.AsIds() : [];
        if (ids.Count == 0)
        {
            return [];
        }

        var page = first.GetOrThrow();
        var byId = new Dictionary<long, JsonElement>();
        while (true)
        {
            foreach (var contact in CrmItems.ReadItems(page))
            {
                byId[contact.Id("id") ?? 0] = contact;
            }

            if (page.Next is not { } start)
            {
                break;
            }

            var filter = new JsonObject { ["@id"] = new JsonArray([.. ids.Select(id => JsonValue.Create(id))]) };
            page = await client.CallAsync(CrmItems.List(CrmEntityTypes.Contact, filter, ["*"], start: start), CancellationToken.None);
        }

        var primary = deal.Id("contactId");
        return [.. ids.OrderBy(id => id != primary).Where(byId.ContainsKey).Select(id => byId[id])];
    }
}
