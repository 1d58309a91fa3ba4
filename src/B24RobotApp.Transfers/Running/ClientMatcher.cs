using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Running;

/// <summary>The deal's client as the ESB knows it.</summary>
public sealed record EsbClient(long? CompanyId, IReadOnlyList<long> ContactIds);

/// <summary>
/// Finds a deal's company and contacts on the ESB, by their origin, then by phone or e-mail, and creates what is not there. Two transfers that meet the same new client at the
/// same time wait for each other, so that one of them creates and the other finds.
/// </summary>
public sealed partial class ClientMatcher(LinkStore links, EsbPortals portals)
{
    /// <summary>Three look-ups an entity, so that a group stays within a batch.</summary>
    private const int EntitiesPerLookup = 16;

    private readonly KeyedLocks _locks = new();

    /// <summary>Returns the counterparts of the source's company and contacts, in their order.</summary>
    public async Task<EsbClient> MatchAsync(
        Portal portal, EsbConnection connection, SourceDeal source, WriteIntent intent, CancellationToken cancellationToken)
    {
        var entities = source.Contacts.Select(item => new Entity(LinkedEntity.Contact, item, KeyOf(portal, connection, LinkedEntity.Contact, item))).ToList();
        if (source.Company is { } company)
        {
            entities.Insert(0, new Entity(LinkedEntity.Company, company, KeyOf(portal, connection, LinkedEntity.Company, company)));
        }

        if (entities.Count == 0)
        {
            return new EsbClient(null, []);
        }

        var known = await links.FindAsync([.. entities.Select(entity => entity.Key)], cancellationToken);
        var unknown = entities.Where(entity => !known.ContainsKey(entity.Key)).ToList();
        var ids = known.ToDictionary(link => link.Key, link => link.Value.EsbId);
        if (unknown.Count > 0)
        {
            await using var held = await _locks.AcquireAsync(unknown.SelectMany(entity => LockKeys(connection, entity)), cancellationToken);
            await MatchUnknownAsync(portal, connection, unknown, ids, intent);
        }

        return new EsbClient(
            entities.Where(entity => entity.Kind == LinkedEntity.Company).Select(entity => (long?)ids[entity.Key]).FirstOrDefault(),
            [.. entities.Where(entity => entity.Kind == LinkedEntity.Contact).Select(entity => ids[entity.Key]).Distinct()]);
    }

    private async Task MatchUnknownAsync(
        Portal portal, EsbConnection connection, List<Entity> unknown, Dictionary<LinkKey, long> ids, WriteIntent intent)
    {
        // Another transfer may have been faster while this one waited for the locks.
        foreach (var (key, link) in await links.FindAsync([.. unknown.Select(entity => entity.Key)], CancellationToken.None))
        {
            ids[key] = link.EsbId;
        }

        var client = portals.For(connection);
        var found = new List<Link>();
        foreach (var portion in unknown.Where(entity => !ids.ContainsKey(entity.Key)).Chunk(EntitiesPerLookup))
        {
            foreach (var (entity, esbId) in await LookUpAsync(client, portal, portion))
            {
                ids[entity.Key] = esbId;
                found.Add(new Link(entity.Key, esbId, null));
            }
        }

        await links.SaveAsync(found, Durability.Relaxed, CancellationToken.None);
        var missing = unknown.Where(entity => !ids.ContainsKey(entity.Key)).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        intent.RequireSettled(connection.Portal.Authority, "crm.item.add");
        await intent.RecordAsync(forDeal: false);
        if (missing[0].Kind == LinkedEntity.Company)
        {
            await CreateAsync(client, portal, [missing[0]], null, ids);
            missing.RemoveAt(0);
        }

        var companyId = unknown[0].Kind == LinkedEntity.Company ? ids[unknown[0].Key] : (long?)null;
        foreach (var portion in missing.Chunk(BatchLimits.MaxCommands))
        {
            await CreateAsync(client, portal, portion, companyId, ids);
        }
    }

    /// <summary>Looks entities up in one request each portion; the origin decides before a shared phone or e-mail, and of several hits the oldest.</summary>
    private static async Task<List<(Entity Entity, long EsbId)>> LookUpAsync(PortalClient client, Portal portal, IReadOnlyList<Entity> entities)
    {
        var calls = new List<Call>();
        var owners = new List<Entity>();
        foreach (var entity in entities)
        {
            void Ask(Call call)
            {
                calls.Add(call);
                owners.Add(entity);
            }

            Ask(CrmItems.List(
                (int)entity.Kind,
                new JsonObject { ["=originatorId"] = OriginatorOf(portal), ["=originId"] = OriginIdOf(entity) },
                ["id"],
                new JsonObject { ["id"] = "ASC" }));
            foreach (var (type, values) in new[] { ("PHONE", entity.Phones), ("EMAIL", entity.Emails) })
            {
                if (values.Count > 0)
                {
                    Ask(Duplicates.FindByComm(type, [.. values.Take(Duplicates.MaxValues)], DuplicateEntity(entity)));
                }
            }
        }

        var outcomes = await client.CallGroupAsync(new CallGroup(calls), CancellationToken.None);
        var hits = new Dictionary<Entity, long>();
        for (var i = 0; i < calls.Count; i++)
        {
            var result = outcomes[i].GetOrThrow();
            var ids = calls[i].Method == "crm.item.list"
                ? [.. CrmItems.ReadItems(result).Select(item => item.Id("id") ?? 0)]
                : Duplicates.ReadIds(result, DuplicateEntity(owners[i]));
            if (ids.Count > 0)
            {
                hits.TryAdd(owners[i], ids.Min());
            }
        }

        return [.. hits.Select(hit => (hit.Key, hit.Value))];
    }

