using System.Text.Json;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Running.Clients;

/// <summary>
/// Finds a deal's company and contacts on the ESB, creates what is not there and brings the rest up to date, as the profile's policy says. Two transfers that meet the same new client at the
/// same time wait for each other, so that one of them creates and the other finds. A known client that did not change at the source costs no call.
/// </summary>
public sealed class ClientMatcher(LinkStore links, ClientLookup lookup, ClientCreation creation, ClientUpdate update, ClientDetails details)
{
    private readonly KeyedLocks _locks = new();

    /// <summary>Returns the counterparts of the source's company and contacts, in their order.</summary>
    /// <param name="match">Whose client it is.</param>
    /// <param name="intent">Notes that something is about to be created.</param>
    /// <param name="cancellationToken">Ends the waiting; what was sent is finished and remembered.</param>
    public async Task<EsbClient> MatchAsync(ClientMatch match, WriteIntent intent, CancellationToken cancellationToken)
    {
        var entities = Entities(match);
        if (entities.Count == 0)
        {
            return new EsbClient(null, [], []);
        }

        var known = await FindLinksAsync(entities, cancellationToken);
        IReadOnlyList<MappingProblem> warnings = [];
        var open = entities.Where(entity => IsOpen(entity, known, match.Rules)).ToList();
        var earlier = known.Values.ToList();
        var ids = known.ToDictionary(link => link.Key, link => link.Value.EsbId);
        if (open.Count > 0)
        {
            await using var held = await _locks.AcquireAsync(open.SelectMany(entity => entity.LockKeys()), cancellationToken);

            // Another transfer may have been faster while this one waited for the locks.
            known = await FindLinksAsync(entities, CancellationToken.None);
            ids = known.ToDictionary(link => link.Key, link => link.Value.EsbId);
            warnings = await SettleAsync(match, intent, [.. entities.Where(entity => IsOpen(entity, known, match.Rules))], known, ids);
        }

        return new EsbClient(
            entities.Where(entity => entity.IsCompany && ids.ContainsKey(entity)).Select(entity => (long?)ids[entity]).FirstOrDefault(),
            [.. entities.Where(entity => !entity.IsCompany && ids.ContainsKey(entity)).Select(entity => ids[entity]).Distinct()],
            earlier)
        {
            Warnings = warnings,
        };
    }

    /// <summary>Looks the counterparts up, and neither creates nor remembers any.</summary>
    /// <returns>Company and contacts in the source's order, each with its id on the ESB if it is there.</returns>
    public async Task<IReadOnlyList<(LinkedEntity Kind, JsonElement Item, long? EsbId)>> FindAsync(ClientMatch match, CancellationToken cancellationToken)
    {
        var entities = Entities(match);
        var ids = (await FindLinksAsync(entities, cancellationToken)).ToDictionary(link => link.Key, link => link.Value.EsbId);
        var unknown = entities.Where(entity => !ids.ContainsKey(entity)).ToList();
        foreach (var (entity, esbId) in unknown.Count == 0 ? [] : await lookup.FindAsync(match, unknown))
        {
            ids[entity] = esbId;
        }

        return [.. entities.Select(entity => (entity.Kind, entity.Item, ids.TryGetValue(entity, out var id) ? id : (long?)null))];
    }

    private static bool IsOpen(ClientEntity entity, Dictionary<ClientEntity, Link> known, ClientRules rules) =>
        !known.TryGetValue(entity, out var link) || ClientLinks.HasNews(link, entity, rules);

    /// <summary>Finds, creates and updates what is open.</summary>
    private async Task<IReadOnlyList<MappingProblem>> SettleAsync(
        ClientMatch match, WriteIntent intent, List<ClientEntity> open, Dictionary<ClientEntity, Link> known, Dictionary<ClientEntity, long> ids)
    {
        var unknown = open.Where(entity => !known.ContainsKey(entity)).ToList();
        var found = unknown.Count == 0 ? [] : await lookup.FindAsync(match, unknown);
        foreach (var (entity, esbId) in found)
        {
            ids[entity] = esbId;
        }

        await links.SaveAsync([.. found.Select(hit => new Link(hit.Key.Key, hit.Value, null))], Durability.Relaxed, CancellationToken.None);
        var missing = unknown.Where(entity => !found.ContainsKey(entity)).ToList();
        if (missing.Count > 0 && match.Rules.Policy != ClientPolicy.LinkOnly)
        {
            await creation.CreateAsync(match, intent, missing, ids);
        }

        // What was just created is as the source has it, but for its requisites.
        var changed = match.Rules.Policy is ClientPolicy.FillEmpty or ClientPolicy.Overwrite
            ? open.Where(entity => ids.ContainsKey(entity) && !missing.Contains(entity) && !(known.GetValueOrDefault(entity) is { } link && ClientLinks.LacksDetails(link))).ToList()
            : [];
        var refused = changed.Count == 0 ? [] : await update.UpdateAsync(match, changed, ids);
        var detailed = open.Where(entity => ids.ContainsKey(entity) && entity.Requisites.Count > 0
            && (changed.Contains(entity) || missing.Contains(entity) || (known.GetValueOrDefault(entity) is { } link && ClientLinks.LacksDetails(link)))).ToList();
        foreach (var (entity, problem) in detailed.Count == 0 ? [] : await details.WriteAsync(match, detailed, ids))
        {
            refused.TryAdd(entity, problem);
        }

        // What was refused is tried again by the next transfer.
        await links.SaveAsync(
            [.. changed.Union(detailed).Where(entity => !refused.ContainsKey(entity)).Select(entity => new Link(entity.Key, ids[entity], entity.Digest()))],
            Durability.Relaxed,
            CancellationToken.None);
        return [.. refused.Values.Distinct()];
    }

    private async Task<Dictionary<ClientEntity, Link>> FindLinksAsync(IReadOnlyList<ClientEntity> entities, CancellationToken cancellationToken)
    {
        var found = await links.FindAsync([.. entities.Select(entity => entity.Key)], cancellationToken);
        return entities.Where(entity => found.ContainsKey(entity.Key)).ToDictionary(entity => entity, entity => found[entity.Key]);
    }

    private static List<ClientEntity> Entities(ClientMatch match)
    {
        var source = match.Source;
        var entities = source.Contacts.Select(item => Entity(match, LinkedEntity.Contact, item)).ToList();
        if (source.Company is { } company)
        {
            entities.Insert(0, Entity(match, LinkedEntity.Company, company));
        }

        return entities;
    }

    private static ClientEntity Entity(ClientMatch match, LinkedEntity kind, JsonElement item)
    {
        var key = new LinkKey(match.Portal.MemberId, match.Connection.Code, kind, item.Id("id") ?? 0);
        return new ClientEntity(kind, item, key)
        {
            Requisites = match.Rules.Requisites ? ClientDetails.Of(match.Source.Requisites, "ENTITY_TYPE_ID", "ENTITY_ID", key) : [],
            Addresses = match.Rules is { Requisites: true, Addresses: true } ? ClientDetails.Of(match.Source.Addresses, "ANCHOR_TYPE_ID", "ANCHOR_ID", key) : [],
        };
    }
}
