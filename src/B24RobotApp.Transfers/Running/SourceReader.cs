using System.Collections.Concurrent;
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
    /// <summary>Of portals that name user fields in their own way: their names to the original ones.</summary>
    private readonly ConcurrentDictionary<PortalId, Dictionary<string, string>> _names = new();

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

        var (client, outcomes) = await portals.CallGroupAsync(portal, transfer.Request.UserId, calls, outcomes => IsDenied(outcomes, settings));
        var deal = await WithOriginalNamesAsync(portal, client, ReadDeal(outcomes[0], dealId, texts));
        var rows = settings.SendProducts ? await ReadRowsAsync(client, outcomes[1], dealId) : [];
        if (!settings.SendClient)
        {
            return new SourceDeal(deal, rows, null, []);
        }

        return new SourceDeal(deal, rows, HasCompany(deal) ? ReadCompany(outcomes[^2]) : null, await ReadContactsAsync(client, outcomes[^1], deal));
    }

    /// <summary>The deal alone, as far as it can be read; <see langword="null"/> if it cannot.</summary>
    /// <exception cref="Bitrix24Exception">Nobody's tokens work.</exception>
    public async Task<JsonElement?> FindAsync(Transfer transfer, Portal portal)
    {
        var (_, outcomes) = await portals.CallGroupAsync(
            portal,
            transfer.Request.UserId,
            [CrmItems.Get(CrmEntityTypes.Deal, transfer.Request.ItemId)],
            outcomes => outcomes[0].Failure?.HasCode("ACCESS_DENIED") == true);
        return outcomes[0].Result is { } result ? CrmItems.ReadItem(result) : null;
    }

    /// <summary>Whether this user may not read the deal or what belongs to it. Of the calls that refer to nothing the errors mean nothing.</summary>
    private static bool IsDenied(IReadOnlyList<CallOutcome> outcomes, RobotSettings settings)
    {
        static bool Denied(CallOutcome outcome) => outcome.Failure?.HasCode("ACCESS_DENIED") == true;
        if (outcomes[0].Result is not { } result)
        {
            return Denied(outcomes[0]);
        }

        var deal = CrmItems.ReadItem(result);
        return (settings.SendProducts && Denied(outcomes[1]))
            || (settings.SendClient && ((HasCompany(deal) && Denied(outcomes[^2])) || (ContactIds(deal).Count > 0 && Denied(outcomes[^1]))));
    }

    private static bool HasCompany(JsonElement deal) => deal.Id("companyId") is > 0;

    private static IReadOnlyList<long> ContactIds(JsonElement deal) => deal.Property("contactIds").AsIds();

    /// <summary>A company that was deleted a moment ago is none.</summary>
    private static JsonElement? ReadCompany(CallOutcome outcome) =>
        outcome.Failure?.HasCode("NOT_FOUND") == true ? null : CrmItems.ReadItem(outcome.GetOrThrow());

    private static JsonElement ReadDeal(CallOutcome outcome, long dealId, TransferTexts texts)
    {
        if (outcome.Failure is { Kind: FailureKind.Refused } refused && (refused.HasCode("NOT_FOUND") || refused.HasCode("ACCESS_DENIED")))
        {
            throw new TransferFailedException("DEAL_NOT_FOUND", texts.DealGone(dealId));
        }

        return CrmItems.ReadItem(outcome.GetOrThrow());
    }

    /// <summary>A portal that does not know the wish for original names tells them in its fields' descriptions; profiles are written with the original names.</summary>
    private async Task<JsonElement> WithOriginalNamesAsync(Portal portal, PortalClient client, JsonElement deal)
    {
        if (CrmItems.HasOriginalNames(deal))
        {
            return deal;
        }

        if (!_names.TryGetValue(portal.Id, out var known) || deal.AsMap().Any(field => !known.ContainsKey(field.Key)))
        {
            // Loaded again when a field shows up that was created since.
            var fields = CrmItems.ReadFields(await client.CallAsync(CrmItems.Fields(CrmEntityTypes.Deal), CancellationToken.None));
            known = fields.ToDictionary(field => field.Name, field => field.IsUserField ? field.UpperName : field.Name, StringComparer.Ordinal);
            foreach (var (name, _) in deal.AsMap())
            {
                known.TryAdd(name, name);
            }

            _names[portal.Id] = known;
        }

        var renamed = new JsonObject(deal.AsMap().Select(field => KeyValuePair.Create(known[field.Key], JsonNode.Parse(field.Value.GetRawText()))));
        return JsonSerializer.SerializeToElement(renamed);
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
        var ids = ContactIds(deal);
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
