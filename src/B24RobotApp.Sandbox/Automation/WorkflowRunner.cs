using System.Security.Cryptography;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>Runs workflows robot by robot, waits for applications' answers and takes them. Under the portal's lock.</summary>
internal sealed class WorkflowRunner(SandboxPortal portal)
{
    /// <summary>Robots that move a deal in a circle are stopped.</summary>
    private const int MaxDepth = 20;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<string, Workflow> _running = [];
    private readonly Dictionary<(int EntityTypeId, long ItemId), Workflow> _runningByItem = [];
    private int _depth;

    public IEnumerable<Workflow> Running => _running.Values;

    /// <summary>An item came to a stage: what ran for it ends.</summary>
    public void EndFor(int entityTypeId, long itemId, string reason)
    {
        if (_runningByItem.TryGetValue((entityTypeId, itemId), out var workflow))
        {
            End(workflow, WorkflowState.Terminated, reason);
        }
    }

    public Workflow? FindFor(int entityTypeId, long itemId) => _runningByItem.GetValueOrDefault((entityTypeId, itemId));

    public void Start(Workflow workflow)
    {
        _running.Add(workflow.Id, workflow);
        _runningByItem.Add((workflow.EntityTypeId, workflow.ItemId), workflow);
        if (_depth >= MaxDepth)
        {
            End(workflow, WorkflowState.Failed, "Robots move the deal in a circle.");
            return;
        }

        _depth++;
        try
        {
            Advance(workflow);
        }
        finally
        {
            _depth--;
        }
    }

    /// <summary>Ends a workflow from outside.</summary>
    public bool Terminate(string workflowId, string reason)
    {
        if (!_running.TryGetValue(workflowId, out var workflow))
        {
            return false;
        }
        End(workflow, WorkflowState.Terminated, reason);
        return true;
    }

    /// <exception cref="RestError">The token is forged.</exception>
    public EventToken CheckToken(string? eventToken) => EventToken.Parse(eventToken, _key) ?? throw RestErrors.AccessDenied();

    /// <summary>Gives a waiting robot its answer.</summary>
    public Taking Take(EventToken token, RobotAnswer answer)
    {
        if (!_running.TryGetValue(token.WorkflowId, out var workflow))
        {
            return Taking.Gone;
        }
        if (workflow.OwnedUntil > portal.Now)
        {
            return Taking.Locked;
        }
        if (!portal.Crm.Exists(workflow.EntityTypeId, workflow.ItemId))
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
                returned[id] = RobotValues.Internalize(given.Value, property.AsMap() ?? [], portal, answer.User);
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
        workflow.Modified = portal.Now;
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
                    portal.Crm.SetField(workflow.EntityTypeId, workflow.ItemId, set.Field, Placeholders.Resolve(set.Value, portal, workflow));
                    break;
                case CommentStep comment:
                    portal.Crm.AddComment(workflow.EntityTypeId, workflow.ItemId, Placeholders.Resolve(comment.Text, portal, workflow));
                    break;
                case MoveStep move:
                    // The item leaves the stage, which ends this workflow.
                    portal.Crm.MoveItem(workflow.EntityTypeId, workflow.ItemId, Placeholders.Resolve(move.StageId, portal, workflow));
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
        var app = portal.Applications.FirstOrDefault(app => app.ClientId == step.ClientId && app.IsActive);
        if (app is null || Definition(step) is not { } definition)
        {
            End(workflow, WorkflowState.Failed, app is null ? "Rest application not found." : $"The robot {step.Code} is not found.");
            return true;
        }

        var waits = definition.UseSubscription switch { "Y" => true, "N" => false, _ => step.Waits };
        var eventId = SandboxPortal.NewSecret(32);
        var form = RobotCallForm.Create(portal, workflow, step, app, definition, waits, new EventToken(workflow.Id, step.Name, eventId).Sign(_key));
        workflow.ReturnedValues[step.Name] = RobotCallForm.Defaults(definition, waits);
        var delivery = new Delivery(step.Code, definition.Handler, form, portal.Clock.GetUtcNow()) { IsRobotCall = true };
        Lock(workflow);
        if (portal.Settings.RobotsLeaveDuringRequest)
        {
            portal.Deliveries.Enqueue(delivery);
        }
        else
        {
            portal.AfterResponse(() => portal.Deliveries.Enqueue(delivery));
        }

        if (!waits)
        {
            return false;
        }
        workflow.WaitingFor = eventId;
        if (step.Timeout > TimeSpan.Zero)
        {
            workflow.Timeout = portal.Clock.CreateTimer(_ => TimeOut(workflow, step, eventId), null, step.Timeout, Timeout.InfiniteTimeSpan);
        }
        return true;
    }

    private void TimeOut(Workflow workflow, AppRobotStep step, string eventId) => portal.Run(() =>
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
        if (portal.Settings.WorkflowLock > TimeSpan.Zero)
        {
            workflow.OwnedUntil = portal.Now + portal.Settings.WorkflowLock;
            return;
        }
        if (portal.CurrentHit is { } hit)
        {
            workflow.OwnedUntil = DateTimeOffset.MaxValue;
            hit.After(() => portal.Run(() => { workflow.OwnedUntil = null; }));
        }
    }

    public RobotDefinition? Definition(AppRobotStep step) => portal.Applications
        .FirstOrDefault(app => app.ClientId == step.ClientId)?.Robots.GetValueOrDefault(step.Code);

    private void End(Workflow workflow, WorkflowState state, string? reason)
    {
        StopWaiting(workflow);
        workflow.State = state;
        workflow.Modified = portal.Now;
        workflow.OwnedUntil = null;
        if (reason is not null)
        {
            workflow.LogLines.Add(reason);
        }
        _running.Remove(workflow.Id);
        _runningByItem.Remove((workflow.EntityTypeId, workflow.ItemId));
    }

    private static void StopWaiting(Workflow workflow)
    {
        workflow.WaitingFor = null;
        workflow.Timeout?.Dispose();
        workflow.Timeout = null;
    }

    /// <summary>What became of an answer.</summary>
    internal enum Taking
    {
        /// <summary>It was taken, or nobody listens any more.</summary>
        Done,

        /// <summary>The workflow does not run.</summary>
        Gone,

        /// <summary>Somebody executes the workflow.</summary>
        Locked,
    }
}
