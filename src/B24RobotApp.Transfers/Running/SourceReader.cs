using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Running;

/// <summary>Reads a deal with all that travels along, in one request unless there are more rows or contacts than a page holds.</summary>
public sealed class SourceReader(SourcePortals portals, TemplateLearner templates)
{
    /// <summary>Of portals that name user fields in their own way: their names to the original ones.</summary>
    private readonly ConcurrentDictionary<(PortalId Portal, int EntityTypeId), Dictionary<string, string>> _names = new();

    /// <summary>Reads the deal, or whatever kind of item the robot stands on.</summary>
    /// <exception cref="TransferFailedException">The deal is gone, or nobody whose tokens we have may read it.</exception>
    /// <exception cref="Bitrix24Exception">The portal did not answer.</exception>
    public async Task<SourceDeal> ReadAsync(Transfer transfer, Portal portal, RobotSettings settings, TransferTexts texts, MappingProfile profile)
    {
        var rules = profile.Client;
        var withClient = settings.SendClient || profile.NamesClient;
        var (kind, dealId) = (transfer.Request.EntityTypeId, transfer.Request.ItemId);
        var calls = new List<Call> { CrmItems.Get(kind, dealId) };
        if (settings.SendProducts)
        {
            calls.Add(ProductRows.List(kind, dealId));
        }

        if (withClient)
        {
            // Without a company or contacts these refer to nothing and fail or bring strangers; neither is used then.
            calls.Add(CrmItems.Get(CrmEntityTypes.Company, JsonValue.Create(new ResultReference(0, "item", "companyId"))!));
            calls.Add(CrmItems.List(
                CrmEntityTypes.Contact,
                new JsonObject { ["@id"] = JsonValue.Create(new ResultReference(0, "item", "contactIds")) },
                ["*"]));
        }

        var details = calls.Count;
        if (settings.SendClient && rules.Requisites)
        {
            calls.AddRange(DetailCalls(rules));
        }

        var question = templates.FindQuestion(transfer.Request);
        if (question is not null)
        {
            calls.Add(question);
        }

        var (client, outcomes) = await portals.CallGroupAsync(portal, transfer.Request.UserId, calls, outcomes => IsDenied(outcomes, settings, withClient, details));
        var deal = await WithOriginalNamesAsync(portal, kind, client, ReadDeal(outcomes[0], dealId, texts));
        await templates.LearnAsync(transfer.Request, deal, question is null ? null : outcomes[^1]);
        var rows = settings.SendProducts ? await ReadRowsAsync(client, outcomes[1], kind, dealId) : [];
        if (!withClient)
        {
            return new SourceDeal(deal, rows, null, []);
        }

        var company = HasCompany(deal) ? ReadCompany(outcomes[details - 2]) : null;
        var source = new SourceDeal(deal, rows, company, await ReadContactsAsync(client, outcomes[details - 1], deal));
        return settings.SendClient && rules.Requisites ? await WithDetailsAsync(client, source, rules, [.. outcomes.Skip(details)]) : source;
    }

    /// <summary>What is asked of the details of company and contacts; the two kinds take turns.</summary>
    private static IEnumerable<Call> DetailCalls(ClientRules rules)
    {
        static JsonNode CompanyIds() => new JsonArray(JsonValue.Create(new ResultReference(0, "item", "companyId")));
        static JsonNode ContactIds() => JsonValue.Create(new ResultReference(0, "item", "contactIds"))!;
        yield return Requisites.List(CrmEntityTypes.Company, CompanyIds());
        yield return Requisites.List(CrmEntityTypes.Contact, ContactIds());
        if (rules.Addresses)
        {
            yield return Requisites.ListAddresses(CrmEntityTypes.Company, CompanyIds());
            yield return Requisites.ListAddresses(CrmEntityTypes.Contact, ContactIds());
        }
    }

