using System.Globalization;
using System.Net;
using System.Net.Sockets;
using B24RobotApp.Benchmarks.Intake;
using B24RobotApp.Benchmarks.Rate;
using B24RobotApp.Sandbox.Crm;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Benchmarks.Servers;

/// <summary>
/// What several servers bring and cost: one on SQLite, then one, two and three on PostgreSQL, all behind one address. The same calls and the same deals of six source portals for one ESB, under the standard plan's limits.
/// </summary>
internal static class ServersBenchmark
{
    private const int Sources = 6;

    /// <summary>Callers at once, shared out among the servers.</summary>
    private const int Callers = 48;

    private const int Calls = 12_000;

    private static readonly (bool OnPostgres, int Servers)[] Groups = [(false, 1), (true, 1), (true, 2), (true, 3)];

    /// <param name="deals">How many deals each group of servers carries.</param>
    /// <param name="output">Gets the figures as they come, and a table at the end.</param>
    public static async Task<int> RunAsync(int deals, TextWriter output)
    {
        var directory = Directory.CreateTempSubdirectory("b24robot-bench-").FullName;
        List<(string Name, double Durable, RateFigures Rate)> figures = [];
        try
        {
            var (fsyncs, _) = FsyncLoop.Measure(directory, TimeSpan.FromSeconds(3));
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"disk: {fsyncs:0} fsyncs/s of one page"));
            using var postgres = PostgresServer.StartOwn(isDurable: true);
            foreach (var (onPostgres, servers) in Groups)
            {
                var name = $"{(onPostgres ? "PostgreSQL" : "SQLite")}, {servers} {(servers == 1 ? "server" : "servers")}";
                await output.WriteLineAsync($"\n{name}");
                var durable = await MeasureIntakeAsync(Path.Combine(directory, name), servers, onPostgres ? postgres.ConnectionStringTo(postgres.MakeDatabase()) : null);
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{durable:0} calls/s made durable"));
                var rate = await MeasureRateAsync(deals, servers, onPostgres ? postgres.ConnectionStringTo(postgres.MakeDatabase()) : null, output);
                await rate.WriteAsync(output);
                figures.Add((name, durable, rate));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        await output.WriteLineAsync($"\n{"",-24} {"calls made",12} {"transfers/s",12} {"of these",10} {"requests a transfer",22} {"refused",9}");
        await output.WriteLineAsync($"{"",-24} {"durable/s",12} {"",12} {"kept up",10} {"sources",11} {"ESB",10} {"with 503",9}");
        foreach (var (name, durable, rate) in figures)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-24} {durable,12:0} {rate.PerSecond,12:0.0} {rate.KeptUp,10:0.0} {(double)rate.Source.Requests / rate.Deals,11:0.000} {(double)rate.Esb.Requests / rate.Deals,10:0.000} {rate.Refused,9}"));
        }

        var isWhole = figures.TrueForAll(one => one.Rate.IsWhole);
        await output.WriteLineAsync(isWhole ? "\nEvery deal arrived once and every robot was answered." : "\nNot every deal arrived once, or not every robot was answered: see above.");
        return isWhole ? 0 : 1;
    }

    /// <returns>Calls per second, from the first to the last of all servers.</returns>
    private static async Task<double> MeasureIntakeAsync(string directory, int servers, string? database)
    {
        using var silence = new TcpListener(IPAddress.Loopback, 0);
        silence.Start();
        var portal = new Uri($"http://127.0.0.1:{((IPEndPoint)silence.LocalEndpoint).Port}/");
        List<AppProcess> group = [];
        try
        {
            for (var number = 1; number <= servers; number++)
            {
                var folder = Directory.CreateDirectory(Path.Combine(directory, $"{number}")).FullName;
                if (number == 1)
                {
                    await IntakeBenchmark.InstallAsync(folder, portal, database ?? "");
                }

                var port = AppProcess.FreePort();
                var settings = IntakeBenchmark.Settings(folder, port, portal);
                Choose(settings, database);
                var server = new AppProcess(IntakeBenchmark.AppProgram, port, settings, TimeProvider.System);
                group.Add(server);
                await server.StartAsync(CancellationToken.None);
            }

            await LoadAsync(group, Calls / 3);
            return await LoadAsync(group, Calls);
        }
        finally
        {
            foreach (var server in group)
            {
                await server.KillAsync();
            }
        }
    }

    private static async Task<double> LoadAsync(List<AppProcess> group, int calls)
    {
        var results = await Task.WhenAll(group.Select(server => IntakeBenchmark.SpawnLoadAsync(server.Url, calls / group.Count, Callers / group.Count, 0)));
        return results.Any(result => result.Refused > 0)
            ? throw new InvalidOperationException($"{results.Sum(result => result.Refused)} calls were refused.")
            : results.Sum(result => result.Answered) / results.Max(result => result.Elapsed).TotalSeconds;
    }

    private static async Task<RateFigures> MeasureRateAsync(int deals, int servers, string? database, TextWriter output)
    {
        // These portals do not lock workflows, so an answer need not wait.
        var settings = new Dictionary<string, string> { ["Transfers__AnswerNotBefore"] = "00:00:00" };
        Choose(settings, database);
        await using var group = await ServerGroup.StartAsync(
            new StageOptions
            {
                Program = IntakeBenchmark.AppProgram,
                MorePortals = [.. Enumerable.Range(2, Sources - 1).Select(number => new PortalOptions { Code = $"source{number}", Title = $"Партнёр {number}" })],
                Settings = settings,
            },
            servers,
            CancellationToken.None);
        var sandbox = group.Stage.Sandbox;
        List<(SandboxPortal Source, Orders Orders)> sources = [];
        foreach (var source in sandbox.Portals.Where(portal => portal.Key != "esb").Select(portal => portal.Value))
        {
            if (source != group.Stage.Source)
            {
                SampleData.FillSource(source);
            }

            var installation = await group.Stage.InstallAsync(source, CancellationToken.None);
            sources.Add((source, await RateBenchmark.WarmUpAsync(installation)));
        }

        List<(SandboxPortal Source, long Deal)> all = [.. Enumerable.Range(0, deals).Select(number => sources[number % sources.Count]).Select(one => (one.Source, one.Orders.AddDeal()))];
        return await RateFigures.MeasureAsync(all, group.Stage.Esb, PortalConditions.Limited, output);
    }

    private static void Choose(Dictionary<string, string> settings, string? database)
    {
        settings["Storage__Provider"] = database is null ? "sqlite" : "postgres";
        settings["Storage__ConnectionString"] = database ?? "";
    }
}