    private async Task CreateAsync(
        PortalClient client, Portal portal, IReadOnlyList<Entity> entities, long? companyId, Dictionary<LinkKey, long> ids)
    {
        var calls = entities.Select(entity => CrmItems.Add((int)entity.Kind, FieldsOf(portal, entity, companyId)));
        var outcomes = await client.CallGroupAsync(new CallGroup([.. calls]), CancellationToken.None);

        // What was created is linked even if another one failed: the next attempt must not create it again.
        var created = new List<Link>();
        for (var i = 0; i < entities.Count; i++)
        {
            if (outcomes[i].Result is { } result && CrmItems.ReadItem(result).Id("id") is { } esbId)
            {
                created.Add(new Link(entities[i].Key, esbId, null));
                ids[entities[i].Key] = esbId;
            }
        }

        await links.SaveAsync(created, Durability.Full, CancellationToken.None);
        foreach (var outcome in outcomes)
        {
            outcome.GetOrThrow();
        }
    }

    private static JsonObject FieldsOf(Portal portal, Entity entity, long? companyId)
    {
        var fields = new JsonObject { ["originatorId"] = OriginatorOf(portal), ["originId"] = OriginIdOf(entity) };
        var names = entity.Kind == LinkedEntity.Company ? (string[])["title", "comments"] : ["name", "secondName", "lastName", "post", "comments"];
        foreach (var name in names)
        {
            if (entity.Item.Text(name) is { Length: > 0 } value)
            {
                fields[name] = value;
            }
        }

        var communications = new JsonArray();
        foreach (var communication in entity.Communications)
        {
            communications.Add(new JsonObject
            {
                ["typeId"] = communication.Type,
                ["valueType"] = communication.ValueType,
                ["value"] = communication.Value,
            });
        }

        if (communications.Count > 0)
        {
            fields["fm"] = communications;
        }

        if (entity.Kind == LinkedEntity.Contact && companyId is { } id)
        {
            fields["companyId"] = id;
        }

        return fields;
    }

    private static IEnumerable<string> LockKeys(EsbConnection connection, Entity entity)
    {
        yield return $"{connection.Code}|{entity.Kind}|{entity.Key.Member}|{entity.Key.SourceId}";
        foreach (var phone in entity.Phones)
        {
            // Only digits, and of those the last ten: +7 and 8 begin the same Russian number.
            var digits = NotDigits().Replace(phone, "");
            yield return $"{connection.Code}|{entity.Kind}|{digits[^Math.Min(10, digits.Length)..]}";
        }

        foreach (var email in entity.Emails)
        {
            yield return $"{connection.Code}|{entity.Kind}|{email.ToUpperInvariant()}";
        }
    }

    private static LinkKey KeyOf(Portal portal, EsbConnection connection, LinkedEntity kind, JsonElement item) =>
        new(portal.MemberId, connection.Code, kind, item.Id("id") ?? 0);

    private static string OriginatorOf(Portal portal) => Provenance.OriginatorPrefix + portal.MemberId;

    private static string OriginIdOf(Entity entity) => entity.Key.SourceId.ToString(CultureInfo.InvariantCulture);

    private static string DuplicateEntity(Entity entity) => entity.Kind == LinkedEntity.Company ? "COMPANY" : "CONTACT";

    [GeneratedRegex(@"\D")]
    private static partial Regex NotDigits();

    // Bitrix24 refuses the whole client for one e-mail that is none.
    [GeneratedRegex(@"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    private static partial Regex PlausibleEmail();

    private sealed record Communication(string Type, string ValueType, string Value);

    private sealed class Entity
    {
        public Entity(LinkedEntity kind, JsonElement item, LinkKey key)
        {
            Kind = kind;
            Item = item;
            Key = key;
            Communications = [.. ReadCommunications(item)];
        }

        public LinkedEntity Kind { get; }

        public JsonElement Item { get; }

        public LinkKey Key { get; }

        public IReadOnlyList<Communication> Communications { get; }

        public IReadOnlyList<string> Phones => ValuesOf("PHONE");

        public IReadOnlyList<string> Emails => ValuesOf("EMAIL");

        private List<string> ValuesOf(string type) =>
            [.. Communications.Where(communication => communication.Type == type).Select(communication => communication.Value)];

        private static IEnumerable<Communication> ReadCommunications(JsonElement item)
        {
            if (!item.TryGetProperty("fm", out var list))
            {
                yield break;
            }

            foreach (var entry in list.AsList())
            {
                var type = entry.Text("typeId");
                var value = entry.Text("value")?.Trim();
                if (type is "PHONE" or "EMAIL" or "WEB" or "IM" && value is { Length: > 0 } && (type != "EMAIL" || PlausibleEmail().IsMatch(value)))
                {
                    yield return new Communication(type, entry.Text("valueType") is { Length: > 0 } valueType ? valueType : "WORK", value);
                }
            }
        }
    }
}
