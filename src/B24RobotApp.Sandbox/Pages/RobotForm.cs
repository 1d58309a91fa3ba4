using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Frames;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>The settings of a robot: generated from the properties it was registered with, or the application's own slider in their place.</summary>
internal static class RobotForm
{
    private const int SliderHeight = 350;

    private static readonly string[] Units = ["s", "m", "h", "d"];

    /// <param name="request">The page.</param>
    /// <param name="category">The pipeline.</param>
    /// <param name="stage">Where the robot stands or will stand.</param>
    /// <param name="step">The robot; without a name if it is new.</param>
    /// <param name="earlier">The robots before it, whose returned values it may use.</param>
    public static Html Show(PageRequest request, int category, string stage, RobotStep step, IReadOnlyList<RobotStep> earlier)
    {
        var texts = request.Texts;
        return Html.Of($"""
            <aside class="panel" role="dialog" aria-labelledby="robot-title">
            <h2 id="robot-title">{RobotTexts.Name(request, step)}</h2>
            <form method="post" action="/crm/deal/automation/{category}/save" name="robot" data-robot-form>
            <input type="hidden" name="stage" value="{stage}"><input type="hidden" name="name" value="{step.Name}">
            {Fields(request, step, earlier)}
            <p class="actions"><button class="primary">{texts["save"]}</button> <a href="/crm/deal/automation/{category}/">{texts["cancel"]}</a> <select data-insert aria-label="{texts["insert"]}">{PlaceholderList.Of(request, earlier).Select(value => Layout.Option(value.Code, value.Title)).Prepend(Layout.Option("", texts["insert"], true))}</select></p>
            </form>
            </aside>
            """);
    }

    private static Html Fields(PageRequest request, RobotStep step, IReadOnlyList<RobotStep> earlier) => step switch
    {
        SetFieldStep set => Html.Of($"""
            <input type="hidden" name="type" value="setField">
            <label>{request.Texts["robot.field"]}<select name="field">{request.Portal.Crm.Data.Deals.Type.Fields.Where(field => !field.IsReadOnly).Select(field => Layout.Option(field.Name, $"{DealFields.Title(request, field)} ({field.Name})", field.Name == set.Field))}</select></label>
            <label>{request.Texts["robot.value"]}<input name="value" value="{set.Value}"></label>
            """),
        MoveStep move => Html.Of($"""
            <input type="hidden" name="type" value="move">
            <label>{request.Texts["field.STAGE_ID"]}<select name="toStage">{request.Portal.Run(() => request.Portal.Crm.Pipelines.SelectMany(pipeline => request.Portal.Crm.Stages(pipeline.Id).Select(known => (known.StageId, Name: $"{pipeline.Name}: {known.Name}"))).ToList()).Select(known => Layout.Option(known.StageId, known.Name, known.StageId == move.StageId))}</select></label>
            """),
        CommentStep comment => Html.Of($"""
            <input type="hidden" name="type" value="comment">
            <label>{request.Texts["robot.text"]}<textarea name="text" rows="4">{comment.Text}</textarea></label>
            """),
        AppRobotStep robot when RobotTexts.Find(request.Portal, robot) is var (app, definition) => OfApplication(request, robot, app, definition, earlier),
        _ => throw new PageProblem(request.Texts["robot.unavailable"]),
    };

    private static Html OfApplication(PageRequest request, AppRobotStep step, AppInstallation app, RobotDefinition definition, IReadOnlyList<RobotStep> earlier)
    {
        var texts = request.Texts;
        var slider = definition.UsePlacement && request.Portal.Settings.ShowsRobotSettingsPages ? Widgets.SettingsOf(app, definition.Code) : null;
        var waits = definition.UseSubscription is "Y" or "N" ? default : Html.Of($"""
            <label class="check"><input type="checkbox" name="waits" value="Y"{Html.If(step.Waits, " checked")}> {texts["robot.waits"]}</label>
            """);
        return Html.Of($"""
            <input type="hidden" name="type" value="app"><input type="hidden" name="client" value="{step.ClientId}"><input type="hidden" name="code" value="{step.Code}">
            {Html.If(slider is null, $"<p class=\"quiet\">{RobotTexts.Localized(definition.Description, texts.Language)}</p>")}
            {(slider is null ? Html.Join(definition.Properties.Select(property => PropertyControl.Show(request, property.Key, property.Value.AsMap() ?? [], Value(step, property)))) : Slider(request, step, app, definition, slider, earlier))}
            <fieldset><legend>{texts["robot.timeout"]}</legend><input name="timeout" type="number" min="0" value="{(long)step.Timeout.TotalSeconds}" aria-label="{texts["robot.timeout"]}">
            <select name="timeoutUnit" aria-label="{texts["unit"]}">{Units.Select(unit => Layout.Option(unit, texts["unit." + unit]))}</select></fieldset>
            {waits}
            <label>{texts["robot.user"]}<select name="authUser">{request.Portal.Users.Where(user => user.IsActive).Select(user => Layout.Option(user.Id.ToString(CultureInfo.InvariantCulture), $"{user.Name} {user.LastName}", user.Id == (step.AuthUserId ?? definition.AuthUserId))).Prepend(Layout.Option("0", "—"))}</select></label>
            """);
    }

    /// <summary>The application's page in a frame; the values stand in hidden fields that <c>setPropertyValue</c> replaces.</summary>
    private static Html Slider(PageRequest request, AppRobotStep step, AppInstallation app, RobotDefinition definition, PlacementBinding slider, IReadOnlyList<RobotStep> earlier)
    {
        var values = definition.Properties.Select(property => (property.Key, Value: Value(step, property))).ToList();
        var options = SettingsSlider.Options(request, step, definition, values, earlier);
        return Html.Of($"""
            {values.SelectMany(value => Hidden(value.Key, value.Value))}
            {FrameView.Render(request, app, slider, options, SliderHeight)}
            """);
    }

    private static IEnumerable<Html> Hidden(string id, JsonNode? value)
    {
        var name = $"property_{id.ToLowerInvariant()}{(value is JsonArray ? "[]" : "")}";
        return (value.AsList() ?? [value]).Select(item => Html.Of($"""<input type="hidden" name="{name}" value="{item.AsText()}">"""));
    }

    /// <summary>What was saved; for a robot that was just dropped, what it is registered with.</summary>
    private static JsonNode? Value(AppRobotStep step, KeyValuePair<string, JsonNode?> property) =>
        step.Name.Length > 0 ? step.Properties[property.Key] : property.Value?["DEFAULT"];
}
