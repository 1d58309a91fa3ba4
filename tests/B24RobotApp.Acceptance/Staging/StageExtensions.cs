using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Crm.Timeline;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Journal;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>What tests ask of a stage.</summary>
internal static class StageExtensions
{
    /// <summary>Waits until the app has learnt what it wants to know of its ESBs, so that a test counts only what it caused itself.</summary>
    public static async Task EsbReadyAsync(this Stage stage)
    {
        // The last thing it asks an ESB at the opening of the app is what that holds already.
        await UntilAsync(
            () => stage.Esb.Journal.Entries.Any(entry => entry.Method == "crm.item.list" && entry.Status == 200), "the app knows the ESB");
        await stage.Esb.WhenIdleAsync();
    }

    /// <summary>Waits for a state, with the running test's patience.</summary>
    public static Task UntilAsync(Func<bool> condition, string state, TimeSpan? limit = null) =>
        Eventually.TrueAsync(condition, state, TimeProvider.System, TestContext.Current.CancellationToken, limit);

    /// <summary>Moves a deal to the robot's stage and waits until the robots behind ours have run.</summary>
    public static async Task<RobotResult> SendToEndAsync(this Stage stage, long dealId, JsonObject? properties = null, TimeSpan? limit = null)
    {
        if (properties is not null)
        {
            stage.PlaceRobots(properties);
        }

        return await stage.Send(dealId).ResultAsync(limit);
    }

    public static async Task<RobotResult> ResultAsync(this Workflow workflow, TimeSpan? limit = null)
    {
        await Stage.CompletedAsync(workflow, TestContext.Current.CancellationToken, limit);
        return RobotResult.Of(workflow);
    }

    /// <summary>The one deal of the ESB that came from a deal; fails if there is none or more than one.</summary>
    public static JsonObject OneEsbDealOf(this Stage stage, long dealId) => Assert.Single(stage.EsbDealsOf(dealId));

    /// <summary>The app's own entries in the timeline of a source deal, without those of the robots behind it.</summary>
    public static IReadOnlyList<TimelineComment> AppComments(this SandboxPortal source, long dealId) =>
        source.Run(() => source.Crm.Comments(dealId).Where(comment => comment.Text.Contains("Передача ", StringComparison.Ordinal)).ToList());

    /// <summary>All calls of a method: plain ones and those in batches.</summary>
    public static IReadOnlyList<JsonObject> Calls(this RequestJournal journal, string method) =>
    [
        .. from entry in journal.Entries
           from call in entry.Calls.Count > 0 ? entry.Calls.Select(call => (call.Method, call.Parameters)) : [(entry.Method, entry.Parameters)]
           where call.Method.Equals(method, StringComparison.OrdinalIgnoreCase)
           select call.Parameters ?? [],
    ];
}
