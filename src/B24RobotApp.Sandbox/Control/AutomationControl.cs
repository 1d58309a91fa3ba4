using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Control;

/// <summary>The automation designer, the workflows and what the queue sent.</summary>
internal static class AutomationControl
{
    public static void Map(ControlRoutes control)
    {
        control.Get("portals/{portal}/robots", List);
        control.Post("portals/{portal}/robots", Place);
        control.Delete("portals/{portal}/robots", Clear);
        control.Get("portals/{portal}/workflows", request => new JsonArray([.. request.Portal.Automation.Workflows.Select(View)]));
        control.Get("portals/{portal}/deliveries", request => new JsonArray([.. request.Portal.Deliveries.History.Select(View)]));
    }

    private static JsonArray List(ControlRequest request) => new([.. request.Portal.Automation.Robots.SelectMany(stage => stage.Value.Select(step =>
    {
        var view = View(step);
        view["categoryId"] = stage.Key.CategoryId;
        view["stageId"] = stage.Key.StageId;
        return view;
    }))]);

    /// <summary>Types: <c>app</c> (clientId, code, properties, timeoutSeconds, authUserId, waits), <c>setField</c>, <c>move</c>, <c>comment</c>.</summary>
    private static JsonObject Place(ControlRequest request)
    {
        var name = request.Text("name", "");
        RobotStep step = request.Text("type") switch
        {
            "app" => new AppRobotStep(request.Text("clientId"), request.Text("code"), (JsonObject?)request.Body["properties"].AsMap()?.DeepClone() ?? [])
            {
                Name = name,
                Timeout = request.Seconds("timeoutSeconds") ?? TimeSpan.Zero,
                AuthUserId = request.Body["authUserId"].AsLong(),
                Waits = request.Flag("waits") ?? false,
            },
            "setField" => new SetFieldStep(request.Text("field"), request.Text("value", "")) { Name = name },
            "move" => new MoveStep(request.Text("toStageId")) { Name = name },
            "comment" => new CommentStep(request.Text("text")) { Name = name },
            _ => throw new ControlError(400, "\"type\" is one of app, setField, move, comment."),
        };
        try
        {
            return View(request.Portal.Automation.Place(
                (int)request.Number("categoryId", 0), request.Text("stageId"), step, (int)request.Number("entityTypeId", 2)));
        }
        catch (InvalidOperationException exception)
        {
            throw new ControlError(409, exception.Message);
        }
    }

    private static JsonNode? Clear(ControlRequest request)
    {
        var category = int.TryParse(request.Query("categoryId"), CultureInfo.InvariantCulture, out var id) ? id : 0;
        request.Portal.Automation.Clear(category, request.Query("stageId") ?? throw new ControlError(400, "\"stageId\" is missing."));
        return null;
    }

    private static JsonObject View(RobotStep step) => step switch
    {
        AppRobotStep app => new JsonObject
        {
            ["name"] = app.Name,
            ["type"] = "app",
            ["clientId"] = app.ClientId,
            ["code"] = app.Code,
            ["properties"] = app.Properties.DeepClone(),
            ["timeoutSeconds"] = app.Timeout.TotalSeconds,
            ["authUserId"] = app.AuthUserId,
        },
        SetFieldStep set => new JsonObject { ["name"] = set.Name, ["type"] = "setField", ["field"] = set.Field, ["value"] = set.Value },
        MoveStep move => new JsonObject { ["name"] = move.Name, ["type"] = "move", ["toStageId"] = move.StageId },
        CommentStep comment => new JsonObject { ["name"] = comment.Name, ["type"] = "comment", ["text"] = comment.Text },
        _ => throw new ArgumentException($"A robot of the kind {step.GetType().Name} has no view.", nameof(step)),
    };

    private static JsonObject View(Workflow workflow) => new()
    {
        ["id"] = workflow.Id,
        ["dealId"] = workflow.DealId,
        ["entityTypeId"] = workflow.EntityTypeId,
        ["stageId"] = workflow.StageId,
        ["state"] = workflow.State.ToString(),
        ["isWaiting"] = workflow.IsWaiting,
        ["position"] = workflow.Position,
        ["started"] = workflow.Started.ToString("O"),
        ["modified"] = workflow.Modified.ToString("O"),
        ["returned"] = new JsonObject(workflow.Returned.Select(robot => KeyValuePair.Create(robot.Key, (JsonNode?)robot.Value.DeepClone()))),
        ["log"] = new JsonArray([.. workflow.Log.Select(line => JsonValue.Create(line))]),
    };

    /// <summary>Without the tokens that were sent.</summary>
    private static JsonObject View(Delivery delivery) => new()
    {
        ["name"] = delivery.Name,
        ["isRobotCall"] = delivery.IsRobotCall,
        ["webhookId"] = delivery.WebhookId,
        ["handler"] = delivery.Handler.ToString(),
        ["queuedAt"] = delivery.QueuedAt.ToString("O"),
        ["posts"] = delivery.Posts,
        ["status"] = delivery.Status,
        ["failure"] = delivery.Failure,
        ["milliseconds"] = delivery.Duration.TotalMilliseconds,
        ["form"] = new JsonObject(delivery.Form.Where(entry => entry.Key != "auth").Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone()))),
    };
}
