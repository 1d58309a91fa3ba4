using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.deal.userfield.*</c>, and the same for leads, quotes, contacts and companies.</summary>
internal static class DealUserFieldMethods
{
    public static void Register(RestMethodTable table)
    {
        foreach (var (name, id) in new[]
        {
            ("deal", EntityTypes.DealId), ("lead", EntityTypes.LeadId), ("contact", EntityTypes.ContactId), ("company", EntityTypes.CompanyId),
            ("quote", EntityTypes.QuoteId),
        })
        {
            table.Add($"crm.{name}.userfield.add", "crm", call => Add(call, Type(call, id)));
            table.Add($"crm.{name}.userfield.list", "crm", call => List(call, Type(call, id)));
            table.Add($"crm.{name}.userfield.get", "crm", call => View(Require(call, Type(call, id)), language: null, withLabels: true));
            table.Add($"crm.{name}.userfield.update", "crm", call => Update(call, Type(call, id)));
            table.Add($"crm.{name}.userfield.delete", "crm", call => Delete(call, Type(call, id)));
        }
    }

    private static JsonNode Add(RestCall call, EntityType type)
    {
        RequireAdministrator(call);
        var fields = call.ClassicFields();
        var code = fields["FIELD_NAME"].AsText();
        return string.IsNullOrWhiteSpace(code)
            ? throw new RestError("", "The 'FIELD_NAME' field is not found.")
            : new UserFieldEditor(call.Portal.Crm.Data).Add(type, UserFieldEditor.FullName(code), fields).Id;
    }

    private static JsonArray List(RestCall call, EntityType type)
    {
        if (!call.Portal.Crm.Access.CanReadType(call.User))
        {
            throw new RestError("", "Access denied.");
        }

        // The language is no condition: it asks for the labels.
        var filter = call.ClassicArray("filter").AsMap();
        var language = filter?["LANG"].AsText();
        var rows = type.UserFields.OrderBy(field => field.Sort).ThenBy(field => field.Id).Select(field => View(field, language, language is not null));
        return ClassicList.Answer(call, rows);
    }

    private static JsonNode Update(RestCall call, EntityType type)
    {
        RequireAdministrator(call);
        var field = Require(call, type);
        new UserFieldEditor(call.Portal.Crm.Data).Change(field, call.ClassicFields());
        type.Rebuild();
        return true;
    }

    private static JsonNode Delete(RestCall call, EntityType type)
    {
        RequireAdministrator(call);
        type.Remove(Require(call, type));
        return true;
    }

    private static JsonObject View(UserField field, string? language, bool withLabels)
    {
        var view = new JsonObject
        {
            ["ID"] = field.Id.ToPhp(),
            ["ENTITY_ID"] = field.EntityId,
            ["FIELD_NAME"] = field.Name,
            ["USER_TYPE_ID"] = field.Type,
            ["XML_ID"] = field.XmlId,
            ["SORT"] = field.Sort.ToPhp(),
            ["MULTIPLE"] = field.IsMultiple ? "Y" : "N",
            ["MANDATORY"] = field.IsMandatory ? "Y" : "N",
            ["SHOW_FILTER"] = field.ShowFilter,
            ["SHOW_IN_LIST"] = field.ShowInList ? "Y" : "N",
            ["EDIT_IN_LIST"] = field.EditInList ? "Y" : "N",
            ["IS_SEARCHABLE"] = field.IsSearchable ? "Y" : "N",
            ["SETTINGS"] = field.Settings.DeepClone(),
        };
        if (withLabels)
        {
            foreach (var use in Enum.GetValues<UserFieldLabel>())
            {
                var labels = field.Labels.GetValueOrDefault(use);
                view[UserFieldEditor.LabelName(use)] = language is not null
                    ? labels?.GetValueOrDefault(language) is { Length: > 0 } text ? text : null
                    : new JsonObject(UserFieldEditor.Languages.Select(code =>
                        KeyValuePair.Create(code, (JsonNode?)(labels?.GetValueOrDefault(code) ?? ""))));
            }
        }
        if (field.Type == FieldType.Enumeration)
        {
            view["LIST"] = new JsonArray([.. field.Options.Select(option => (JsonNode)new JsonObject
            {
                ["ID"] = option.Id.ToPhp(),
                ["SORT"] = option.Sort.ToPhp(),
                ["VALUE"] = option.Value,
                ["DEF"] = option.IsDefault ? "Y" : "N",
                ["XML_ID"] = option.XmlId,
            })]);
        }
        return view;
    }

    private static EntityType Type(RestCall call, int entityTypeId) => call.Portal.Crm.Data.Store(entityTypeId).Type;

    private static UserField Require(RestCall call, EntityType type)
    {
        var id = call.ClassicId();
        return type.UserFields.Find(field => field.Id == id)
            ?? throw new RestError("ERROR_NOT_FOUND", $"The entity with ID '{id}' is not found");
    }

    private static void RequireAdministrator(RestCall call)
    {
        if (!call.User.IsAdmin)
        {
            throw new RestError("", "Access denied.");
        }
    }
}
