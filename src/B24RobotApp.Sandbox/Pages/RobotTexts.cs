using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>Robots in people's words.</summary>
internal static class RobotTexts
{
    /// <summary>
    /// A text or a map of them by language: the reader's, else English, else the unnamed one. The portal keeps inner keys of a registration in
    /// upper case, languages too.
    /// </summary>
    public static string Localized(JsonNode? text, string language) => text.AsMap() is { } map
        ? new[] { language, "en", "*" }
            .Select(wanted => map.FirstOrDefault(entry => entry.Key.Equals(wanted, StringComparison.OrdinalIgnoreCase)).Value.AsText())
            .FirstOrDefault(value => !string.IsNullOrEmpty(value)) ?? ""
        : text.AsText() ?? "";

    /// <summary>As the designer shows it: an application's robot with the application's name before it.</summary>
    public static string Name(AppInstallation app, RobotDefinition robot, string language) => $"[{app.Card.Name}] {Localized(robot.Name, language)}";

    public static string Name(PageRequest request, RobotStep step) => step switch
    {
        AppRobotStep robot => Find(request.Portal, robot) is var (app, definition) ? Name(app, definition, request.Texts.Language) : $"{robot.Code} ({request.Texts["robot.gone"]})",
        SetFieldStep set => $"{request.Texts["robot.setField"]}: {set.Field}",
        MoveStep move => $"{request.Texts["robot.move"]}: {move.StageId}",
        CommentStep => request.Texts["robot.comment"],
        _ => step.Name,
    };

    public static (AppInstallation App, RobotDefinition Definition)? Find(SandboxPortal portal, AppRobotStep step) =>
        portal.Applications.FirstOrDefault(app => app.ClientId == step.ClientId && app.IsActive) is { } app && app.Robots.GetValueOrDefault(step.Code) is { } definition
            ? (app, definition)
            : null;
}
