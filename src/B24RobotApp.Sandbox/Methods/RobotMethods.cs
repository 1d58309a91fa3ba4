using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Methods;

/// <summary><c>bizproc.robot.*</c>, and what an application answers to a robot's call.</summary>
internal static class RobotMethods
{
    private const string SettingsSlider = "BIZPROC_ACTIVITY_PROPERTIES_DIALOG";

    public static void Register(RestMethodTable table)
    {
        Add(table, "bizproc.robot.add", AddRobot);
        Add(table, "bizproc.robot.update", UpdateRobot);
        Add(table, "bizproc.robot.delete", DeleteRobot);
        Add(table, "bizproc.robot.list", call => new JsonArray([.. call.App!.Robots.Keys.Select(code => JsonValue.Create(code))]));
        table.Add(new RestMethod("bizproc.event.send", "bizproc", SendEvent) { Requires = HasAutomation });
        table.Add(new RestMethod("bizproc.activity.log", "bizproc", WriteLog) { Requires = HasAutomation });
    }

    private static void Add(RestMethodTable table, string name, RestHandler handler) =>
        table.Add(new RestMethod(name, "bizproc", handler) { AppOnly = true, AdminOnly = true, Requires = HasAutomation });

    private static bool HasAutomation(PortalSettings settings) => settings.HasAutomation || settings.HasWorkflowDesigner;

    private static JsonNode AddRobot(RestCall call)
    {
        var app = call.App!;
        var data = RobotRegistration.Prepare(call.Parameters);
        var definition = RobotRegistration.Create(data, app);
        if (app.Robots.ContainsKey(definition.Code))
        {
            throw new RestError("ERROR_ACTIVITY_ALREADY_INSTALLED", "Activity or Robot already installed!");
        }
        if (definition.UsePlacement)
        {
            SetSlider(call, definition.Code, data["PLACEMENT_HANDLER"].AsText());
        }
        app.RobotsByCode.Add(definition.Code, definition);
        return true;
    }

    private static JsonNode UpdateRobot(RestCall call)
    {
        var app = call.App!;
        var data = RobotRegistration.Prepare(call.Parameters);
        var definition = Find(app, data);
        if (data["FIELDS"].AsMap() is not { Count: > 0 } fields || fields.All(field => field.Key == "PLACEMENT_HANDLER" || field.Value is null))
        {
            throw RobotRegistration.Invalid("No fields to update");
        }

        definition = RobotRegistration.Update(definition, fields, app);
        if (fields["PLACEMENT_HANDLER"].AsText() is { } slider)
        {
            SetSlider(call, definition.Code, slider);
        }
        if (fields["USE_PLACEMENT"] is not null && !definition.UsePlacement)
        {
            RemoveSlider(app, definition.Code);
        }
        app.RobotsByCode[definition.Code] = definition;
        return true;
    }

    private static JsonNode DeleteRobot(RestCall call)
    {
        var definition = Find(call.App!, call.UpperCased());
        call.App!.RobotsByCode.Remove(definition.Code);
        RemoveSlider(call.App, definition.Code);
        return true;
    }

    private static JsonNode SendEvent(RestCall call)
    {
        var upper = call.UpperCased();
        var values = (JsonObject?)upper["RETURN_VALUES"].AsMap()?.DeepClone() ?? [];
        call.Portal.Automation.Send(upper["EVENT_TOKEN"].AsText(), new RobotAnswer(values, upper["LOG_MESSAGE"].AsText(), call.User));
        return true;
    }

    private static JsonNode WriteLog(RestCall call)
    {
        var upper = call.UpperCased();
        var message = upper["LOG_MESSAGE"].AsText();
        call.Portal.Automation.CheckToken(upper["EVENT_TOKEN"].AsText());
        if (upper["LOG_MESSAGE"].IsEmpty())
        {
            throw new RestError("ERROR_EMPTY_LOG_MESSAGE", "Empty log message!");
        }
        call.Portal.Automation.Send(upper["EVENT_TOKEN"].AsText(), new RobotAnswer([], message, call.User) { IsLogOnly = true });
        return true;
    }

    private static RobotDefinition Find(AppInstallation app, JsonObject data) =>
        app.Robots.GetValueOrDefault(RobotRegistration.CheckCode(data["CODE"]))
        ?? throw new RestError("ERROR_ACTIVITY_NOT_FOUND", "Activity or Robot not found!");

    private static void SetSlider(RestCall call, string code, string? address)
    {
        var handler = HandlerAddress.Check(address, call.App!);
        RemoveSlider(call.App!, code);
        call.App!.PlacementBindings.Add(new PlacementBinding
        {
            Id = call.Portal.NewBindingId(),
            Placement = SettingsSlider,
            Handler = handler,
            RobotCode = code,
        });
    }

    private static void RemoveSlider(AppInstallation app, string code) =>
        app.PlacementBindings.RemoveAll(bound => bound.RobotCode == code);
}
