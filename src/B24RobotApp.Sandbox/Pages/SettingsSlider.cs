using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>What the designer tells the page of an application that sets a robot's properties: <c>BIZPROC_ACTIVITY_PROPERTIES_DIALOG</c>.</summary>
internal static class SettingsSlider
{
    public static JsonObject Options(
        PageRequest request, AppRobotStep step, RobotDefinition definition, IReadOnlyList<(string Id, JsonNode? Value)> values, IReadOnlyList<RobotStep> earlier)
    {
        var type = DocumentType.Of(request.Portal.Crm.Data.Deals.Type);
        var isNewest = request.Portal.Settings.Generation == PortalGeneration.Newest;
        var options = new JsonObject
        {
            ["code"] = definition.Code,
            ["activity_name"] = step.Name,
            ["properties"] = isNewest
                ? new JsonObject(definition.Properties.Select(property => KeyValuePair.Create(property.Key, (JsonNode?)Unified(property.Key, property.Value.AsMap() ?? [], request.Texts.Language))))
                : definition.Properties.DeepClone(),
            ["current_values"] = values.Count > 0 ? new JsonObject(values.Select(value => KeyValuePair.Create(value.Id, value.Value?.DeepClone()))) : new JsonArray(),
            ["document_type"] = new JsonArray("crm", type.Class, type.Name),
            ["document_fields"] = new JsonObject(request.Portal.Crm.Data.Deals.Type.Fields.Where(field => !field.IsDisabled).Select(field => KeyValuePair.Create(field.Name, (JsonNode?)Describe(request, field)))),
        };
        if (isNewest)
        {
            options["template"] = Template(request, earlier);
        }
        return options;
    }

    /// <summary>The one form that newer portals give to properties of all kinds; older ones pass them on as registered, with keys in upper case.</summary>
    private static JsonObject Unified(string id, JsonObject property, string language) => new()
    {
        ["Id"] = id,
        ["Type"] = property["TYPE"].AsText() ?? "string",
        ["Name"] = RobotTexts.Localized(property["NAME"], language),
        ["Description"] = RobotTexts.Localized(property["DESCRIPTION"], language),
        ["Multiple"] = RobotValues.IsYes(property["MULTIPLE"]),
        ["Required"] = RobotValues.IsYes(property["REQUIRED"]),
        ["Options"] = property["OPTIONS"].AsMap() is { Count: > 0 } options
            ? new JsonObject(options.Select(option => KeyValuePair.Create(option.Key, (JsonNode?)RobotTexts.Localized(option.Value, language))))
            : JsonValue.Create(""),
        ["Settings"] = new JsonArray(),
        ["Default"] = property["DEFAULT"]?.DeepClone() ?? JsonValue.Create(""),
    };

    private static JsonObject Describe(PageRequest request, CrmField field) => new()
    {
        ["Id"] = field.Name,
        ["Name"] = DealFields.Title(request, field),
        ["Type"] = field.UserField is null ? field.Type : $"UF:{field.Type}",
        ["Multiple"] = field.IsMultiple,
        ["Editable"] = !field.IsReadOnly,
    };

    private static JsonObject Template(PageRequest request, IReadOnlyList<RobotStep> earlier) => new()
    {
        ["parameters"] = new JsonArray(),
        ["variables"] = new JsonArray(),
        ["constants"] = new JsonArray(),
        ["global_variables"] = new JsonArray(),
        ["global_constants"] = new JsonArray(),
        ["return_activities"] = new JsonArray([.. earlier.OfType<AppRobotStep>().Select(step => new JsonObject
        {
            ["Id"] = step.Name,
            ["Title"] = RobotTexts.Name(request, step),
            ["Return"] = new JsonArray([.. PlaceholderList.Returned(request, step).Select(value => new JsonObject { ["Expression"] = value.Code, ["Name"] = value.Title })]),
        })]),
    };
}
