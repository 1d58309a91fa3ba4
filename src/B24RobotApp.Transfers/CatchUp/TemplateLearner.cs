using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>
/// Learns in which workflow template a stage's robots stand. No portal lists those templates, but a workflow that waits for us tells its own. So now and then one question travels along when a deal is read, in the same
/// request.
/// </summary>
public sealed class TemplateLearner(RobotStageStore store, TimeProvider clock)
{
    /// <summary>Templates change when a designer deletes all robots of a stage and puts new ones there.</summary>
    private static readonly TimeSpan AskedAgainAfter = TimeSpan.FromHours(1);

    /// <summary>A plan without the workflow designer, or an installing user without its rights, does not change from hour to hour.</summary>
    private static readonly TimeSpan RefusalBelieved = TimeSpan.FromDays(1);

    /// <summary>While one asks, the others need not.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<PortalId, (DateTimeOffset From, bool Refused)> _asking = new();
    private readonly ConcurrentDictionary<(PortalId Portal, int EntityTypeId, string Stage), bool> _known = new();

    /// <summary>What to ask along with reading a transfer's deal; <see langword="null"/> if it is not its turn.</summary>
    public Call? FindQuestion(NewTransfer call)
    {
        if (!call.Waits || call.WorkflowId.Length == 0)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var turn = (now + Turn, false);
        var isMine = _asking.TryGetValue(call.Portal, out var asked) ? asked.From <= now && _asking.TryUpdate(call.Portal, turn, asked) : _asking.TryAdd(call.Portal, turn);
        return isMine ? WorkflowInstances.List(new JsonObject { ["ID"] = call.WorkflowId }) : null;
    }

    /// <summary>Takes up the answer.</summary>
    /// <param name="call">The robot's call.</param>
    /// <param name="item">Its item.</param>
    /// <param name="answer">The answer; <see langword="null"/> if nothing was asked.</param>
    public async Task LearnAsync(NewTransfer call, JsonElement item, CallOutcome? answer)
    {
        if (StageSighting.Of(call, item) is not { Delay: not null, Stage: var stage })
        {
            return;
        }

        var place = (call.Portal, call.EntityTypeId, stage);
        if (answer is null)
        {
            if (!_known.ContainsKey(place) && _asking.TryGetValue(call.Portal, out var asked) && !asked.Refused)
            {
                // A stage that nobody has asked about: the next one does.
                _asking.TryRemove(KeyValuePair.Create(call.Portal, asked));
            }

            return;
        }

        if (answer.Failure is { Kind: FailureKind.Refused })
        {
            _asking[call.Portal] = (clock.GetUtcNow() + RefusalBelieved, true);
            return;
        }

        // A condition that a portal does not know makes the list longer: each row is looked at.
        if (answer.Result is { } result && WorkflowInstances.Read(result).FirstOrDefault(workflow => workflow.Id == call.WorkflowId) is { TemplateId: > 0 and var template })
        {
            await store.SaveTemplateAsync(call.Portal, new StageTemplate(template, call.EntityTypeId, stage, clock.GetUtcNow()), CancellationToken.None);
            _known[place] = true;
            _asking[call.Portal] = (clock.GetUtcNow() + AskedAgainAfter, false);
        }
    }
}
