using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Directories;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.category.*</c>: pipelines.</summary>
internal static class CategoryMethods
{
    public static void Register(RestMethodTable table)
    {
        table.Add("crm.category.list", "crm", List);
        table.Add("crm.category.get", "crm", Get);
        table.Add("crm.category.fields", "crm", Fields);
        table.Add("crm.category.add", "crm", Add);
    }

    private static JsonObject List(RestCall call)
    {
        var type = Type(call);
        if (!call.Portal.Crm.Access.CanReadType(call.User))
        {
            call.Total = 0;
            return new() { ["categories"] = new JsonArray() };
        }
        var categories = Of(call, type).OrderBy(category => category.Sort).ThenBy(category => category.Id).ToList();
        call.Total = categories.Count;
        return new() { ["categories"] = new JsonArray([.. categories.Select(View)]) };
    }

    private static JsonObject Get(RestCall call)
    {
        var type = Type(call);
        var id = call.RequireInt("id");
        var category = Of(call, type).FirstOrDefault(known => known.Id == id) ?? throw new RestError("NOT_FOUND", "Element not found");
        return call.Portal.Crm.Access.CanReadType(call.User) ? new() { ["category"] = View(category) } : throw ItemAccess.Denied();
    }

    private static JsonObject Add(RestCall call)
    {
        var data = call.Portal.Crm.Data;
        var type = Type(call);
        var fields = call.RequireMap("fields");
        if (!call.User.IsAdmin)
        {
            throw ItemAccess.Denied();
        }
        var id = data.Categories.Max(category => category.Id) + 1;
        var (name, sort) = (fields["name"].AsText() ?? "", fields["sort"].AsLong() ?? 200);
        if (type.Id == EntityTypes.DealId)
        {
            Pipeline.Set(data, (int)id, name, StandardDirectories.DealStages, sort);
        }
        else
        {
            data.Categories.Add(new CrmCategory(id, type.Id, name) { Sort = sort });
            if (type.StageDirectory is not null)
            {
                StandardDirectories.AddDynamicStages(data.Directories, type.Id, type.StageDirectory(id), id);
            }
        }
        return new() { ["category"] = View(data.Categories[^1]) };
    }

    private static JsonObject Fields(RestCall call)
    {
        var type = Type(call);
        var fields = new JsonObject();
        foreach (var (name, kind, flags) in new[]
        {
            ("ID", "integer", FieldFlags.ReadOnly), ("NAME", "string", FieldFlags.None), ("SORT", "integer", FieldFlags.None),
            ("ENTITY_TYPE_ID", "integer", FieldFlags.Required | FieldFlags.ReadOnly), ("IS_DEFAULT", "boolean", FieldFlags.ReadOnly),
            ("ORIGIN_ID", "string", FieldFlags.None), ("ORIGINATOR_ID", "string", FieldFlags.None),
        })
        {
            if (type.Id == EntityTypes.DealId || !name.StartsWith("ORIGIN", StringComparison.Ordinal))
            {
                fields[FieldNames.ToCamel(name)] = new CrmField(name, kind, name, flags).Describe(null);
            }
        }
        return new() { ["fields"] = fields };
    }

    private static EntityType Type(RestCall call)
    {
        var type = call.Portal.Crm.Data.Store(call.RequireInt("entityTypeId")).Type;
        return type.HasCategories ? type : throw new RestError("ENTITY_TYPE_NOT_SUPPORTED", $"Entity type {type.Title} is not supported");
    }

    private static IEnumerable<CrmCategory> Of(RestCall call, EntityType type) =>
        call.Portal.Crm.Data.Categories.Where(category => category.EntityTypeId == type.Id);

    private static JsonObject View(CrmCategory category)
    {
        var view = new JsonObject
        {
            ["id"] = category.Id,
            ["name"] = category.Name,
            ["sort"] = category.Sort,
            ["entityTypeId"] = category.EntityTypeId,
            ["isDefault"] = category.IsDefault ? "Y" : "N",
        };
        if (category.EntityTypeId == EntityTypes.DealId && !category.IsDefault)
        {
            view["originId"] = "";
            view["originatorId"] = "";
        }
        return view;
    }
}
