using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>What the robots of a deal's stages did, and what they returned.</summary>
internal static class DealRobots
{
    private const int Shown = 20;

    public static Html Show(PageRequest request, CrmItem deal)
    {
        var runs = request.Portal.Run(() => request.Portal.Automation.Workflows
            .Where(workflow => workflow.EntityTypeId == EntityTypes.DealId && workflow.ItemId == deal.Id)
            .Reverse().Take(Shown).Select(workflow => Run(request, deal, workflow)).ToList());
        return Html.Of($"""
            <section id="runs" data-live>{runs}{Html.If(runs.Count == 0, $"<p class=\"box quiet\">{request.Texts["nothing"]}</p>")}</section>
            """);
    }

    private static Html Run(PageRequest request, CrmItem deal, Workflow workflow)
    {
        var stage = request.Portal.Crm.Data.Stages(deal.Type, deal.Number("CATEGORY_ID")).FirstOrDefault(stage => stage.StatusId == workflow.StageId)?.Name ?? workflow.StageId;
        var state = workflow is { State: WorkflowState.Running, IsWaiting: true } ? "Waiting" : workflow.State.ToString();
        return Html.Of($"""
            <article class="box run" data-state="{state}">
            <h2>{stage} <span class="state {state}">{request.Texts["state." + state]}</span></h2>
            <p class="quiet">{workflow.Started.ToString("dd.MM.yyyy HH:mm:ss", CultureInfo.InvariantCulture)}</p>
            <ol>{workflow.Steps.Select((step, index) => Step(request, workflow, step, index))}</ol>
            {Html.If(workflow.Log.Count > 0, $"<pre>{string.Join('\n', workflow.Log)}</pre>")}
            </article>
            """);
    }

    private static Html Step(PageRequest request, Workflow workflow, RobotStep step, int index)
    {
        var values = workflow.Returned.GetValueOrDefault(step.Name);
        var mark = workflow.State == WorkflowState.Running && index == workflow.Position ? "…" : index < workflow.Position ? "✓" : "";
        return Html.Of($"""
            <li>{RobotTexts.Name(request, step)} <span class="quiet">{mark}</span>
            {(values is null ? default : Html.Of($"<dl class=\"returned\" data-robot=\"{step.Name}\">{values.Select(Value)}</dl>"))}
            </li>
            """);
    }

    private static Html Value(KeyValuePair<string, JsonNode?> value) =>
        Html.Of($"""<dt>{value.Key}</dt><dd data-returned="{value.Key}">{RichText.Show(value.Value.AsList() is { } list ? string.Join(", ", list.Select(item => item.AsText())) : value.Value.AsText() ?? "")}</dd>""");
}
