using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>What a robot's call posts to its handler.</summary>
internal static class RobotCallForm
{
    public static JsonObject Create(
        SandboxPortal portal, Workflow workflow, AppRobotStep step, AppInstallation app, RobotDefinition definition, bool waits, string eventToken)
    {
        var document = DocumentType.Of(portal.Crm.Data.Store(workflow.EntityTypeId).Type);
        var userId = portal.Settings.RobotTokens == RobotTokens.None ? 0 : step.AuthUserId ?? definition.AuthUserId;
        return new JsonObject
        {
            ["workflow_id"] = workflow.Id,
            ["code"] = step.Code,
            ["document_id"] = new JsonArray("crm", document.Class, string.Create(CultureInfo.InvariantCulture, $"{document.Name}_{workflow.ItemId}")),
            ["document_type"] = new JsonArray("crm", document.Class, document.Name),
            ["event_token"] = eventToken,
            ["properties"] = Properties(portal, workflow, step, definition),
            ["use_subscription"] = waits ? "Y" : "N",
            ["timeout_duration"] = (long)step.Timeout.TotalSeconds,
            ["ts"] = portal.Clock.GetUtcNow().ToUnixTimeSeconds(),
            ["auth"] = AuthBlock.For(app, userId, portal.Settings.RobotTokens == RobotTokens.Both),
        };
    }

    /// <summary>What the robot returns until it is answered, and for ever if it is not.</summary>
    public static JsonObject Defaults(RobotDefinition definition, bool waits)
    {
        var values = new JsonObject();
        foreach (var (id, property) in definition.ReturnProperties)
        {
            // A return value with the id of a property, or of the robot's own, is dropped.
            if (!definition.Properties.ContainsKey(id) && !RobotValues.IsOwnProperty(id))
            {
                values[id] = property?["DEFAULT"]?.DeepClone();
            }
        }
        if (waits)
        {
            values["IsTimeout"] = 0;
        }
        return values;
    }

    private static JsonObject Properties(SandboxPortal portal, Workflow workflow, AppRobotStep step, RobotDefinition definition)
    {
        var values = new JsonObject();
        foreach (var (id, node) in definition.Properties)
        {
            var property = node.AsMap() ?? [];
            values[id] = RobotValues.IsOwnProperty(id)
                ? OwnValue(id, step)
                : RobotValues.Externalize(Placeholders.Resolve(Saved(step, id) ?? property["DEFAULT"], portal, workflow), property);
        }
        return values;
    }

    /// <summary>The designer's form has lower-case names: of two ids that differ only in case the last value counts for both.</summary>
    private static JsonNode? Saved(AppRobotStep step, string id) =>
        step.Properties.LastOrDefault(entry => entry.Key.Equals(id, StringComparison.OrdinalIgnoreCase)).Value;

    private static JsonValue OwnValue(string id, AppRobotStep step) => id.ToUpperInvariant() switch
    {
        "TITLE" => JsonValue.Create(step.Code),
        "ISTIMEOUT" => JsonValue.Create(0),
        "TIMEOUTDURATION" => JsonValue.Create((long)step.Timeout.TotalSeconds),
        "TIMEOUTDURATIONTYPE" => JsonValue.Create("s"),
        _ => JsonValue.Create(""),
    };
}
