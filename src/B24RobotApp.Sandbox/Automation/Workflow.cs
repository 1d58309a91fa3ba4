using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>A run of a stage's robots for one item.</summary>
public sealed class Workflow
{
    internal Workflow(string id, int templateId, int entityTypeId, long itemId, string stageId, IReadOnlyList<RobotStep> steps, DateTimeOffset now)
    {
        Id = id;
        TemplateId = templateId;
        EntityTypeId = entityTypeId;
        ItemId = itemId;
        StageId = stageId;
        Steps = steps;
        Started = now;
        Modified = now;
    }

    public string Id { get; }

    public int TemplateId { get; }

    /// <summary>The kind of item it runs for.</summary>
    public int EntityTypeId { get; }

    /// <summary>The item it runs for.</summary>
    public long ItemId { get; }

    /// <summary>The deal it runs for, if it is one.</summary>
    public long DealId => ItemId;

    public string StageId { get; }

    public IReadOnlyList<RobotStep> Steps { get; }

    public WorkflowState State { get; internal set; }

    public DateTimeOffset Started { get; }

    public DateTimeOffset Modified { get; internal set; }

    /// <summary>Set while it is being executed: it takes no answer then.</summary>
    public DateTimeOffset? OwnedUntil { get; internal set; }

    /// <summary>Index of the robot that is next, or waits.</summary>
    public int Position { get; internal set; }

    /// <summary>What each robot returned, by activity name.</summary>
    public IReadOnlyDictionary<string, JsonObject> Returned => ReturnedValues;

    /// <summary>What it wrote down on its way.</summary>
    public IReadOnlyList<string> Log => LogLines;

    /// <summary>Whether a robot waits for an application's answer.</summary>
    public bool IsWaiting => WaitingFor is not null;

    internal Dictionary<string, JsonObject> ReturnedValues { get; } = [];

    internal List<string> LogLines { get; } = [];

    /// <summary>The event id of the call that is waited for.</summary>
    internal string? WaitingFor { get; set; }

    internal ITimer? Timeout { get; set; }
}
