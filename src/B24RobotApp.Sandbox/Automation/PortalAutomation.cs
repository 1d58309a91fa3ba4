using System.Security.Cryptography;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>The robots of a portal's stages and the workflows they run in.</summary>
public sealed class PortalAutomation
{
    private readonly SandboxPortal _portal;
    private readonly int _capacity;
    private readonly WorkflowRunner _runner;
    private readonly Dictionary<(int EntityTypeId, int CategoryId, string StageId), (int TemplateId, List<RobotStep> Steps)> _stages = [];
    private readonly Queue<Workflow> _history = [];
    private int _lastTemplateId;

    internal PortalAutomation(SandboxPortal portal, int capacity)
    {
        _portal = portal;
        _runner = new WorkflowRunner(portal);
        _capacity = capacity;
    }

    /// <summary>The calls of robots that were queued, oldest first.</summary>
    public IReadOnlyList<Delivery> Calls => [.. _portal.Deliveries.History.Where(delivery => delivery.IsRobotCall)];

    /// <summary>The workflows that were started, oldest first.</summary>
    public IReadOnlyList<Workflow> Workflows => _portal.Run(() => _history.ToList());

    /// <summary>The robots of all deal stages, by pipeline and stage.</summary>
    public IReadOnlyDictionary<(int CategoryId, string StageId), IReadOnlyList<RobotStep>> Robots => _portal.Run(() =>
        _stages.Where(stage => stage.Key.EntityTypeId == EntityTypes.DealId).ToDictionary(stage => (stage.Key.CategoryId, stage.Key.StageId), stage => (IReadOnlyList<RobotStep>)stage.Value.Steps.ToList()));

    /// <summary>
    /// Templates of the workflow designer as <c>bizproc.workflow.template.list</c> shows them, rows of upper-case fields. The templates of
    /// stages are not among them.
    /// </summary>
    public IList<JsonObject> DesignerTemplates { get; } = [];

    internal IEnumerable<Workflow> Running => _runner.Running;

    /// <summary>Puts a robot behind those of a stage, as the designer does on saving.</summary>
    /// <returns>The robot with its activity name.</returns>
    /// <exception cref="InvalidOperationException">The designer does not offer the robot there.</exception>
    public T Place<T>(int categoryId, string stageId, T step, int entityTypeId = EntityTypes.DealId) where T : RobotStep => _portal.Run(() =>
    {
        if (step is AppRobotStep robot && _runner.Definition(robot) is { } definition
            && !DocumentType.Of(_portal.Crm.Data.Store(entityTypeId).Type).IsOffered(definition.Filter))
        {
            throw new InvalidOperationException($"The robot {robot.Code} is not offered for items of the kind {entityTypeId}.");
        }
        var placed = step.Name.Length > 0 ? step : step with { Name = NewActivityName() };
        if (!_stages.TryGetValue((entityTypeId, categoryId, stageId), out var stage))
        {
            _stages.Add((entityTypeId, categoryId, stageId), stage = (++_lastTemplateId, []));
        }
        stage.Steps.Add(placed);
        return placed;
    });

    /// <summary>Puts a robot in the place of the one with its activity name, as the designer does when settings are saved again. Workflows under way go on as they began.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Replace(int categoryId, string stageId, RobotStep step, int entityTypeId = EntityTypes.DealId) => Change(entityTypeId, categoryId, stageId, step.Name, (steps, at) => steps[at] = step);

    /// <summary>Takes one robot off a stage.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(int categoryId, string stageId, string name, int entityTypeId = EntityTypes.DealId) => Change(entityTypeId, categoryId, stageId, name, (steps, at) => steps.RemoveAt(at));

    /// <summary>Takes all robots off a stage. Workflows under way go on as they began.</summary>
    public void Clear(int categoryId, string stageId, int entityTypeId = EntityTypes.DealId) => _portal.Run(() => { _stages.Remove((entityTypeId, categoryId, stageId)); });

    /// <summary>An item was created on a stage or came to it. Called after the save.</summary>
    public void OnItemEntered(int entityTypeId, long itemId, string stageId, int categoryId) => _portal.Run(() =>
    {
        _runner.EndFor(entityTypeId, itemId, "The item left the stage.");
        if (!_portal.Settings.HasAutomation || !_stages.TryGetValue((entityTypeId, categoryId, stageId), out var stage) || stage.Steps.Count == 0)
        {
            return;
        }

        var workflow = new Workflow(NewWorkflowId(), stage.TemplateId, entityTypeId, itemId, stageId, [.. stage.Steps], _portal.Now);
        _history.Enqueue(workflow);
        while (_history.Count > _capacity && _history.Peek().State != WorkflowState.Running)
        {
            _history.Dequeue();
        }
        _runner.Start(workflow);
    });

    /// <summary>An item is gone. Its workflow writes it down; it ends when the next answer comes.</summary>
    public void OnItemDeleted(int entityTypeId, long itemId) => _portal.Run(() => { _runner.FindFor(entityTypeId, itemId)?.LogLines.Add("The item was deleted."); });

    internal bool Terminate(string workflowId, string reason) => _runner.Terminate(workflowId, reason);

    /// <summary>Forgets a workflow altogether.</summary>
    internal bool Kill(string workflowId)
    {
        if (!_runner.Terminate(workflowId, "Killed."))
        {
            return false;
        }
        var kept = _history.Where(workflow => workflow.Id != workflowId).ToList();
        _history.Clear();
        kept.ForEach(_history.Enqueue);
        return true;
    }

    /// <exception cref="RestError">The token is forged, or the portal is of the older kind and the workflow is gone or locked.</exception>
    internal void Send(string? eventToken, RobotAnswer answer)
    {
        var token = CheckToken(eventToken);
        if (_portal.Settings.Generation == PortalGeneration.Newest)
        {
            _portal.AfterResponse(() => _portal.Run(() => _runner.Take(token, answer)));
            return;
        }

        switch (_runner.Take(token, answer))
        {
            case WorkflowRunner.Taking.Gone:
                throw new RestError(404, "Рабочий поток не найден");
            case WorkflowRunner.Taking.Locked:
                throw new RestError(423, "Рабочий поток заблокирован");
        }
    }

    /// <exception cref="RestError">The token is forged.</exception>
    internal EventToken CheckToken(string? eventToken) => _runner.CheckToken(eventToken);

    private bool Change(int entityTypeId, int categoryId, string stageId, string name, Action<List<RobotStep>, int> change) => _portal.Run(() =>
    {
        if (!_stages.TryGetValue((entityTypeId, categoryId, stageId), out var stage) || stage.Steps.FindIndex(step => step.Name == name) is not (>= 0 and var at))
        {
            return false;
        }
        change(stage.Steps, at);
        return true;
    });

    private static string NewWorkflowId() =>
        $"{RandomNumberGenerator.GetHexString(14, lowercase: true)}.{RandomNumberGenerator.GetInt32(10_000_000, 99_999_999)}";

    private static string NewActivityName() => $"A{Part()}_{Part()}_{Part()}_{Part()}";

    private static int Part() => RandomNumberGenerator.GetInt32(1, 99_999);
}
