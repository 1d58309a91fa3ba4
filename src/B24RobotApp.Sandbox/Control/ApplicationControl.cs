using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Control;

/// <summary>The developer section: local applications and webhooks.</summary>
internal static class ApplicationControl
{
    public static void Map(ControlRoutes control)
    {
        control.Get("portals/{portal}/apps", request => new JsonArray([.. request.Portal.Applications.Select(View)]));
        control.Post("portals/{portal}/apps", request => View(request.Portal.SaveLocalApplication(Card(request), request.Number("userId", 1))));
        control.Map("DELETE", "portals/{portal}/apps/{client}", DeleteAsync);
        control.Post("portals/{portal}/apps/{client}/save", SaveAgain);
        control.Post("portals/{portal}/apps/{client}/finish", Finish);
        control.Post("portals/{portal}/apps/{client}/token", RenewToken);
        control.Post("portals/{portal}/apps/{client}/frame", Frame);
        control.Map("POST", "portals/{portal}/apps/{client}/open", OpenAsync);
        control.Post("portals/{portal}/webhooks", request =>
            View(request.Portal.CreateIncomingWebhook(request.Number("userId", 1), request.Texts("scopes"))));
        control.Delete("portals/{portal}/webhooks/{id}", DeleteWebhook);
        control.Get("portals/{portal}/outgoing-webhooks", request => new JsonArray([.. request.Portal.OutgoingWebhooks.Select(View)]));
        control.Delete("portals/{portal}/outgoing-webhooks/{id}", DeleteOutgoing);
        control.Post("portals/{portal}/outgoing-webhooks", request =>
            View(request.Portal.CreateOutgoingWebhook(request.Address("handler"), request.Texts("events"))));
    }

    internal static JsonObject View(AppInstallation app) => new()
    {
        ["clientId"] = app.ClientId,
        ["clientSecret"] = app.ClientSecret,
        ["applicationToken"] = app.ApplicationToken,
        ["name"] = app.Card.Name,
        ["handlerUrl"] = app.Card.HandlerUrl.ToString(),
        ["installUrl"] = app.Card.InstallUrl?.ToString(),
        ["isScriptOnly"] = app.Card.IsScriptOnly,
        ["isInstalled"] = app.IsInstalled,
        ["isActive"] = app.IsActive,
        ["scopes"] = new JsonArray([.. app.Scopes.Select(scope => JsonValue.Create(scope))]),
        ["robots"] = new JsonArray([.. app.Robots.Values.Select(robot => new JsonObject
        {
            ["code"] = robot.Code,
            ["handler"] = robot.Handler.ToString(),
            ["name"] = robot.Name?.DeepClone(),
            ["authUserId"] = robot.AuthUserId,
            ["useSubscription"] = robot.UseSubscription,
            ["properties"] = robot.Properties.DeepClone(),
            ["returnProperties"] = robot.ReturnProperties.DeepClone(),
        })]),
        ["placements"] = new JsonArray([.. app.Placements.Select(placement => new JsonObject
        {
            ["placement"] = placement.Placement,
            ["handler"] = placement.Handler.ToString(),
            ["title"] = placement.Title,
            ["robotCode"] = placement.RobotCode,
        })]),
        ["events"] = new JsonArray([.. app.Events.Select(binding => new JsonObject { ["event"] = binding.Event, ["handler"] = binding.Handler.ToString() })]),
    };

    internal static JsonObject View(IncomingWebhook webhook) => new()
    {
        ["id"] = webhook.Id,
        ["userId"] = webhook.UserId,
        ["url"] = webhook.Url.ToString(),
        ["scopes"] = new JsonArray([.. webhook.Scopes.Select(scope => JsonValue.Create(scope))]),
    };

    internal static JsonObject View(OutgoingWebhook webhook) => new()
    {
        ["id"] = webhook.Id,
        ["handler"] = webhook.Handler.ToString(),
        ["applicationToken"] = webhook.ApplicationToken,
        ["events"] = new JsonArray([.. webhook.Events.Select(name => JsonValue.Create(name))]),
    };

    private static LocalApplicationCard Card(ControlRequest request) => new()
    {
        Name = request.Text("name"),
        HandlerUrl = request.Address("handlerUrl"),
        InstallUrl = request.Text("installUrl", "").Length > 0 ? request.Address("installUrl") : null,
        IsScriptOnly = request.Flag("isScriptOnly") ?? false,
        Scopes = [.. request.Texts("scopes")],
    };

    private static async Task<JsonNode?> DeleteAsync(ControlRequest request)
    {
        await request.Portal.DeleteApplicationAsync(request.Application, clean: request.Query("clean") != "false");
        return null;
    }

    private static JsonObject SaveAgain(ControlRequest request)
    {
        var app = request.Application;
        request.Portal.SaveCardAgain(app, request.Body.Count > 0 ? Card(request) : null);
        return View(app);
    }

    private static JsonObject Finish(ControlRequest request)
    {
        request.Portal.FinishInstallation(request.Application);
        return View(request.Application);
    }

    private static JsonObject RenewToken(ControlRequest request)
    {
        request.Portal.RenewApplicationToken(request.Application);
        return View(request.Application);
    }

    /// <summary>The form a browser has to post to load the frame.</summary>
    private static JsonObject Frame(ControlRequest request)
    {
        var frame = request.Portal.CreateFrame(
            request.Application, request.Number("userId", 1), request.Text("placement", "DEFAULT"), (JsonObject?)request.Body["options"]?.DeepClone());
        return new JsonObject { ["url"] = frame.Url.ToString(), ["appSid"] = frame.SessionId, ["fields"] = frame.Fields };
    }

    private static async Task<JsonNode?> OpenAsync(ControlRequest request)
    {
        var page = await request.Portal.OpenApplicationAsync(request.Application, request.Number("userId", 1), request.Aborted);
        return new JsonObject { ["status"] = page.Status, ["body"] = page.Body };
    }

    private static JsonNode? DeleteWebhook(ControlRequest request)
    {
        var webhook = request.Portal.Webhooks.FirstOrDefault(webhook => webhook.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) == request.Route("id"))
            ?? throw new ControlError(404, $"There is no webhook {request.Route("id")}.");
        request.Portal.DeleteIncomingWebhook(webhook);
        return null;
    }

    private static JsonNode? DeleteOutgoing(ControlRequest request)
    {
        var webhook = request.Portal.OutgoingWebhooks.FirstOrDefault(webhook => webhook.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) == request.Route("id"))
            ?? throw new ControlError(404, $"There is no outgoing webhook {request.Route("id")}.");
        request.Portal.DeleteOutgoingWebhook(webhook);
        return null;
    }
}