    private static async Task<SourceDeal> WithDetailsAsync(PortalClient client, SourceDeal source, ClientRules rules, IReadOnlyList<CallOutcome> outcomes)
    {
        var companyIds = new JsonArray(source.Company is { } company ? [JsonValue.Create(company.Id("id") ?? 0)] : []);
        var contactIds = new JsonArray([.. source.Contacts.Select(contact => JsonValue.Create(contact.Id("id") ?? 0))]);
        async Task<IReadOnlyList<JsonElement>> ReadAsync(int index, JsonArray ids, Func<JsonNode, int, Call> list)
        {
            // Without owners the answer is about strangers; who may not read requisites sends none.
            if (ids.Count == 0 || outcomes[index].Failure is { Kind: FailureKind.Refused })
            {
                return [];
            }

            var page = outcomes[index].GetOrThrow();
            var read = Requisites.Read(page).ToList();
            while (page.Next is { } start)
            {
                page = await client.CallAsync(list(ids.DeepClone(), start), CancellationToken.None);
                read.AddRange(Requisites.Read(page));
            }

            return read;
        }

        var requisites = new List<JsonElement>();
        requisites.AddRange(await ReadAsync(0, companyIds, (ids, start) => Requisites.List(CrmEntityTypes.Company, ids, start)));
        requisites.AddRange(await ReadAsync(1, contactIds, (ids, start) => Requisites.List(CrmEntityTypes.Contact, ids, start)));
        var addresses = new List<JsonElement>();
        if (rules.Addresses)
        {
            addresses.AddRange(await ReadAsync(2, companyIds, (ids, start) => Requisites.ListAddresses(CrmEntityTypes.Company, ids, start)));
            addresses.AddRange(await ReadAsync(3, contactIds, (ids, start) => Requisites.ListAddresses(CrmEntityTypes.Contact, ids, start)));
        }

        return source with { Requisites = requisites, Addresses = addresses };
    }

    /// <summary>The deal alone, as far as it can be read; <see langword="null"/> if it cannot.</summary>
    /// <exception cref="Bitrix24Exception">Nobody's tokens work.</exception>
    public async Task<JsonElement?> FindAsync(Transfer transfer, Portal portal)
    {
        var (_, outcomes) = await portals.CallGroupAsync(
            portal,
            transfer.Request.UserId,
            [CrmItems.Get(transfer.Request.EntityTypeId, transfer.Request.ItemId)],
            outcomes => outcomes[0].Failure?.HasCode("ACCESS_DENIED") == true);
        return outcomes[0].Result is { } result ? CrmItems.ReadItem(result) : null;
    }

    /// <summary>Whether this user may not read the deal or what belongs to it. Of the calls that refer to nothing the errors mean nothing.</summary>
    private static bool IsDenied(IReadOnlyList<CallOutcome> outcomes, RobotSettings settings, bool withClient, int details)
    {
        static bool Denied(CallOutcome outcome) => outcome.Failure?.HasCode("ACCESS_DENIED") == true;
        if (outcomes[0].Result is not { } result)
        {
            return Denied(outcomes[0]);
        }

        var deal = CrmItems.ReadItem(result);
        return (settings.SendProducts && Denied(outcomes[1]))
            || (withClient && ((HasCompany(deal) && Denied(outcomes[details - 2])) || (ContactIds(deal).Count > 0 && Denied(outcomes[details - 1]))));
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
    private async Task<JsonElement> WithOriginalNamesAsync(Portal portal, int kind, PortalClient client, JsonElement deal)
    {
        if (CrmItems.HasOriginalNames(deal))
        {
            return deal;
        }

        if (!_names.TryGetValue((portal.Id, kind), out var known) || deal.AsMap().Any(field => !known.ContainsKey(field.Key)))
        {
            // Loaded again when a field shows up that was created since.
            var fields = CrmItems.ReadFields(await client.CallAsync(CrmItems.Fields(kind), CancellationToken.None));
            known = fields.ToDictionary(field => field.Name, field => field.IsUserField ? field.UpperName : field.Name, StringComparer.Ordinal);
            foreach (var (name, _) in deal.AsMap())
            {
                known.TryAdd(name, name);
            }

            _names[(portal.Id, kind)] = known;
        }

        var renamed = new JsonObject(deal.AsMap().Select(field => KeyValuePair.Create(known[field.Key], JsonNode.Parse(field.Value.GetRawText()))));
        return JsonSerializer.SerializeToElement(renamed);
    }

    private static async Task<List<JsonElement>> ReadRowsAsync(PortalClient client, CallOutcome first, int kind, long dealId)
    {
        if (first.Failure?.HasCode("ENTITY_TYPE_NOT_SUPPORTED") == true)
        {
            // A smart process without products.
            return [];
        }

        var page = first.GetOrThrow();
        var rows = ProductRows.ReadRows(page).ToList();
        while (page.Next is { } start)
        {
            page = await client.CallAsync(ProductRows.List(kind, dealId, start), CancellationToken.None);
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
