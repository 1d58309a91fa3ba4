using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;

namespace B24RobotApp.Transfers.Running.Clients;

/// <summary>Brings companies and contacts that the ESB knows in line with the source, as far as the policy allows. Asked only when the source's client has changed.</summary>
public sealed class ClientUpdate(LinkStore links, EsbPortals esbs)
{
    /// <summary>Reads the entities and writes what differs.</summary>
    /// <returns>Of what the ESB refused, by entity.</returns>
    /// <exception cref="Bitrix24Exception">One of them is gone, or the ESB did not answer.</exception>
    internal async Task<Dictionary<ClientEntity, MappingProblem>> UpdateAsync(
        ClientMatch match, IReadOnlyList<ClientEntity> entities, IReadOnlyDictionary<ClientEntity, long> ids)
    {
        var refused = new Dictionary<ClientEntity, MappingProblem>();
        foreach (var portion in entities.Chunk(BatchLimits.MaxCommands))
        {
            var read = await esbs.CallGroupAsync(match.Connection, [.. portion.Select(entity => CrmItems.Get(entity.EntityTypeId, ids[entity]))]);
            var updates = new List<(ClientEntity Entity, Call Call)>();
            for (var i = 0; i < portion.Length; i++)
            {
                if (read[i].Failure?.HasCode("NOT_FOUND") == true)
                {
                    await links.DeleteAsync(portion[i].Key, CancellationToken.None);
                    throw new Bitrix24Exception(
                        FailureKind.NotExecuted, match.Connection.Portal.Authority, "crm.item.get", "CLIENT_GONE",
                        "The client that the deal had there was deleted; it is looked for and created again.");
                }

                if (read[i].Failure is { Kind: FailureKind.Refused } unreadable)
                {
                    refused[portion[i]] = Problem(match, unreadable);
                    continue;
                }

                var fields = Changes(portion[i], CrmItems.ReadItem(read[i].GetOrThrow()), match.Rules.Policy, CompanyOf(ids));
                if (fields.Count > 0)
                {
                    updates.Add((portion[i], CrmItems.Update(portion[i].EntityTypeId, ids[portion[i]], fields)));
                }
            }

            if (updates.Count == 0)
            {
                continue;
            }

            var outcomes = await esbs.CallGroupAsync(match.Connection, [.. updates.Select(update => update.Call)]);
            for (var i = 0; i < updates.Count; i++)
            {
                if (outcomes[i].Failure is { Kind: FailureKind.Refused } failure)
                {
                    refused[updates[i].Entity] = Problem(match, failure);
                    continue;
                }

                outcomes[i].GetOrThrow();
            }
        }

        return refused;
    }

    /// <summary>What is written of an entity over one that stands on the ESB.</summary>
    internal static JsonObject Changes(ClientEntity entity, JsonElement current, ClientPolicy policy, long? companyId)
    {
        var fields = new JsonObject();
        foreach (var (name, value) in entity.Texts)
        {
            var standing = current.Text(name) ?? "";
            if (policy == ClientPolicy.Overwrite ? standing != value : standing.Length == 0)
            {
                fields[name] = value;
            }
        }

        // Numbers and addresses are only ever added: those that stand there may be what the ESB's people work with.
        var known = ClientEntity.ReadCommunications(current).ToList();
        var added = entity.Communications
            .Where(communication => policy == ClientPolicy.Overwrite
                ? !known.Exists(communication.IsSame)
                : !known.Exists(other => other.Type == communication.Type))
            .ToList();
        if (added.Count > 0)
        {
            fields["fm"] = new JsonArray([.. added.Select(communication => communication.ToJson())]);
        }

        if (!entity.IsCompany && companyId is { } id && current.Id("companyId") is not > 0)
        {
            fields["companyId"] = id;
        }

        return fields;
    }

    private static long? CompanyOf(IReadOnlyDictionary<ClientEntity, long> ids) =>
        ids.Where(known => known.Key.IsCompany).Select(known => (long?)known.Value).FirstOrDefault();

    private static MappingProblem Problem(ClientMatch match, Bitrix24Exception failure) =>
        new("CLIENT_NOT_UPDATED", match.Texts.ClientNotUpdated(failure.Code, failure.Description));
}
