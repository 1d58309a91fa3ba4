using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>The automation designer of a pipeline: robots are dragged from the list to a stage, or added there by its own list, and get their settings in a panel.</summary>
internal static class DesignerPage
{
    /// <summary>The portal's own robots that the box has.</summary>
    private static readonly string[] OwnRobots = ["setField", "move", "comment"];

    public static PageAnswer Show(PageRequest request, string category)
    {
        var (portal, texts) = (request.Portal, request.Texts);
        var shown = Pipelines.Find(request, category);
        var offered = Offered(request);
        var stages = portal.Run(() => portal.Crm.Stages(shown.Id));
        var robots = portal.Automation.Robots;
        return Layout.Page(request, texts["menu.robots"], Html.Of($"""
            <div class="toolbar"><nav class="tabs" aria-label="{texts["pipelines"]}">{Pipelines.Tabs(request, "/crm/deal/automation/", shown.Id)}</nav></div>
            <section class="box catalogue"><h2>{texts["robots.offered"]}</h2><ul>{offered.Select(robot => Html.Of($"""<li draggable="true" data-drag="robot" data-value="{robot.Key}">{robot.Name}</li>"""))}</ul></section>
            <div class="board designer">{stages.Select(stage => Stage(request, shown.Id, stage, robots.GetValueOrDefault((shown.Id, stage.StageId)) ?? [], offered))}</div>
            {Panel(request, shown.Id)}
            """), "wide");
    }

    public static PageAnswer Save(PageRequest request, string category)
    {
        request.RequireAdministrator();
        var pipeline = Pipelines.Find(request, category).Id;
        var step = Read(request);
        if (step.Name.Length == 0)
        {
            request.Portal.Automation.Place(pipeline, request.Text("stage"), step);
        }
        else if (!request.Portal.Automation.Replace(pipeline, request.Text("stage"), step))
        {
            throw new PageProblem(request.Texts["robot.unknown"]);
        }
        return new PageAnswer.GoTo($"/crm/deal/automation/{pipeline.ToString(CultureInfo.InvariantCulture)}/");
    }

    public static PageAnswer Remove(PageRequest request, string category)
    {
        request.RequireAdministrator();
        var pipeline = Pipelines.Find(request, category).Id;
        request.Portal.Automation.Remove(pipeline, request.Text("stage"), request.Text("name"));
        return new PageAnswer.GoTo($"/crm/deal/automation/{pipeline.ToString(CultureInfo.InvariantCulture)}/");
    }

    /// <summary>The robots that can stand on stages of deals: the portal's own, and those of applications whose filter lets them.</summary>
    private static List<(string Key, string Name)> Offered(PageRequest request)
    {
        var deals = DocumentType.Of(request.Portal.Crm.Data.Deals.Type);
        var ofApplications = request.Portal.Applications.Where(app => app.IsActive)
            .SelectMany(app => app.Robots.Values.Where(robot => deals.IsOffered(robot.Filter)).Select(robot => ($"{app.ClientId}@{robot.Code}", RobotTexts.Name(app, robot, request.Texts.Language))));
        return [.. ofApplications, .. OwnRobots.Select(type => (type, request.Texts["robot." + type]))];
    }

    private static Html Stage(PageRequest request, int category, (string StageId, string Name) stage, IReadOnlyList<RobotStep> steps, List<(string Key, string Name)> offered) => Html.Of($"""
        <section class="stage" data-stage="{stage.StageId}" data-drop="robot" data-drop-go="?add=*&amp;stage={Uri.EscapeDataString(stage.StageId)}">
        <h2>{stage.Name}</h2>
        {steps.Select(step => Robot(request, category, stage.StageId, step))}
        <form method="get" data-submit><input type="hidden" name="stage" value="{stage.StageId}"><select name="add" aria-label="{request.Texts["robot.add"]}">{offered.Select(robot => Layout.Option(robot.Key, robot.Name)).Prepend(Layout.Option("", "+ " + request.Texts["robot.add"], true))}</select></form>
        </section>
        """);

    private static Html Robot(PageRequest request, int category, string stage, RobotStep step) => Html.Of($"""
        <article class="robot" data-robot="{step.Name}">
        <a href="?edit={step.Name}&amp;stage={Uri.EscapeDataString(stage)}">{RobotTexts.Name(request, step)}</a>
        <form method="post" action="/crm/deal/automation/{category}/remove"><input type="hidden" name="stage" value="{stage}"><input type="hidden" name="name" value="{step.Name}"><button class="quiet" aria-label="{request.Texts["robot.remove"]}">×</button></form>
        </article>
        """);

    private static Html Panel(PageRequest request, int category)
    {
        var stage = request.Query("stage") ?? "";
        var steps = request.Portal.Automation.Robots.GetValueOrDefault((category, stage)) ?? [];
        var step = request.Query("edit") is { Length: > 0 } name ? steps.FirstOrDefault(step => step.Name == name)
            : request.Query("add") is { Length: > 0 } key ? Blank(key)
            : null;
        if (step is null)
        {
            return default;
        }
        var earlier = step.Name.Length > 0 ? steps.TakeWhile(known => known.Name != step.Name) : steps;
        return RobotForm.Show(request, category, stage, step, [.. earlier]);
    }

    private static RobotStep Blank(string key) => key switch
    {
        "setField" => new SetFieldStep("", ""),
        "move" => new MoveStep(""),
        "comment" => new CommentStep(""),
        _ when key.Split('@', 2) is [var client, var code] => new AppRobotStep(client, code, []),
        _ => new CommentStep(""),
    };

    private static RobotStep Read(PageRequest request)
    {
        var name = request.Text("name");
        return request.Text("type") switch
        {
            "setField" => new SetFieldStep(request.Text("field"), request.Text("value")) { Name = name },
            "move" => new MoveStep(request.Text("toStage")) { Name = name },
            "comment" => new CommentStep(request.Text("text")) { Name = name },
            _ => ReadOfApplication(request, name),
        };
    }

    /// <summary>The form has the names of a portal: <c>property_</c> and the id in small letters. What it does not bring was emptied.</summary>
    private static AppRobotStep ReadOfApplication(PageRequest request, string name)
    {
        var step = new AppRobotStep(request.Text("client"), request.Text("code"), []);
        var properties = new JsonObject();
        foreach (var (id, definition) in RobotTexts.Find(request.Portal, step)?.Definition.Properties ?? [])
        {
            properties[id] = request.Form[$"property_{id.ToLowerInvariant()}"]?.DeepClone() ?? (RobotValues.IsYes(definition?["MULTIPLE"]) ? new JsonArray() : JsonValue.Create(""));
        }
        return step with
        {
            Name = name,
            Properties = properties,
            Timeout = request.Text("timeoutUnit") switch
            {
                "m" => TimeSpan.FromMinutes(request.Number("timeout")),
                "h" => TimeSpan.FromHours(request.Number("timeout")),
                "d" => TimeSpan.FromDays(request.Number("timeout")),
                _ => TimeSpan.FromSeconds(request.Number("timeout")),
            },
            AuthUserId = request.Number("authUser") is > 0 and var user ? user : null,
            Waits = request.Text("waits") == "Y",
        };
    }
}
