using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Bizproc;

/// <summary>A workflow that has not ended, automation included.</summary>
/// <param name="Id">Its id: a robot call's <c>workflow_id</c>.</param>
/// <param name="DocumentId">What it runs on, such as <c>DEAL_15</c>.</param>
/// <param name="TemplateId">Its template; automation has one per stage.</param>
/// <param name="StartedBy">The user who started it; 0 for the portal itself.</param>
/// <param name="ModifiedAt">When it last moved.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="OwnedUntil"><see langword="null"/> while it waits; set while it is executed, and more than five minutes past if it hangs.</param>
public sealed record WorkflowInstance(
    string Id, string DocumentId, long TemplateId, long StartedBy, DateTimeOffset? ModifiedAt, DateTimeOffset? StartedAt, DateTimeOffset? OwnedUntil);

/// <summary>
/// Workflows under way; needs an administrator, the scope <c>bizproc</c>, and a plan with the workflow designer, or is answered <c>ERROR_METHOD_NOT_FOUND</c>. Which stage or robot one stands at is not told.
/// Source: bizproc/bizproc-workflow-instances.md.
/// </summary>
public static class WorkflowInstances
{
    // Without these the portal gives three of its fields only.
    private static readonly string[] Fields = ["ID", "MODIFIED", "OWNED_UNTIL", "MODULE_ID", "ENTITY", "DOCUMENT_ID", "STARTED", "STARTED_BY", "TEMPLATE_ID"];

    /// <summary>A page of 50, by id.</summary>
    /// <param name="filter">
    /// Upper-case fields with no prefix or one of <c>= ! != &lt; &lt;= &gt; &gt;=</c>. Whatever else is dropped by the portal without a word, which makes the list longer: compare each row before acting on it.
    /// </param>
    /// <param name="start">The <c>next</c> of the page before.</param>
    /// <param name="youngestFirst">By when they began instead; how a condition on a time is to be spelled is documented nowhere.</param>
    public static Call List(JsonObject filter, int start = 0, bool youngestFirst = false)
    {
        var parameters = new JsonObject
        {
            ["SELECT"] = new JsonArray([.. Fields.Select(field => JsonValue.Create(field))]),
            ["ORDER"] = youngestFirst ? new JsonObject { ["STARTED"] = "desc", ["ID"] = "asc" } : new JsonObject { ["ID"] = "asc" },
        };
        if (filter.Count > 0)
        {
            parameters["FILTER"] = filter;
        }

        if (start > 0)
        {
            parameters["start"] = start;
        }

        return new Call("bizproc.workflow.instances", parameters);
    }

    /// <summary>
    /// <c>bizproc.workflow.terminate</c>: ends a workflow and keeps its data; the robots behind the one it stands at do not run. An unknown id is refused with a text and no code. Never by what a filter has brought:
    /// look at the row first. Source: bizproc/bizproc-workflow-terminate.md.
    /// </summary>
    /// <param name="id">The workflow.</param>
    /// <param name="status">Why, for whoever reads its log.</param>
    public static Call Terminate(string id, string status) => new("bizproc.workflow.terminate", new JsonObject { ["ID"] = id, ["STATUS"] = status }, Writes: true);

    /// <summary>The workflows of a page.</summary>
    public static IEnumerable<WorkflowInstance> Read(CallResult result) => result.Result.AsList().Select(row => new WorkflowInstance(
        row.Text("ID") ?? "",
        row.Text("DOCUMENT_ID") ?? "",
        row.Id("TEMPLATE_ID") ?? 0,
        row.Id("STARTED_BY") ?? 0,
        row.Property("MODIFIED").AsDateTime(),
        row.Property("STARTED").AsDateTime(),
        row.Property("OWNED_UNTIL").AsDateTime()));
}
