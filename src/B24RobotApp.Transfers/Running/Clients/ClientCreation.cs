using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Running.Clients;

/// <summary>Creates companies and contacts on the ESB, each once: what is sent is noted on disk before, and nobody creates the same client beside one whose answer was lost.</summary>
public sealed class ClientCreation(LinkStore links, UnsettledClients unsettled, EsbPortals esbs)
{
    /// <summary>A create may take more than a second, and a request is cut after 60.</summary>
    private const int EntitiesPerCreate = 10;

    /// <summary>Creates entities that are not there; the company comes first, since its contacts refer to it.</summary>
    /// <param name="match">Whose client it is.</param>
    /// <param name="intent">Notes that something is about to be created.</param>
    /// <param name="missing">What is created.</param>
    /// <param name="ids">The ESB's ids of all that is known; those of what is created are added.</param>
    internal async Task CreateAsync(ClientMatch match, WriteIntent intent, List<ClientEntity> missing, Dictionary<ClientEntity, long> ids)
    {
        var names = missing.SelectMany(entity => entity.LockKeys()).ToList();
        intent.RequireSettled(match.Connection.Portal.Authority, "crm.item.add");
        if (await unsettled.FindAsync(names, CancellationToken.None) is { } until)
        {
            throw WriteIntent.Pending(match.Connection.Portal.Authority, "crm.item.add", until);
        }

        // Both notes are on disk before anything is sent; they share one write.
        await Task.WhenAll(
            intent.RecordAsync(forDeal: false), unsettled.NoteAsync(names, CancellationToken.None));
        try
        {
            foreach (var company in missing.Where(entity => entity.IsCompany))
            {
                await CreateAsync(match, [company], null, ids);
            }

            var companyId = ids.Where(known => known.Key.IsCompany).Select(known => (long?)known.Value).FirstOrDefault();
            foreach (var portion in missing.Where(entity => !entity.IsCompany).Chunk(EntitiesPerCreate))
            {
                await CreateAsync(match, portion, companyId, ids);
            }
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.OutcomeUnknown)
        {
            unsettled.NoteLost(names);
            throw;
        }
        catch (Bitrix24Exception)
        {
            await unsettled.ForgetAsync(names, CancellationToken.None);
            throw;
        }

        await unsettled.ForgetAsync(names, CancellationToken.None);
    }

    private async Task CreateAsync(ClientMatch match, ClientEntity[] entities, long? companyId, Dictionary<ClientEntity, long> ids)
    {
        var outcomes = await esbs.CallGroupAsync(
            match.Connection, [.. entities.Select(entity => CrmItems.Add(entity.EntityTypeId, FieldsOf(entity, companyId)))]);

        // What was created is linked even if another one failed: the next attempt must not create it again.
        var created = new List<Link>();
        for (var i = 0; i < entities.Length; i++)
        {
            if (outcomes[i].Result is { } result && CrmItems.ReadItem(result).Id("id") is { } esbId)
            {
                ids[entities[i]] = esbId;
                created.Add(new Link(entities[i].Key, esbId, ClientLinks.HashAfterCreation(entities[i])));
            }
        }

        await links.SaveAsync(created, Durability.Full, CancellationToken.None);

        // Of several failures the one that leaves something open counts.
        foreach (var outcome in outcomes.OrderByDescending(outcome => outcome.Failure?.Kind == FailureKind.OutcomeUnknown))
        {
            outcome.GetOrThrow();
        }
    }

    private static JsonObject FieldsOf(ClientEntity entity, long? companyId)
    {
        var fields = new JsonObject
        {
            ["originatorId"] = OriginKey.OriginatorOf(entity.Key.Member),
            ["originId"] = ClientLookup.OriginIdOf(entity),
        };
        foreach (var (name, value) in entity.Texts)
        {
            fields[name] = value;
        }

        if (entity.Communications.Count > 0)
        {
            fields["fm"] = new JsonArray([.. entity.Communications.Select(communication => communication.ToJson())]);
        }

        if (!entity.IsCompany && companyId is { } id)
        {
            fields["companyId"] = id;
        }

        return fields;
    }
}
