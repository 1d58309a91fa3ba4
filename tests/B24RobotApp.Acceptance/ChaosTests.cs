using B24RobotApp.Acceptance.Chaos;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance;

/// <summary>Everything that can go wrong, at once: the short run here, longer ones by <c>scripts/chaos</c>.</summary>
[Collection(Alone.Name)]
public sealed class ChaosTests
{
    [Fact]
    public async Task Whatever_goes_wrong_no_acknowledged_call_is_lost_doubled_or_left_unanswered()
    {
        var options = ChaosOptions.FromEnvironment();
        FullDisk.Prepare();
        using var clock = new MachineClock();
        await using var stage = await Stage.StartAsync(
            new StageOptions
            {
                Program = BuiltApp.Program,
                WithSampleData = true,
                Settings = new Dictionary<string, string>(clock.Settings)
                {
                    ["Bitrix24__RequestTimeout"] = "00:00:03",
                    ["Transfers__OutcomeSettlesAfter"] = ChaosRun.OutcomeSettlesAfter.ToString(),
                    ["Transfers__ConfirmAnswersAfter"] = "00:00:03",
                },
            },
            TestContext.Current.CancellationToken);
        await stage.InstallAsync(TestContext.Current.CancellationToken);
        stage.PlaceRobots();
        await stage.EsbReadyAsync();

        var accidents = new Accidents(stage, clock, new Random(options.Seed + 2), options, Tell);
        await new ChaosRun(stage, [stage.Installation], accidents, options, Tell).RunAsync(() => [stage.App]);
    }

    private static void Tell(string line) => Console.WriteLine(line);
}
