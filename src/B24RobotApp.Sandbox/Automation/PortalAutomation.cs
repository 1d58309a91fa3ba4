using System.Security.Cryptography;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>The robots of a portal's stages and the workflows they run in.</summary>
public sealed class PortalAutomation
{
    /// <summary>Robots that move a deal in a circle are stopped.</summary>
    private const int MaxDepth = 20;

    private readonly SandboxPortal _portal;
    private readonly int _capacity;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<(int CategoryId, string StageId), (int TemplateId, List<RobotStep> Steps)> _stages = [];
    private readonly Dictionary<string, Workflow> _running = [];
    private readonly Queue<Workflow> _history = [];
    private int _lastTemplateId;
    private int _depth;

    internal PortalAutomation(SandboxPortal portal, int capacity)
    {
        _portal = portal;
        _capacity = capacity;
    }

    /// <summary>The calls of robots that were queued, oldest first.</summary>
    public IReadOnlyList<Delivery> Calls => [.. _portal.Deliveries.History.Where(delivery => delivery.IsRobotCall)];

    /// <summary>The workflows that were started, oldest first.</summary>
    public IReadOnlyList<Workflow> Workflows => _portal.Run(() => _history.ToList());

    /// <summary>The robots of all stages, by pipeline and stage.</summary>
    public IReadOnlyDictionary<(int CategoryId, string StageId), IReadOnlyList<RobotStep>> Robots => _portal.Run(() =>
        _stages.ToDictionary(stage => stage.Key, stage => (IReadOnlyList<RobotStep>)stage.Value.Steps.ToList()));

    /// <summary>
    /// Templates of the workflow designer as <c>bizproc.workflow.template.list</c> shows them, rows of upper-case fields. The templates of
    /// stages are not among them.
    /// </summary>
    public IList<JsonObject> DesignerTemplates { get; } = [];

    internal IEnumerable<Workflow> Running => _running.Values;

    /// <summary>Puts a robot behind those of a stage, as the designer does on saving.</summary>
    /// <returns>The robot with its activity name.</returns>
    public T Place<T>(int categoryId, string stageId, T step) where T : RobotStep => _portal.Run(() =>
    {
        var placed = step.Name.Length > 0 ? step : step with { Name = NewActivityName() };
        if (!_stages.TryGetValue((categoryId, stageId), out var stage))
        {
            _stages.Add((categoryId, stageId), stage = (++_lastTemplateId, []));
        }
        stage.Steps.Add(placed);
        return placed;
    });

    /// <summary>Takes all robots off a stage. Workflows under way go on as they began.</summary>
    public void Clear(int categoryId, string stageId) => _portal.Run(() => { _stages.Remove((categoryId, stageId)); });

    /// <summary>A deal was created on a stage or came to it. Called after the save.</summary>
    public void OnDealEntered(long dealId, string stageId, int categoryId) => _portal.Run(() =>
    {
        EndAll(dealId, "The deal left the stage.");
        if (!_portal.Settings.HasAutomation || !_stages.TryGetValue((categoryId, stageId), out var stage) || stage.Steps.Count == 0)
        {
            return;
        }

        var workflow = new Workflow(NewWorkflowId(), stage.TemplateId, dealId, stageId, [.. stage.Steps], _portal.Now);
        _running.Add(workflow.Id, workflow);
        _history.Enqueue(workflow);
        while (_history.Count > _capacity && _history.Peek().State != WorkflowState.Running)
        {
            _history.Dequeue();
        }
        if (_depth >= MaxDepth)
        {
            End(workflow, WorkflowState.Failed, "Robots move the deal in a circle.");
            return;
        }
        _depth++;
        Advance(workflow);
        _depth--;
    });

    /// <summary>A deal is gone. Its workflows write it down; they end when the next answer comes.</summary>
    public void OnDealDeleted(long dealId) => _portal.Run(() =>
    {
        foreach (var workflow in _running.Values.Where(workflow => workflow.DealId == dealId))
        {
            workflow.LogLines.Add("The deal was deleted.");
        }
    });

