using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Methods;

/// <summary><c>bizproc.workflow.*</c>: workflows that still run, and templates of the designer. Stage automation is never listed.</summary>
internal static class WorkflowMethods
{
    public static void Register(RestMethodTable table)
    {
        Add(table, "bizproc.workflow.instances", Instances);
        Add(table, "bizproc.workflow.instance.list", Instances);
        Add(table, "bizproc.workflow.terminate", Terminate);
        Add(table, "bizproc.workflow.kill", Kill);
        Add(table, "bizproc.workflow.template.list", Templates);
    }

    private static void Add(RestMethodTable table, string name, RestHandler handler) => table.Add(
        new RestMethod(name, "bizproc", handler) { AdminOnly = true, Requires = settings => settings.HasWorkflowDesigner });

    private static JsonArray Instances(RestCall call) => BizprocList.Create(
        call,
        call.Portal.Automation.Running.Select(workflow => Row(call, workflow)),
        ["MODIFIED", "OWNED_UNTIL", "STARTED"],
        ["ID", "MODIFIED", "OWNED_UNTIL"],
        ("MODIFIED", true));

    private static JsonObject Row(RestCall call, Workflow workflow) => new()
    {
        ["ID"] = workflow.Id,
        ["MODIFIED"] = TimeBlock.Iso(call.Portal, workflow.Modified),
        // A lock without a known end is shown as one of the usual five minutes.
        ["OWNED_UNTIL"] = workflow.OwnedUntil is { } until && until > call.Portal.Now
            ? TimeBlock.Iso(call.Portal, until == DateTimeOffset.MaxValue ? call.Portal.Now.AddMinutes(5) : until)
            : null,
        ["MODULE_ID"] = "crm",
        ["ENTITY"] = DocumentType.Of(call.Portal.Crm.Data.Store(workflow.EntityTypeId).Type).Class,
        ["DOCUMENT_ID"] = string.Create(CultureInfo.InvariantCulture, $"{DocumentType.Of(call.Portal.Crm.Data.Store(workflow.EntityTypeId).Type).Name}_{workflow.ItemId}"),
        ["STARTED"] = TimeBlock.Iso(call.Portal, workflow.Started),
        ["STARTED_BY"] = "0",
        ["TEMPLATE_ID"] = workflow.TemplateId.ToString(CultureInfo.InvariantCulture),
    };

    private static JsonNode Terminate(RestCall call)
    {
        var upper = call.UpperCased();
        return call.Portal.Automation.Terminate(Id(upper), upper["STATUS"].AsText() ?? "Terminated.") ? true : throw NotFound();
    }

    private static JsonNode Kill(RestCall call) => call.Portal.Automation.Kill(Id(call.UpperCased())) ? true : throw NotFound();

    private static string Id(JsonObject upper) => upper["ID"].IsEmpty()
        ? throw new RestError("ERROR_WRONG_WORKFLOW_ID", "Empty workflow instance ID")
        : upper["ID"].AsText() ?? "";

    /// <summary>Text in the portal's language, and no code.</summary>
    private static RestError NotFound() => new("", "Рабочий поток не найден");

    private static JsonArray Templates(RestCall call) => BizprocList.Create(
        call, call.Portal.Automation.DesignerTemplates.Select(row => row.DeepClone().AsObject()), ["MODIFIED"], ["ID"], ("ID", false));
}
