using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.deal.*</c>, <c>crm.lead.*</c>, <c>crm.contact.*</c>, <c>crm.company.*</c>: still there, no longer developed.</summary>
internal static class ClassicItemMethods
{
    public static void Register(RestMethodTable table)
    {
        Register(table, "deal", EntityTypes.DealId, "Not found");
        Register(table, "lead", EntityTypes.LeadId, "Not found");
        Register(table, "contact", EntityTypes.ContactId, "Contact is not found");
        Register(table, "company", EntityTypes.CompanyId, "Company is not found");
    }

    private static void Register(RestMethodTable table, string name, int entityTypeId, string notFoundOnUpdate)
    {
        table.Add($"crm.{name}.get", "crm", call => Get(call, entityTypeId));
        table.Add($"crm.{name}.list", "crm", call => List(call, entityTypeId));
        table.Add($"crm.{name}.add", "crm", call => Add(call, entityTypeId));
        table.Add($"crm.{name}.update", "crm", call => Update(call, entityTypeId, notFoundOnUpdate));
        table.Add($"crm.{name}.delete", "crm", call => Delete(call, entityTypeId, notFoundOnUpdate));
        table.Add($"crm.{name}.fields", "crm", call => Fields(call, entityTypeId));
    }

    private static JsonObject Get(RestCall call, int entityTypeId) =>
        ClassicItemView.Of(Require(call, entityTypeId, "Not found", toWrite: false), call.Portal.ServerOffset, withMultifields: true);

    private static JsonArray List(RestCall call, int entityTypeId)
    {
        var crm = call.Portal.Crm;
        var store = crm.Data.Store(entityTypeId);
        CrmField? Find(string name) => store.Type.Find(ClassicNames.ToModern(store.Type, name));

        var filter = call.ClassicArray("filter").AsMap() ?? [];
        var order = call.ClassicArray("order");
        var rows = new ItemQuery(store, crm.Access, call.User, call.Portal.Now).Find(filter, order, Find, strict: false);
        foreach (var (key, value) in filter.Where(entry => MultifieldTypes.All.Contains(FilterKey.Parse(entry.Key).Name)))
        {
            var wanted = (value.AsList() ?? [value]).Select(one => one.AsText()).ToList();
            rows = rows.Where(item => item.Multifields.Exists(known => known.TypeId == FilterKey.Parse(key).Name && wanted.Contains(known.Value)));
        }

        var select = call.Classic("select").AsList()?.Select(name => name.AsText() ?? "").ToHashSet() ?? [];
        return new JsonArray([.. call.Page(rows).Select(item => Select(item, select, call.Portal.ServerOffset))]);
    }

    private static JsonObject Select(CrmItem item, HashSet<string> select, TimeSpan serverOffset)
    {
        var all = ClassicItemView.Of(item, serverOffset, withMultifields: false);
        var everything = select.Count == 0;
        var view = new JsonObject();
        foreach (var (name, value) in all)
        {
            var isUserField = name.StartsWith("UF_", StringComparison.Ordinal);
            if (everything || name == "ID" || select.Contains(name) || select.Contains(isUserField ? "UF_*" : "*"))
            {
                view[name] = value?.DeepClone();
            }
        }
        foreach (var values in item.Multifields.Where(value => select.Contains(value.TypeId)).GroupBy(value => value.TypeId))
        {
            view[values.Key] = ClassicItemView.Multifields(values);
        }
        return view;
    }

    private static JsonNode Add(RestCall call, int entityTypeId)
    {
        var crm = call.Portal.Crm;
        var fields = Fields(call, crm.Data.Store(entityTypeId).Type);
        return crm.Access.CanAdd(call.User)
            ? crm.Writer.Add(crm.Data.Store(entityTypeId), new ItemAuthor(call.User), item => Write(call, item, fields, isNew: true)).Id
            : throw new RestError("", "Access denied.");
    }

    private static JsonNode Update(RestCall call, int entityTypeId, string notFound)
    {
        var crm = call.Portal.Crm;
        var store = crm.Data.Store(entityTypeId);
        var fields = Fields(call, store.Type);
        var item = Require(call, entityTypeId, notFound, toWrite: true);

        // The older methods cannot move a deal to another pipeline.
        fields.Remove("CATEGORY_ID");
        crm.Writer.Update(store, item, new ItemAuthor(call.User), draft => Write(call, draft, fields, isNew: false));
        return true;
    }

    private static JsonNode Delete(RestCall call, int entityTypeId, string notFound)
    {
        var crm = call.Portal.Crm;
        crm.Writer.Delete(crm.Data.Store(entityTypeId), Require(call, entityTypeId, notFound, toWrite: true));
        return true;
    }

    private static JsonObject Fields(RestCall call, int entityTypeId)
    {
        var type = call.Portal.Crm.Data.Store(entityTypeId).Type;
        var fields = new JsonObject();
        foreach (var field in type.Fields.Where(field => ClassicItemView.IsKnown(type, field)))
        {
            var statusType = field.Name == "STAGE_ID" ? type.StageDirectory!(0) : field.StatusType;
            var description = field.Describe(statusType);
            description.Remove("upperName");
            fields[ClassicNames.FromModern(type, field.Name)] = description;
        }
        return fields;
    }

    private static void Write(RestCall call, CrmItem item, JsonObject fields, bool isNew)
    {
        var crm = call.Portal.Crm;
        var input = new ItemInput(crm.Data, crm.Settings, call.Portal.Now);
        input.Apply(item, fields, originalNames: true, new ItemAuthor(call.User), isNew);
        if (item.Type.HasMultifields)
        {
            input.ApplyMultifieldLists(item, fields);
        }
    }

    /// <summary>The fields sent under their newer names, files unwrapped from <c>fileData</c>.</summary>
    private static JsonObject Fields(RestCall call, EntityType type)
    {
        var fields = new JsonObject();
        foreach (var (name, value) in call.ClassicFields())
        {
            var sent = value is JsonObject wrapped && wrapped["fileData"] is { } file ? file : value;
            fields[ClassicNames.ToModern(type, name)] = sent?.DeepClone();
        }
        return fields;
    }

    private static CrmItem Require(RestCall call, int entityTypeId, string notFound, bool toWrite)
    {
        var crm = call.Portal.Crm;
        var item = crm.Data.Store(entityTypeId).Find(call.ClassicId()) ?? throw new RestError("", notFound);
        return (toWrite ? crm.Access.CanWrite(call.User, item) : crm.Access.CanRead(call.User, item))
            ? item
            : throw new RestError("", "Access denied.");
    }
}
