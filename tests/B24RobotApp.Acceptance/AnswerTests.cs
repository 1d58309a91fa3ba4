using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance;

/// <summary>A workflow is locked for a while after its robot has called: older portals refuse an answer then, newer ones say that they took it and lose it.</summary>
public sealed class AnswerTests(AnswerTests.Fixture fixture) : StageTests(fixture), IClassFixture<AnswerTests.Fixture>
{
    private const int Robots = 1000;

    public sealed class Fixture : StageFixture
    {
        protected override StageOptions Options => base.Options with
        {
            Settings = new Dictionary<string, string>(Impatient) { ["Transfers__ConfirmAnswersAfter"] = "00:00:02" },
        };
    }

    [Theory]
    [InlineData(PortalGeneration.Newest)]
    [InlineData(PortalGeneration.Older)]
    public async Task Robots_of_locked_workflows_get_their_values_all_the_same(PortalGeneration generation)
    {
        Source.Settings.Generation = generation;
        Source.Journal.Clear();
        var workflows = new List<Workflow>();
        for (var i = 0; i < Robots; i++)
        {
            Source.Settings.WorkflowLock = TimeSpan.FromSeconds(i % 6);
            workflows.Add(Stage.Send(Source.AddDeal($"Занят {generation} {i}")));
        }

        Source.Settings.WorkflowLock = TimeSpan.Zero;
        await StageExtensions.UntilAsync(() => workflows.TrueForAll(workflow => workflow.State != WorkflowState.Running), "all robots are answered", TimeSpan.FromMinutes(2));
        var calls = Source.Journal.Entries.SelectMany(entry => entry.Calls.Count > 0 ? entry.Calls.Select(call => call.Method) : [entry.Method]).ToLookup(method => method);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{generation}: {Robots} robots whose workflows are locked for 0 to 5 s: {calls["bizproc.event.send"].Count()} answers, {calls["bizproc.workflow.instances"].Count()} pages of workflows, in {Source.Journal.RequestCount} requests to the portal in all");
        Assert.All(workflows, workflow => Assert.Equal("created", RobotResult.Of(workflow).Status));
    }
}
