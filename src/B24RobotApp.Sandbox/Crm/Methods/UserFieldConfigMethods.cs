using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>userfieldconfig.*</c>, as far as smart processes need it. Also asks for the scope of the module.</summary>
internal static class UserFieldConfigMethods
{
    private const string Scope = "userfieldconfig";

    public static void Register(RestMethodTable table)
    {
        table.Add("userfieldconfig.add", Scope, Add);
        table.Add("userfieldconfig.get", Scope, Get);
        table.Add("userfieldconfig.list", Scope, List);
        table.Add("userfieldconfig.delete", Scope, Delete);
    }

    private static JsonObject Add(RestCall call)
    {
        RequireModule(call);
        var field = call.RequireMap("field");
        if (!call.User.IsAdmin)
        {
            throw new RestError("", "Access denied");
        }
        var name = field["fieldName"].AsText();
        if (string.IsNullOrEmpty(name))
        {
            throw new RestError("", "The 'FIELD_NAME' field is not found.");
        }
        var entityId = field["entityId"].AsText() ?? "";
        var type = call.Portal.Crm.Data.Stores.Select(store => store.Type).FirstOrDefault(known => known.UserFieldEntity == entityId);
        if (type is null || !name.StartsWith($"UF_{entityId}_", StringComparison.Ordinal))
        {
            throw new RestError("", "You cannot create custom fields");
        }
        return new() { ["field"] = View(new UserFieldEditor(call.Portal.Crm.Data).Add(type, name, ToUpper(field)), ["en", "ru"], withOptions: true) };
    }

    private static JsonObject Get(RestCall call)
    {
        RequireModule(call);
        return new() { ["field"] = View(Find(call).Field, ["en", "ru"], withOptions: true) };
    }

    private static JsonObject List(RestCall call)
    {
        RequireModule(call);
        var filter = call.OptionalArray("filter").AsMap() ?? [];
        var fields = call.Portal.Crm.Data.Stores
            .SelectMany(store => store.Type.UserFields)
            .Where(field => filter.All(condition => Holds(field, FilterKey.Parse(condition.Key).Name, condition.Value)))
            .OrderBy(field => field.Sort).ThenBy(field => field.Id);
        var language = (call.Parameters["select"] as JsonObject)?["language"].AsText() ?? "en";
        return new() { ["fields"] = new JsonArray([.. call.Page(fields).Select(field => View(field, [language], withOptions: false))]) };
    }

    private static JsonNode? Delete(RestCall call)
    {
        RequireModule(call);
        if (!call.User.IsAdmin)
        {
            throw new RestError("", "Access denied");
        }
        var (type, field) = Find(call);
        type.Remove(field);
        return null;
    }

    private static bool Holds(UserField field, string name, JsonNode? value)
    {
        var text = View(field, ["en"], withOptions: false)[name].AsText();
        return (value.AsList() ?? [value]).Any(wanted => wanted.AsText() == text);
    }

    private static JsonObject View(UserField field, IReadOnlyList<string> languages, bool withOptions)
    {
        var view = new JsonObject
        {
            ["id"] = field.Id.ToPhp(),
            ["entityId"] = field.EntityId,
            ["fieldName"] = field.Name,
            ["userTypeId"] = field.Type,
            ["xmlId"] = field.XmlId,
            ["sort"] = field.Sort.ToPhp(),
            ["multiple"] = field.IsMultiple ? "Y" : "N",
            ["mandatory"] = field.IsMandatory ? "Y" : "N",
            ["showFilter"] = field.ShowFilter,
            ["showInList"] = field.ShowInList ? "Y" : "N",
            ["editInList"] = field.EditInList ? "Y" : "N",
            ["isSearchable"] = field.IsSearchable ? "Y" : "N",
            ["settings"] = field.Settings.DeepClone(),
            ["languageId"] = new JsonObject(languages.Select(language => KeyValuePair.Create(language, (JsonNode?)language))),
        };
        foreach (var use in Enum.GetValues<UserFieldLabel>())
        {
            view[FieldNames.ToCamel(UserFieldEditor.LabelName(use))] = new JsonObject(languages.Select(language => KeyValuePair.Create(
                language, field.Labels.GetValueOrDefault(use)?.GetValueOrDefault(language) is { Length: > 0 } text ? (JsonNode?)text : null)));
        }
        if (withOptions && field.Type == FieldType.Enumeration)
        {
            view["enum"] = new JsonArray([.. field.Options.Select(option => (JsonNode)new JsonObject
            {
                ["id"] = option.Id.ToPhp(),
                ["userFieldId"] = field.Id.ToPhp(),
                ["value"] = option.Value,
                ["def"] = option.IsDefault ? "Y" : "N",
                ["sort"] = option.Sort.ToPhp(),
                ["xmlId"] = option.XmlId,
            })]);
        }
        return view;
    }

    /// <summary>The sent names as the editor knows them; settings keep theirs, which are in capitals anyway.</summary>
    private static JsonObject ToUpper(JsonObject field)
    {
        var upper = new JsonObject();
        foreach (var (name, value) in field)
        {
            upper[name == "enum" ? "LIST" : FieldNames.ToUpper(name)] = name == "enum"
                ? new JsonArray([.. (value.AsList() ?? []).OfType<JsonObject>().Select(ToUpper)])
                : value?.DeepClone();
        }
        return upper;
    }

    private static (EntityType Type, UserField Field) Find(RestCall call)
    {
        var id = call.RequireInt("id");
        foreach (var store in call.Portal.Crm.Data.Stores)
        {
            if (store.Type.UserFields.Find(field => field.Id == id) is { } found)
            {
                return (store.Type, found);
            }
        }
        throw new RestError("", "You do not have permission to view user field settings");
    }

    private static void RequireModule(RestCall call)
    {
        if (call.RequireText("moduleId") != "crm")
        {
            throw new RestError("", "No settings for UserFieldAccess");
        }
        if (!call.Scopes.Contains("crm"))
        {
            throw new RestError("", "The current method required more scopes. (crm)");
        }
    }
}
