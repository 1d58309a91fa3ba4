using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.item.*</c>: one set of methods for all kinds of items.</summary>
internal static class ItemMethods
{
    public static void Register(RestMethodTable table)
    {
        table.Add("crm.item.get", "crm", Get);
        table.Add("crm.item.list", "crm", List);
        table.Add("crm.item.add", "crm", Add);
        table.Add("crm.item.update", "crm", Update);
        table.Add("crm.item.delete", "crm", Delete);
        table.Add("crm.item.import", "crm", Import);
        table.Add("crm.item.batchimport", "crm", BatchImport);
        table.Add("crm.item.fields", "crm", Fields);
        table.Add(FileLinks.Method, "crm", GetFile);
    }

    private static JsonObject Get(RestCall call)
    {
        var crm = call.Portal.Crm;
        var store = Store(call);
        var item = crm.Access.Require(store, call.RequireInt("id"), call.User);
        return One(call, item);
    }

    private static JsonObject List(RestCall call)
    {
        var crm = call.Portal.Crm;
        var store = Store(call);
        var originalNames = OriginalNames(call);
        var select = call.OptionalArray("select") is { } sent ? sent.AsList()!.Select(name => name.AsText() ?? "").ToList() : ["*"];
        var query = new ItemQuery(store, crm.Access, call.User, call.Portal.Now);
        CrmField? Find(string name) => store.Type.FindSent(name, originalNames)
            ?? store.Type.Find(ClassicNames.ToModern(store.Type, name) is var modern && modern != name ? modern : "");

        var items = query.Find(call.OptionalArray("filter"), call.OptionalArray("order"), Find);
        var page = call.Page(items);

        var view = new ItemView(call, crm.FileLinks, originalNames);
        if (select.Contains("*"))
        {
            return new() { ["items"] = new JsonArray([.. page.Select(view.Whole)]) };
        }

        var fields = store.Type.Fields
            .Where(field => select.Exists(name => store.Type.FindSent(name, originalNames) == field)
                || (field.UserField is not null && select.Contains("UF_*")))
            .ToHashSet();
        var losesSystemFields = originalNames && crm.Settings.SelectWithOriginalNamesLosesSystemFields;
        return new() { ["items"] = new JsonArray([.. page.Select(item => view.Part(item, fields, losesSystemFields))]) };
    }

    private static JsonObject Add(RestCall call)
    {
        var crm = call.Portal.Crm;
        var store = Store(call);
        var fields = call.RequireMap("fields");
        if (!crm.Access.CanAdd(call.User))
        {
            throw ItemAccess.Denied();
        }
        return One(call, crm.Writer.Add(store, fields, OriginalNames(call), new ItemAuthor(call.User)));
    }

    private static JsonObject Update(RestCall call)
    {
        var crm = call.Portal.Crm;
        var store = Store(call);
        var id = call.RequireInt("id");
        var fields = call.RequireMap("fields");
        var item = crm.Access.Require(store, id, call.User, toWrite: true);
        return One(call, crm.Writer.Update(store, item, fields, OriginalNames(call), new ItemAuthor(call.User)));
    }

    private static JsonArray Delete(RestCall call)
    {
        var crm = call.Portal.Crm;
        var store = Store(call);
        crm.Writer.Delete(store, crm.Access.Require(store, call.RequireInt("id"), call.User, toWrite: true));
        return [];
    }

    private static JsonObject Import(RestCall call) => Import(call, Store(call), call.RequireMap("fields"));

    private static JsonObject BatchImport(RestCall call)
    {
        const int MostItems = 20;
        var store = Store(call);
        var data = call.RequireMap("data");
        if (data.Count > MostItems)
        {
            throw new RestError("MAX_IMPORT_BATCH_SIZE_EXCEEDED", $"You can only import {MostItems} items at a time");
        }

        var outcomes = new JsonObject();
        foreach (var (key, fields) in data)
        {
            try
            {
                outcomes[key] = Import(call, store, fields.AsMap() ?? []);
            }
            catch (RestError error)
            {
                // One item that is refused does not stop the others.
                outcomes[key] = new JsonObject { ["error"] = error.Code.DeepClone(), ["error_description"] = error.Description };
            }
        }
        return new() { ["items"] = outcomes };
    }

    private static JsonObject Import(RestCall call, ItemStore store, JsonObject fields)
    {
        var crm = call.Portal.Crm;
        if (!crm.Access.CanAdd(call.User))
        {
            throw ItemAccess.Denied();
        }
        var item = crm.Writer.Add(store, fields, OriginalNames(call), new ItemAuthor(call.User, IsImport: true));
        return new() { ["item"] = new JsonObject { ["id"] = item.Id } };
    }

    private static JsonObject Fields(RestCall call)
    {
        var crm = call.Portal.Crm;
        var type = Store(call).Type;
        if (!crm.Access.CanReadType(call.User))
        {
            throw ItemAccess.Denied();
        }

        var originalNames = OriginalNames(call);
        var descriptions = new JsonObject();
        foreach (var field in type.Fields.Where(field => !field.Flags.HasFlag(FieldFlags.Undescribed)))
        {
            var isStage = field.Name is "STAGE_ID" or "PREVIOUS_STAGE_ID";
            var statusType = isStage ? type.StageDirectory!(DefaultCategory(crm, type)) : field.StatusType;
            descriptions[EntityType.NameFor(field, originalNames)] = field.Describe(statusType);
        }
        return new() { ["fields"] = descriptions };
    }

    /// <summary>The address of <c>urlMachine</c>: what the link's token says, or the same as plain parameters.</summary>
    private static JsonNode? GetFile(RestCall call)
    {
        var crm = call.Portal.Crm;
        var asked = crm.FileLinks.Read(call.Parameters["token"].AsText()) ?? call.Parameters;
        var store = crm.Data.Store(asked["entityTypeId"].ToLong());
        var item = crm.Access.Require(store, asked["id"].ToLong(), call.User);
        var name = asked["fieldName"].AsText() ?? "";
        if (store.Type.Find(name) is not { Type: FieldType.File } field)
        {
            throw new RestError(0, $"Field {name} is not a file field");
        }

        var fileId = asked["fileId"].ToLong();
        var value = item.Values.GetValueOrDefault(field.Name);
        var held = value is long single ? single == fileId : value is IReadOnlyList<object> list && list.Contains(fileId);
        if (held && crm.Data.Files.Find(fileId) is { } file)
        {
            call.File = new RestFile(file.Name, file.ContentType, file.Content);
        }
        return null;
    }

    private static JsonObject One(RestCall call, CrmItem item) =>
        new() { ["item"] = new ItemView(call, call.Portal.Crm.FileLinks, OriginalNames(call)).Whole(item) };

    private static ItemStore Store(RestCall call) => call.Portal.Crm.Data.Store(call.RequireInt("entityTypeId"));

    private static long DefaultCategory(CrmState crm, EntityType type) =>
        crm.Data.Categories.Find(category => category.EntityTypeId == type.Id && category.IsDefault)?.Id ?? 0;

    private static bool OriginalNames(RestCall call) =>
        call.Portal.Crm.Settings.KnowsOriginalNames && call.Parameters["useOriginalUfNames"].AsText() == "Y";
}
