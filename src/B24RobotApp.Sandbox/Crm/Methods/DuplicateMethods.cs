using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary>Search by phone and e-mail, and merging.</summary>
internal static class DuplicateMethods
{
    private const int MostValues = 20;

    /// <summary>Once one kind has as many hits, the kinds after it are left out.</summary>
    private const int Enough = 20;

    public static void Register(RestMethodTable table)
    {
        table.Add("crm.duplicate.findbycomm", "crm", FindByCommunication);
        table.Add("crm.entity.mergebatch", "crm", Merge);
    }

    private static JsonNode FindByCommunication(RestCall call)
    {
        var crm = call.Portal.Crm;
        if (!crm.Access.CanReadType(call.User))
        {
            throw new RestError("", "Access denied.");
        }
        var type = call.Classic("type").AsText()?.ToUpperInvariant();
        if (string.IsNullOrEmpty(type))
        {
            throw new RestError("", "Communication type is not defined");
        }
        if (type is not ("PHONE" or "EMAIL"))
        {
            throw new RestError("", $"Communication type '{type}' is not supported in current context");
        }
        var values = call.Classic("values").AsList();
        if (values is null or { Count: 0 })
        {
            throw new RestError("", "Communication values is not defined");
        }

        var wanted = values.Take(MostValues).Select(value => Comparable(type, value.AsText() ?? "")).Where(value => value.Length > 0).ToHashSet();
        var kind = call.Classic("entity_type").AsText()?.ToUpperInvariant();
        var found = new JsonObject();
        foreach (var store in new[] { crm.Data.Store(EntityTypes.LeadId), crm.Data.Contacts, crm.Data.Companies })
        {
            if (!string.IsNullOrEmpty(kind) && store.Type.Code != kind)
            {
                continue;
            }
            var ids = store.All
                .Where(item => crm.Access.CanRead(call.User, item)
                    && item.Multifields.Exists(value => value.TypeId == type && wanted.Contains(Comparable(type, value.Value))))
                .Select(item => (JsonNode)item.Id)
                .ToList();
            if (ids.Count > 0)
            {
                found[store.Type.Code] = new JsonArray([.. ids]);
            }
            if (ids.Count >= Enough)
            {
                break;
            }
        }
        return found;
    }

    private static JsonObject Merge(RestCall call)
    {
        var crm = call.Portal.Crm;
        var parameters = call.RequireMap("params");
        if (parameters["entityTypeId"] is null)
        {
            throw new RestError(0, "The parameter entityTypeId is required.");
        }
        var store = crm.Data.Store(parameters["entityTypeId"].ToLong());
        var ids = (parameters["entityIds"].AsList() ?? []).Select(id => id.ToLong()).Where(id => id > 0).Distinct().ToList();
        if (ids.Count < 2)
        {
            throw new RestError(0, ids.Count == 0
                ? "The parameter entityIds does not contains valid elements."
                : "The parameter entityIds must contains at least two elements.");
        }
        foreach (var id in ids)
        {
            crm.Access.Require(store, id, call.User, toWrite: true);
        }
        ItemMerge.Run(crm.Data, crm.Writer, store, ids[0], ids[1..], new ItemAuthor(call.User));
        return new() { ["STATUS"] = "SUCCESS", ["ENTITY_IDS"] = new JsonArray([.. ids[1..].Select(id => (JsonNode)id)]) };
    }

    /// <summary>Phones as digits without extension, the Russian 8 as 7; addresses in small letters.</summary>
    private static string Comparable(string type, string value)
    {
        if (type == "EMAIL")
        {
            return value.Trim().ToUpperInvariant();
        }
        var extension = value.IndexOfAny([';', ',', '#', 'x', 'д']);
        var digits = string.Concat((extension < 0 ? value : value[..extension]).Where(char.IsAsciiDigit));
        return digits is ['8', .. { Length: 10 } rest] ? "7" + rest : digits;
    }
}
