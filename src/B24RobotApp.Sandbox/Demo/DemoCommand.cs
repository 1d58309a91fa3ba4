using System.Globalization;

namespace B24RobotApp.Sandbox.Demo;

/// <summary><c>b24sandbox demo --app b24robot.dll [--once | --outcome] [--postgres [--servers N]]</c>.</summary>
internal static class DemoCommand
{
    private const int MostServers = 9;

    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken cancellationToken)
    {
        var program = args.SkipWhile(arg => arg != "--app").Skip(1).FirstOrDefault();
        if (program is null || !File.Exists(program) || !TryReadServers(args, out var servers))
        {
            await output.WriteLineAsync($"Usage: b24sandbox demo --app path/to/b24robot.dll [--once | --outcome] [--postgres [--servers 1..{MostServers}]]");
            return 2;
        }

        using var postgres = args.Contains("--postgres") ? PostgresServer.StartOwn() : null;

        // The sandbox goes on with nothing once a connection is cut, so the app need not wait a minute for the dust to settle.
        var settings = new Dictionary<string, string> { ["Transfers__OutcomeSettlesAfter"] = "00:00:02" };
        if (postgres is not null)
        {
            settings["Storage__Provider"] = "postgres";
            settings["Storage__ConnectionString"] = postgres.ConnectionStringTo(postgres.MakeDatabase());
            await output.WriteLineAsync($"PostgreSQL on 127.0.0.1:{postgres.Port}, with a folder of its own that is deleted at the end");
        }

        var options = new StageOptions { Program = program, ControlPort = 0, EsbTells = args.Contains("--outcome"), Settings = settings };
        if (servers > 1)
        {
            await using var group = await ServerGroup.StartAsync(options, servers, cancellationToken);
            await output.WriteLineAsync($"{servers} servers behind a balancer: {string.Join(", ", group.Servers.Select(server => server.Url))}");
            return await RunAsync(group.Stage, group, args, output, cancellationToken);
        }

        await using var stage = await Stage.StartAsync(options, cancellationToken);
        return await RunAsync(stage, null, args, output, cancellationToken);
    }

    private static bool TryReadServers(string[] args, out int servers)
    {
        servers = 1;
        return !args.Contains("--servers")
            || (int.TryParse(args.SkipWhile(arg => arg != "--servers").Skip(1).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out servers)
                && servers is >= 1 and <= MostServers && (servers == 1 || args.Contains("--postgres")));
    }

    private static async Task<int> RunAsync(Stage stage, ServerGroup? group, string[] args, TextWriter output, CancellationToken cancellationToken)
    {
        try
        {
            await output.WriteLineAsync($"Authorization server {stage.Sandbox.OAuthServer.BaseUrl}, source portal {stage.Source.BaseUrl}, ESB {stage.Esb.BaseUrl}, app {stage.PublicUrl}");
            await stage.InstallAsync(cancellationToken);
            await output.WriteLineAsync("The app is installed on the source portal, its robot is registered.");
            if (args.Contains("--outcome"))
            {
                return await new DemoRun(stage, output, TimeProvider.System).ShowOutcomeAsync(cancellationToken) == 0 ? 0 : 1;
            }

            stage.PlaceRobots();
            var run = new DemoRun(stage, output, TimeProvider.System);
            await run.ShowDealAsync(cancellationToken);
            if (args.Contains("--once"))
            {
                return await (group is null ? run.ProveAsync(cancellationToken) : run.ProveTakeoverAsync(group, cancellationToken)) == 0 ? 0 : 1;
            }

            await output.WriteLineAsync($"""

                Look around, Ctrl-C ends it:
                  source portal       {stage.Source.BaseUrl}
                  ESB                 {stage.Esb.BaseUrl}
                  journal and faults  {stage.Sandbox.ControlUrl}
                  app's sign-in       {stage.PublicUrl}signin
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
            await output.WriteLineAsync($"FAILED: {exception.Message}\nThe app's last lines:\n{string.Join('\n', (group?.Servers ?? [stage.App]).SelectMany(server => server.Output.TakeLast(30)))}");
            return 1;
        }
    }
}
