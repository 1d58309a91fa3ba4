using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Clients;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.address.*</c>: addresses hang on requisites (and leads), not on companies or contacts.</summary>
internal static class AddressMethods
{
    public static void Register(RestMethodTable table)
    {
        table.Add("crm.address.add", "crm", Add);
        table.Add("crm.address.update", "crm", Update);
        table.Add("crm.address.list", "crm", List);
    }

    private static JsonNode Add(RestCall call)
    {
        var data = call.Portal.Crm.Data;
        var fields = call.ClassicFields();
        var typeId = Positive(fields, "TYPE_ID");
        var entityTypeId = (int)Positive(fields, "ENTITY_TYPE_ID");
        if (entityTypeId is not (EntityTypes.RequisiteId or EntityTypes.LeadId))
        {
            throw new RestError("", "ENTITY_TYPE_ID is not defined or invalid.");
        }
        var entityId = Positive(fields, "ENTITY_ID");
        var requisite = entityTypeId == EntityTypes.RequisiteId ? data.Requisites.Find(known => known.Id == entityId) : null;
        var (anchorTypeId, anchorId) = requisite is null ? (entityTypeId, entityId) : (requisite.EntityTypeId, requisite.EntityId);
        var owner = data.FindStore(anchorTypeId)?.Find(anchorId) ?? throw new RestError("", "ENTITY_ID is not defined or invalid.");
        if (!call.Portal.Crm.Access.CanWrite(call.User, owner))
        {
            throw new RestError("", "Access denied.");
        }
        if (data.Addresses.Exists(known => known.TypeId == typeId && known.EntityTypeId == entityTypeId && known.EntityId == entityId))
        {
            throw new RestError("", "TypeAddress exists.");
        }

        var address = new Address(typeId, entityTypeId, entityId, anchorTypeId, anchorId, data.Next("location", 479));
        foreach (var line in Address.Lines)
        {
            address.Values[line] = fields[line].AsText();
        }
        data.Addresses.Add(address);
        return true;
    }

    /// <summary>The address is found by its type and its owner; lines that were not sent stay.</summary>
    private static JsonNode Update(RestCall call)
    {
        var data = call.Portal.Crm.Data;
        var fields = call.ClassicFields();
        var (typeId, entityTypeId, entityId) = (Positive(fields, "TYPE_ID"), (int)Positive(fields, "ENTITY_TYPE_ID"), Positive(fields, "ENTITY_ID"));
        var address = data.Addresses.Find(known => known.TypeId == typeId && known.EntityTypeId == entityTypeId && known.EntityId == entityId)
            ?? throw new RestError("", "TypeAddress not found.");
        if (data.FindStore(address.AnchorTypeId)?.Find(address.AnchorId) is not { } owner || !call.Portal.Crm.Access.CanWrite(call.User, owner))
        {
            throw new RestError("", "Access denied.");
        }

        foreach (var line in Address.Lines.Where(fields.ContainsKey))
        {
            address.Values[line] = fields[line].AsText();
        }
        return true;
    }

    private static JsonArray List(RestCall call) => call.Portal.Crm.Access.CanReadType(call.User)
        ? ClassicList.Answer(call, call.Portal.Crm.Data.Addresses.Select(View))
        : throw new RestError("", "Access denied.");

    private static JsonObject View(Address address)
    {
        var view = new JsonObject
        {
            ["TYPE_ID"] = address.TypeId.ToPhp(),
            ["ENTITY_TYPE_ID"] = ((long)address.EntityTypeId).ToPhp(),
            ["ENTITY_ID"] = address.EntityId.ToPhp(),
        };
        foreach (var line in Address.Lines)
        {
            view[line] = address.Values.GetValueOrDefault(line);
        }
        view["LOC_ADDR_ID"] = address.LocationId.ToPhp();
        view["ANCHOR_TYPE_ID"] = ((long)address.AnchorTypeId).ToPhp();
        view["ANCHOR_ID"] = address.AnchorId.ToPhp();
        return view;
    }

    private static long Positive(JsonObject fields, string name) =>
        fields[name].ToLong() is > 0 and var id ? id : throw new RestError("", $"{name} is not defined or invalid.");
}
