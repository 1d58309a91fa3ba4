using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;

namespace B24RobotApp.Transfers.Running.Clients;

/// <summary>Looks companies and contacts up on the ESB: by their origin, then by phone or e-mail, then by their tax number.</summary>
public sealed class ClientLookup(EsbPortals esbs, SourcePortals sources)
{
    /// <summary>Three look-ups an entity, so that a group stays within a batch.</summary>
    private const int EntitiesPerLookup = 16;

    /// <summary>Looks entities up; those that are not there are missing in the answer.</summary>
    internal async Task<Dictionary<ClientEntity, long>> FindAsync(ClientMatch match, IReadOnlyList<ClientEntity> entities)
    {
        var found = new Dictionary<ClientEntity, long>();
        foreach (var portion in entities.Chunk(EntitiesPerLookup))
        {
            await FindByOriginOrCommunicationAsync(match, portion, found);
        }

        var missing = entities.Where(entity => !found.ContainsKey(entity) && (entity.IsCompany || entity.Requisites.Count > 0)).ToList();
        if (missing.Count > 0)
        {
            await FindByTaxNumberAsync(match, missing, found);
        }

        return found;
    }

    /// <summary>The origin decides before a shared phone or e-mail, and of several hits the oldest.</summary>
    private async Task FindByOriginOrCommunicationAsync(ClientMatch match, ClientEntity[] entities, Dictionary<ClientEntity, long> found)
    {
        var calls = new List<(ClientEntity Entity, Call Call)>();
        foreach (var entity in entities)
        {
            var origin = new JsonObject { ["=originatorId"] = OriginKey.OriginatorOf(entity.Key.Member), ["=originId"] = OriginIdOf(entity) };
            calls.Add((entity, CrmItems.List(entity.EntityTypeId, origin, ["id"], new JsonObject { ["id"] = "ASC" })));
            foreach (var (type, values) in new[] { ("PHONE", entity.Phones.SelectMany(PhoneNumber.Spellings)), ("EMAIL", entity.Emails) })
            {
                string[] asked = [.. values.Distinct(StringComparer.OrdinalIgnoreCase).Take(Duplicates.MaxValues)];
                if (asked.Length > 0)
                {
                    calls.Add((entity, Duplicates.FindByComm(type, asked, DuplicateEntity(entity))));
                }
            }
        }

        var outcomes = await esbs.CallGroupAsync(match.Connection, [.. calls.Select(call => call.Call)]);
        for (var i = 0; i < calls.Count; i++)
        {
            var result = outcomes[i].GetOrThrow();
            IReadOnlyList<long> ids = calls[i].Call.Method == "crm.item.list"
                ? [.. CrmItems.ReadItems(result).Select(item => item.Id("id") ?? 0)]
                : Duplicates.ReadIds(result, DuplicateEntity(calls[i].Entity));
            if (ids.Count > 0)
            {
                found.TryAdd(calls[i].Entity, ids.Min());
            }
        }
    }

    private async Task FindByTaxNumberAsync(ClientMatch match, List<ClientEntity> entities, Dictionary<ClientEntity, long> found)
    {
        var requisites = await SourceRequisitesAsync(match, entities);
        var asked = requisites.SelectMany(pair => pair.Value.Select(requisite => (Entity: pair.Key, Requisite: requisite)))
            .Where(pair => !string.IsNullOrWhiteSpace(pair.Requisite.Text("RQ_INN"))).Take(BatchLimits.MaxCommands).ToList();
        if (asked.Count == 0)
        {
            return;
        }

        var outcomes = await esbs.CallGroupAsync(
            match.Connection, [.. asked.Select(pair => Requisites.FindByTaxNumber(pair.Entity.EntityTypeId, pair.Requisite.Text("RQ_INN")!.Trim()))]);
        for (var i = 0; i < asked.Count; i++)
        {
            var (entity, requisite) = asked[i];
            var hits = Requisites.Read(outcomes[i].GetOrThrow()).Where(hit => IsSameBranch(hit, requisite) && hit.Id("ENTITY_ID") > 0).ToList();
            if (hits.OrderByDescending(hit => HasNameOf(hit, entity, requisite)).ThenBy(hit => hit.Id("ENTITY_ID")).Cast<JsonElement?>().FirstOrDefault() is { } best)
            {
                found.TryAdd(entity, best.Id("ENTITY_ID")!.Value);
            }
        }
    }

    private async Task<Dictionary<ClientEntity, IReadOnlyList<JsonElement>>> SourceRequisitesAsync(ClientMatch match, List<ClientEntity> entities)
    {
        if (match.Rules.Requisites)
        {
            // They were read along with the deal.
            return entities.ToDictionary(entity => entity, entity => entity.Requisites);
        }

        var (_, outcomes) = await sources.CallGroupAsync(
            match.Portal, match.UserId, [.. entities.Select(entity => Requisites.List(entity.EntityTypeId, new JsonArray(entity.Key.SourceId)))], _ => false);
        return entities.Select((entity, i) => (Entity: entity, Outcome: outcomes[i])).ToDictionary(
            pair => pair.Entity,

            // Who may not read requisites is not found by them.
            pair => pair.Outcome.Failure is { Kind: FailureKind.Refused } ? [] : (IReadOnlyList<JsonElement>)[.. Requisites.Read(pair.Outcome.GetOrThrow())]);
    }

    /// <summary>Branches of one company share its tax number, and differ in the KPP.</summary>
    private static bool IsSameBranch(JsonElement hit, JsonElement requisite) =>
        hit.Text("RQ_KPP") is not { Length: > 0 } theirs || requisite.Text("RQ_KPP") is not { Length: > 0 } ours || theirs.Trim() == ours.Trim();

    private static bool HasNameOf(JsonElement hit, ClientEntity entity, JsonElement requisite)
    {
        static IEnumerable<string> Names(JsonElement details) =>
            new[] { details.Text("RQ_COMPANY_NAME"), details.Text("RQ_COMPANY_FULL_NAME"), details.Text("RQ_NAME") }.OfType<string>().Where(name => name.Length > 0);
        return Names(hit).Intersect([.. Names(requisite), entity.Item.Text("title") ?? ""], StringComparer.OrdinalIgnoreCase).Any();
    }

    internal static string OriginIdOf(ClientEntity entity) => entity.Key.SourceId.ToString(CultureInfo.InvariantCulture);

    private static string DuplicateEntity(ClientEntity entity) => entity.IsCompany ? "COMPANY" : "CONTACT";
}