    /// <summary>Ends a workflow from outside.</summary>
    internal bool Terminate(string workflowId, string reason)
    {
        if (!_running.TryGetValue(workflowId, out var workflow))
        {
            return false;
        }
        End(workflow, WorkflowState.Terminated, reason);
        return true;
    }

    /// <summary>Forgets a workflow altogether.</summary>
    internal bool Kill(string workflowId)
    {
        if (!Terminate(workflowId, "Killed."))
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
            _portal.AfterResponse(() => _portal.Run(() => Take(token, answer)));
            return;
        }

        switch (Take(token, answer))
        {
            case Taking.Gone:
                throw new RestError(404, "Рабочий поток не найден");
            case Taking.Locked:
                throw new RestError(423, "Рабочий поток заблокирован");
        }
    }

    /// <exception cref="RestError">The token is forged.</exception>
    internal EventToken CheckToken(string? eventToken) => EventToken.Parse(eventToken, _key) ?? throw RestErrors.AccessDenied();

    private Taking Take(EventToken token, RobotAnswer answer)
    {
        if (!_running.TryGetValue(token.WorkflowId, out var workflow))
        {
            return Taking.Gone;
        }
        if (workflow.OwnedUntil > _portal.Now)
        {
            return Taking.Locked;
        }
        if (_portal.Crm.FindDeal(workflow.DealId) is null)
        {
            End(workflow, WorkflowState.Terminated, "The deal is gone.");
            return Taking.Done;
        }
        // A robot that was answered before, or timed out, does not listen any more: nothing happens.
        if (workflow.WaitingFor != token.EventId)
        {
            return Taking.Done;
        }

        var step = (AppRobotStep)workflow.Steps[workflow.Position];
        if (!string.IsNullOrEmpty(answer.LogMessage))
        {
            workflow.LogLines.Add(answer.LogMessage);
        }
        if (answer.IsLogOnly)
        {
            return Taking.Done;
        }
        if (Definition(step) is { } definition)
        {
            Store(workflow.ReturnedValues[step.Name], answer, definition);
        }
        Resume(workflow);
        return Taking.Done;
    }

    private void Store(JsonObject returned, RobotAnswer answer, RobotDefinition definition)
    {
        foreach (var (id, property) in definition.ReturnProperties)
        {
            var given = answer.Values.LastOrDefault(entry => entry.Key.Equals(id, StringComparison.OrdinalIgnoreCase));
            if (given.Key is not null && returned.ContainsKey(id))
            {
                returned[id] = RobotValues.Internalize(given.Value, property.AsMap() ?? [], _portal, answer.User);
            }
        }
    }

    private void Resume(Workflow workflow)
    {
        StopWaiting(workflow);
        workflow.Position++;
        Advance(workflow);
    }

    private void Advance(Workflow workflow)
    {
        workflow.Modified = _portal.Now;
        while (workflow.State == WorkflowState.Running && workflow.Position < workflow.Steps.Count)
        {
            var step = workflow.Steps[workflow.Position];
            if (step is AppRobotStep robot && CallApplication(workflow, robot))
            {
                return;
            }
            workflow.Position++;
            RunOwnRobot(workflow, step);
        }
        if (workflow.State == WorkflowState.Running)
        {
            End(workflow, WorkflowState.Completed, null);
        }
    }

    private void RunOwnRobot(Workflow workflow, RobotStep step)
    {
        try
        {
            switch (step)
            {
                case SetFieldStep set:
                    _portal.Crm.SetField(workflow.DealId, set.Field, Placeholders.Resolve(set.Value, _portal, workflow));
                    break;
                case CommentStep comment:
                    _portal.Crm.AddComment(workflow.DealId, Placeholders.Resolve(comment.Text, _portal, workflow));
                    break;
                case MoveStep move:
                    // The deal leaves the stage, which ends this workflow.
                    _portal.Crm.MoveDeal(workflow.DealId, Placeholders.Resolve(move.StageId, _portal, workflow));
                    break;
            }
        }
        catch (RestError error)
        {
            // A robot of the portal that fails writes it down; the next one runs all the same.
            workflow.LogLines.Add(error.Description);
        }
    }

    /// <returns>Whether the workflow stops here, to wait or for good.</returns>
    private bool CallApplication(Workflow workflow, AppRobotStep step)
    {
        var app = _portal.Applications.FirstOrDefault(app => app.ClientId == step.ClientId && app.IsActive);
        if (app is null || Definition(step) is not { } definition)
        {
            End(workflow, WorkflowState.Failed, app is null ? "Rest application not found." : $"The robot {step.Code} is not found.");
            return true;
        }

        var waits = definition.UseSubscription switch { "Y" => true, "N" => false, _ => step.Waits };
        var eventId = SandboxPortal.NewSecret(32);
        var form = RobotCallForm.Create(_portal, workflow, step, app, definition, waits, new EventToken(workflow.Id, step.Name, eventId).Sign(_key));
        workflow.ReturnedValues[step.Name] = RobotCallForm.Defaults(definition, waits);
        var delivery = new Delivery(step.Code, definition.Handler, form, _portal.Clock.GetUtcNow()) { IsRobotCall = true };
        Lock(workflow);
        if (_portal.Settings.RobotsLeaveDuringRequest)
        {
            _portal.Deliveries.Enqueue(delivery);
        }
        else
        {
            _portal.AfterResponse(() => _portal.Deliveries.Enqueue(delivery));
        }

        if (!waits)
        {
            return false;
        }
        workflow.WaitingFor = eventId;
        if (step.Timeout > TimeSpan.Zero)
        {
            workflow.Timeout = _portal.Clock.CreateTimer(_ => TimeOut(workflow, step, eventId), null, step.Timeout, Timeout.InfiniteTimeSpan);
        }
        return true;
    }

    private void TimeOut(Workflow workflow, AppRobotStep step, string eventId) => _portal.Run(() =>
    {
        if (workflow.State == WorkflowState.Running && workflow.WaitingFor == eventId)
        {
            workflow.ReturnedValues[step.Name]["IsTimeout"] = 1;
            workflow.LogLines.Add("The robot was not answered in time.");
            Resume(workflow);
        }
    });

    /// <summary>While a request executes a workflow, nobody else may.</summary>
    private void Lock(Workflow workflow)
    {
        if (_portal.Settings.WorkflowLock > TimeSpan.Zero)
        {
            workflow.OwnedUntil = _portal.Now + _portal.Settings.WorkflowLock;
            return;
        }
        if (_portal.CurrentHit is { } hit)
        {
            workflow.OwnedUntil = DateTimeOffset.MaxValue;
            hit.After(() => _portal.Run(() => { workflow.OwnedUntil = null; }));
        }
    }

    private RobotDefinition? Definition(AppRobotStep step) => _portal.Applications
        .FirstOrDefault(app => app.ClientId == step.ClientId)?.Robots.GetValueOrDefault(step.Code);

    private void EndAll(long dealId, string reason)
    {
        foreach (var workflow in _running.Values.Where(workflow => workflow.DealId == dealId).ToList())
        {
            End(workflow, WorkflowState.Terminated, reason);
        }
    }

    private void End(Workflow workflow, WorkflowState state, string? reason)
    {
        StopWaiting(workflow);
        workflow.State = state;
        workflow.Modified = _portal.Now;
        workflow.OwnedUntil = null;
        if (reason is not null)
        {
            workflow.LogLines.Add(reason);
        }
        _running.Remove(workflow.Id);
    }

    private static void StopWaiting(Workflow workflow)
    {
        workflow.WaitingFor = null;
        workflow.Timeout?.Dispose();
        workflow.Timeout = null;
    }

    private static string NewWorkflowId() =>
        $"{RandomNumberGenerator.GetHexString(14, lowercase: true)}.{RandomNumberGenerator.GetInt32(10_000_000, 99_999_999)}";

    private static string NewActivityName() => $"A{Part()}_{Part()}_{Part()}_{Part()}";

    private static int Part() => RandomNumberGenerator.GetInt32(1, 99_999);

    private enum Taking
    {
        Done,
        Gone,
        Locked,
    }
}
