using B24RobotApp.Acceptance.Chaos;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance;

/// <summary>Everything that can go wrong, at once: the short run here, longer ones by <c>scripts/chaos</c>.</summary>
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

        var verdict = await new ChaosRun(stage, clock, options, Tell).RunAsync();

        if (!verdict.IsClean)
        {
            var log = Path.Combine(Path.GetTempPath(), $"chaos-{options.Seed}.log");
            await File.WriteAllLinesAsync(log, stage.App.Output, CancellationToken.None);
            foreach (var problem in verdict.Lost.Select(one => $"LOST {one}").Concat(verdict.Doubled.Select(one => $"DOUBLED {one}")).Concat(verdict.Unanswered.Select(one => $"UNANSWERED {one}")))
            {
                Tell(problem);
            }

            Tell($"What the app wrote stands in {log}. To run it again: {options.Command}");
        }

        Assert.True(verdict.IsClean, $"To run it again: {options.Command}");
    }

    private static void Tell(string line) => Console.WriteLine(line);
}
