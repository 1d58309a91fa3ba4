using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Clients;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.requisite.*</c> and its templates.</summary>
internal static class RequisiteMethods
{
    private static readonly (long Id, string Name)[] Presets =
        [(1, "Organization"), (2, "Sole proprietorship"), (3, "Individual")];

    public static void Register(RestMethodTable table)
    {
        table.Add("crm.requisite.add", "crm", Add);
        table.Add("crm.requisite.get", "crm", call => View(call, Require(call, toWrite: false)));
        table.Add("crm.requisite.list", "crm", List);
        table.Add("crm.requisite.update", "crm", Update);
        table.Add("crm.requisite.delete", "crm", Delete);
        table.Add("crm.requisite.preset.list", "crm", ListPresets);
    }

    private static JsonNode Add(RestCall call)
    {
        var data = call.Portal.Crm.Data;
        var fields = call.ClassicFields();
        var entityTypeId = fields["ENTITY_TYPE_ID"].ToLong();
        if (entityTypeId is not (EntityTypes.ContactId or EntityTypes.CompanyId))
        {
            throw new RestError("", "ENTITY_TYPE_ID is not defined or invalid.");
        }
        var entityId = Positive(fields, "ENTITY_ID");
        var presetId = Positive(fields, "PRESET_ID");
        var owner = data.Store(entityTypeId).Find(entityId) ?? throw new RestError("", "Entity not found.");
        if (!call.Portal.Crm.Access.CanWrite(call.User, owner))
        {
            throw new RestError("", "Access denied.");
        }
        var requisite = new Requisite(data.Next("requisite", 27), (int)entityTypeId, entityId, presetId, call.User.Id, call.Portal.Now);
        Write(requisite, fields);
        data.Requisites.Add(requisite);
        return requisite.Id;
    }

    private static JsonNode Update(RestCall call)
    {
        var requisite = Require(call, toWrite: true);
        Write(requisite, call.ClassicFields());
        requisite.ModifiedBy = call.User.Id;
        requisite.Modified = call.Portal.Now;
        return true;
    }

    private static JsonNode Delete(RestCall call)
    {
        var requisite = Require(call, toWrite: true);
        call.Portal.Crm.Data.Requisites.Remove(requisite);
        call.Portal.Crm.Data.Addresses.RemoveAll(address => address.EntityTypeId == EntityTypes.RequisiteId && address.EntityId == requisite.Id);
        return true;
    }

    private static JsonArray List(RestCall call) => call.Portal.Crm.Access.CanReadType(call.User)
        ? ClassicList.Answer(call, call.Portal.Crm.Data.Requisites.Select(requisite => View(call, requisite)))
        : throw new RestError(0, "Access denied.");

    private static JsonArray ListPresets(RestCall call) => ClassicList.Answer(call, Presets.Select(preset => new JsonObject
    {
        ["ID"] = preset.Id.ToPhp(),
        ["ENTITY_TYPE_ID"] = "8",
        ["COUNTRY_ID"] = "1",
        ["DATE_CREATE"] = PhpDate.Write(call.Portal.Now, call.Portal.ServerOffset),
        ["DATE_MODIFY"] = "",
        ["CREATED_BY_ID"] = "1",
        ["MODIFY_BY_ID"] = null,
        ["NAME"] = preset.Name,
        ["XML_ID"] = $"#CRM_REQUISITE_PRESET_DEF_{preset.Id}#",
        ["ACTIVE"] = "Y",
        ["SORT"] = "500",
    }));

    private static void Write(Requisite requisite, JsonObject fields)
    {
        foreach (var (name, value) in fields)
        {
            if (Requisite.HeadNames.Contains(name) || Requisite.DetailNames.Contains(name) || name.StartsWith("UF_CRM_", StringComparison.Ordinal))
            {
                requisite.Values[name] = value.AsText();
            }
        }
    }

    private static JsonObject View(RestCall call, Requisite requisite)
    {
        var offset = call.Portal.ServerOffset;
        var view = new JsonObject
        {
            ["ID"] = requisite.Id.ToPhp(),
            ["ENTITY_TYPE_ID"] = ((long)requisite.EntityTypeId).ToPhp(),
            ["ENTITY_ID"] = requisite.EntityId.ToPhp(),
            ["PRESET_ID"] = requisite.PresetId.ToPhp(),
            ["DATE_CREATE"] = PhpDate.Write(requisite.Created, offset),
            ["DATE_MODIFY"] = requisite.Modified is { } modified ? PhpDate.Write(modified, offset) : "",
            ["CREATED_BY_ID"] = requisite.CreatedBy.ToPhp(),
            ["MODIFY_BY_ID"] = requisite.ModifiedBy?.ToPhp(),
        };
        foreach (var name in Requisite.HeadNames.Concat(Requisite.DetailNames))
        {
            view[name] = requisite.Values.GetValueOrDefault(name);
        }
        foreach (var (name, value) in requisite.Values.Where(value => value.Key.StartsWith("UF_", StringComparison.Ordinal)))
        {
            view[name] = value;
        }
        return view;
    }

    private static Requisite Require(RestCall call, bool toWrite)
    {
        var crm = call.Portal.Crm;
        var id = call.ClassicId();
        var requisite = crm.Data.Requisites.Find(known => known.Id == id) ?? throw new RestError("", $"The Requisite with ID '{id}' is not found");
        var owner = crm.Data.FindStore(requisite.EntityTypeId)?.Find(requisite.EntityId);
        var allowed = owner is null || (toWrite ? crm.Access.CanWrite(call.User, owner) : crm.Access.CanRead(call.User, owner));
        return allowed ? requisite : throw new RestError("", "Access denied.");
    }

    private static long Positive(JsonObject fields, string name) =>
        fields[name].ToLong() is > 0 and var id ? id : throw new RestError("", $"{name} is not defined or invalid.");
}
