namespace B24RobotApp.Sandbox.Demo;

/// <summary><c>b24sandbox demo --app b24robot.dll [--once | --outcome]</c>.</summary>
internal static class DemoCommand
{
    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken cancellationToken)
    {
        var program = args.SkipWhile(arg => arg != "--app").Skip(1).FirstOrDefault();
        if (program is null || !File.Exists(program))
        {
            await output.WriteLineAsync("Usage: b24sandbox demo --app path/to/b24robot.dll [--once | --outcome]");
            return 2;
        }

        var once = args.Contains("--once");
        await using var stage = await Stage.StartAsync(
            new StageOptions
            {
                Program = program,
                ControlPort = 0,
                EsbTells = args.Contains("--outcome"),

                // The sandbox goes on with nothing once a connection is cut, so the app need not wait a minute for the dust to settle.
                Settings = new Dictionary<string, string> { ["Transfers__OutcomeSettlesAfter"] = "00:00:02" },
            },
            cancellationToken);
        try
        {
            await output.WriteLineAsync($"Authorization server {stage.Sandbox.OAuthServer.BaseUrl}, source portal {stage.Source.BaseUrl}, ESB {stage.Esb.BaseUrl}, app {stage.App.Url}");
            await stage.InstallAsync(cancellationToken);
            await output.WriteLineAsync("The app is installed on the source portal, its robot is registered.");
            if (args.Contains("--outcome"))
            {
                return await new DemoRun(stage, output, TimeProvider.System).ShowOutcomeAsync(cancellationToken) == 0 ? 0 : 1;
            }

            stage.PlaceRobots();
            var run = new DemoRun(stage, output, TimeProvider.System);
            await run.ShowDealAsync(cancellationToken);
            if (once)
            {
                return await run.ProveAsync(cancellationToken) == 0 ? 0 : 1;
            }

            await output.WriteLineAsync($"""

                Look around, Ctrl-C ends it:
                  source portal       {stage.Source.BaseUrl}
                  ESB                 {stage.Esb.BaseUrl}
                  journal and faults  {stage.Sandbox.ControlUrl}
                  app's sign-in       {stage.App.Url}signin
                """);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
        {
            await output.WriteLineAsync($"FAILED: {exception.Message}\nThe app's last lines:\n{string.Join('\n', stage.App.Output.TakeLast(30))}");
            return 1;
        }
    }
}
