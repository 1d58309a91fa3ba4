using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;

namespace B24RobotApp.Transfers.Running.Clients;

/// <summary>Carries requisites and their addresses. They have no origin of their own: which are the same is told by the code the app leaves on them, or by the tax number.</summary>
public sealed class ClientDetails(EsbPortals esbs, SourcePortals sources, TimeProvider clock)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    /// <summary>Lines of an address that are the sender's to say.</summary>
    private static readonly string[] AddressLines = ["ADDRESS_1", "ADDRESS_2", "CITY", "POSTAL_CODE", "REGION", "PROVINCE", "COUNTRY", "COUNTRY_CODE"];

    private readonly ConcurrentDictionary<string, (IReadOnlyList<RequisitePreset> Presets, DateTimeOffset At)> _presets = new(StringComparer.Ordinal);

    /// <summary>Those details that belong to one company or contact.</summary>
    internal static List<JsonElement> Of(IReadOnlyList<JsonElement> details, string typeField, string idField, LinkKey key) =>
        [.. details.Where(detail => detail.Id(typeField) == (long)key.Entity && detail.Id(idField) == key.SourceId)];

    /// <summary>Writes the requisites and addresses of entities that stand on the ESB.</summary>
    /// <returns>Of what the ESB refused, by entity.</returns>
    /// <exception cref="Bitrix24Exception">A portal did not answer.</exception>
    internal async Task<Dictionary<ClientEntity, MappingProblem>> WriteAsync(
        ClientMatch match, IReadOnlyList<ClientEntity> entities, IReadOnlyDictionary<ClientEntity, long> ids)
    {
        var refused = new Dictionary<ClientEntity, MappingProblem>();
        try
        {
            var (source, esb) = (await SourcePresetsAsync(match), await EsbPresetsAsync(match));
            foreach (var entity in entities)
            {
                await WriteAsync(match, entity, ids[entity], requisite => PresetFor(requisite.Id("PRESET_ID"), source, esb));
            }
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            refused[entities[0]] = new("REQUISITES_NOT_WRITTEN", match.Texts.RequisitesNotWritten(exception.Code, exception.Description));
        }

        return refused;
    }

    private async Task WriteAsync(ClientMatch match, ClientEntity entity, long esbId, Func<JsonElement, long> presetFor)
    {
        var standing = await esbs.CallGroupAsync(
            match.Connection,
            [Requisites.List(entity.EntityTypeId, new JsonArray(esbId)), Requisites.ListAddresses(entity.EntityTypeId, new JsonArray(esbId))]);
        var known = Requisites.Read(standing[0].GetOrThrow()).ToList();
        var addresses = Requisites.Read(standing[1].GetOrThrow()).ToList();
        foreach (var requisite in entity.Requisites)
        {
            long requisiteId;
            if (known.Cast<JsonElement?>().FirstOrDefault(other => IsSame(other!.Value, requisite, entity)) is { } same)
            {
                requisiteId = same.Id("ID") ?? 0;
                var changes = Changes(requisite, same, match.Rules.Policy);
                if (changes.Count > 0)
                {
                    await esbs.CallAsync(match.Connection, Requisites.Update(requisiteId, changes));
                }
            }
            else
            {
                requisiteId = Requisites.ReadId(await esbs.CallAsync(match.Connection, Requisites.Add(FieldsOf(entity, requisite, esbId, presetFor(requisite))))) ?? 0;
            }

            await WriteAddressesAsync(match, [.. Of(entity.Addresses, requisite)], requisiteId, addresses);
        }
    }

    private async Task WriteAddressesAsync(ClientMatch match, List<JsonElement> addresses, long requisiteId, List<JsonElement> known)
    {
        var calls = new List<Call>();
        foreach (var address in addresses)
        {
            var fields = new JsonObject { ["TYPE_ID"] = address.Id("TYPE_ID") };
            foreach (var line in AddressLines)
            {
                fields[line] = address.Text(line) ?? "";
            }

            var same = known.Cast<JsonElement?>().FirstOrDefault(other => other!.Value.Id("ENTITY_ID") == requisiteId && other.Value.Id("TYPE_ID") == address.Id("TYPE_ID"));
            if (same is null)
            {
                calls.Add(Requisites.AddAddress(requisiteId, fields));
            }
            else if (match.Rules.Policy == ClientPolicy.Overwrite && AddressLines.Any(line => (same.Value.Text(line) ?? "") != (address.Text(line) ?? "")))
            {
                calls.Add(Requisites.UpdateAddress(requisiteId, fields));
            }
        }

        if (calls.Count > 0)
        {
            foreach (var outcome in await esbs.CallGroupAsync(match.Connection, calls))
            {
                outcome.GetOrThrow();
            }
        }
    }

    private static IEnumerable<JsonElement> Of(IReadOnlyList<JsonElement> addresses, JsonElement requisite) =>
        addresses.Where(address => address.Id("ENTITY_ID") == requisite.Id("ID"));

    private static bool IsSame(JsonElement standing, JsonElement requisite, ClientEntity entity) =>
        standing.Text("XML_ID") == CodeOf(entity, requisite)
        || (requisite.Text("RQ_INN") is { Length: > 0 } taxNumber && standing.Text("RQ_INN")?.Trim() == taxNumber.Trim()
            && (standing.Text("RQ_KPP") is not { Length: > 0 } kpp || requisite.Text("RQ_KPP") is not { Length: > 0 } ours || kpp == ours));

    /// <summary>Of existing requisites what is empty is filled in; only the policy <c>overwrite</c> changes what stands there.</summary>
    private static JsonObject Changes(JsonElement requisite, JsonElement standing, ClientPolicy policy)
    {
        var changes = new JsonObject();
        foreach (var (name, value) in DetailsOf(requisite))
        {
            var there = standing.Text(name) ?? "";
            if (policy == ClientPolicy.Overwrite ? there != value : there.Length == 0)
            {
                changes[name] = value;
            }
        }

        return changes;
    }

    private static JsonObject FieldsOf(ClientEntity entity, JsonElement requisite, long esbId, long presetId)
    {
        var fields = new JsonObject
        {
            ["ENTITY_TYPE_ID"] = entity.EntityTypeId,
            ["ENTITY_ID"] = esbId,
            ["PRESET_ID"] = presetId,
            ["NAME"] = requisite.Text("NAME") ?? "",
            ["XML_ID"] = CodeOf(entity, requisite),
        };
        foreach (var (name, value) in DetailsOf(requisite))
        {
            fields[name] = value;
        }

        return fields;
    }

    private static IEnumerable<KeyValuePair<string, string>> DetailsOf(JsonElement requisite) => requisite.AsMap()
        .Where(field => field.Key.StartsWith("RQ_", StringComparison.Ordinal))
        .Select(field => KeyValuePair.Create(field.Key, field.Value.AsText() ?? ""))
        .Where(field => field.Value.Length > 0);

    private static string CodeOf(ClientEntity entity, JsonElement requisite) => $"{OriginKey.OriginatorOf(entity.Key.Member)}:{requisite.Text("ID")}";

    private async Task<IReadOnlyList<RequisitePreset>> SourcePresetsAsync(ClientMatch match) => await KeepAsync($"source {match.Portal.Id}", async () =>
        (await sources.CallGroupAsync(match.Portal, match.UserId, [Requisites.ListPresets()], _ => false)).Outcomes[0].GetOrThrow());

    private async Task<IReadOnlyList<RequisitePreset>> EsbPresetsAsync(ClientMatch match) => await KeepAsync(
        $"esb {match.Connection.Portal.Authority}", () => esbs.CallAsync(match.Connection, Requisites.ListPresets()));

    private async Task<IReadOnlyList<RequisitePreset>> KeepAsync(string key, Func<Task<CallResult>> ask)
    {
        if (!_presets.TryGetValue(key, out var known) || clock.GetUtcNow() - known.At > KeptFor)
        {
            _presets[key] = known = (Requisites.ReadPresets(await ask()), clock.GetUtcNow());
        }

        return known.Presets;
    }

    /// <summary>The ESB's template for the source's: the same code, or else the same name, or else the first.</summary>
    private static long PresetFor(long? presetId, IReadOnlyList<RequisitePreset> source, IReadOnlyList<RequisitePreset> esb)
    {
        var wanted = source.FirstOrDefault(preset => preset.Id == presetId);
        var counterpart = wanted is null ? null
            : esb.FirstOrDefault(preset => preset.XmlId.Length > 0 && preset.XmlId == wanted.XmlId)
                ?? esb.FirstOrDefault(preset => string.Equals(preset.Name, wanted.Name, StringComparison.OrdinalIgnoreCase));
        return counterpart?.Id ?? (esb.Count > 0 ? esb[0].Id : 0);
    }
}
