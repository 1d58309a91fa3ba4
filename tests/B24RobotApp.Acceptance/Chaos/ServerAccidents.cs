using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>What befalls servers that share a database: one or more are killed, one stands still for longer than its lease and goes on as if nothing had been, one is upgraded, one comes anew, and the database itself ends in order or not.</summary>
internal sealed class ServerAccidents(ServerGroup group, PostgresServer postgres, Takeovers takeovers, TimeSpan lease, Random random, ChaosOptions options, Action<string> tell) : IAccidents
{
    /// <summary>More would be a server that does not start at all.</summary>
    private const int MostStarts = 5;

    private readonly TimeSpan _longestPause = TimeSpan.FromSeconds(options.IsLong ? 15 : 0.2);
    private readonly TimeSpan _longestOutage = TimeSpan.FromSeconds(options.IsLong ? 8 : 1);
    private readonly int _most = group.Servers.Count + 2;
    private readonly Dictionary<string, int> _counts = [];
    private int _kills;

    public string Figures => $"{_kills} kills of {group.Servers.Count} servers, {takeovers.Figures}";

    public string Story => $"Accidents: {string.Join(", ", _counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key} {count.Value}"))}.";

    public async Task RunAsync(Func<bool> isEnough)
    {
        var started = TimeProvider.System.GetTimestamp();
        bool IsOver() => TimeProvider.System.GetElapsedTime(started) > options.Duration && isEnough();
        var isFirst = true;
        do
        {
            // The short run shall not take a minute; upgrades and a database that ends in order are tests of their own.
            Func<Task>[] all = options.IsLong
                ? [KillAsync, KillAsync, StandStillAsync, UpgradeAsync, AddAsync, RestartDatabaseAsync, CrashDatabaseAsync, KillWithoutDatabaseAsync]
                : [KillAsync, StandStillAsync, AddAsync, CrashDatabaseAsync];
            random.Shuffle(all);
            foreach (var accident in all.TakeWhile(_ => isFirst || !IsOver()))
            {
                await accident();
                await StartAllAsync();
                await Task.Delay(_longestPause * random.NextDouble(), TimeProvider.System, CancellationToken.None);
            }

            isFirst = false;
        }
        while (!IsOver());
    }

    public async Task EndAsync()
    {
        // Whatever one server still has in memory does not count, nor that it is there.
        await KillAsync();
        await StartAllAsync();
    }

    /// <summary>Any number of servers but all of them, for shorter or longer than their lease.</summary>
    private async Task KillAsync()
    {
        var killed = Some(random.Next(1, group.Servers.Count));
        _kills += killed.Count;
        await takeovers.KillAsync(killed);
        await Task.Delay(2 * lease * random.NextDouble(), TimeProvider.System, CancellationToken.None);
        await StartAsync(killed);
    }

    private async Task StandStillAsync()
    {
        var still = Some(1)[0];
        var entered = Takeovers.Entered(still);
        Count("standstills");
        still.StandStill();
        await Task.Delay(lease * (1.5 + random.NextDouble()), TimeProvider.System, CancellationToken.None);
        still.GoOn();

        // It has found out that it was taken for dead.
        await Sandbox.Demo.Eventually.TrueAsync(() => Takeovers.Entered(still) > entered, "the one that stood still begins anew", TimeProvider.System, CancellationToken.None);
    }

    private async Task UpgradeAsync()
    {
        var upgraded = Some(1)[0];
        Count("upgrades");
        Assert.Equal(0, await upgraded.EndAsync(CancellationToken.None));
        await StartAsync(upgraded);
    }

    private async Task AddAsync()
    {
        if (group.Servers.Count < _most)
        {
            Count("servers added");
            await group.AddAsync(CancellationToken.None);
        }
    }

    private async Task RestartDatabaseAsync()
    {
        Count("database restarted in order");
        postgres.Stop();
        await OutageAsync();
        postgres.Start();
    }

    private async Task CrashDatabaseAsync()
    {
        Count("database crashed");
        postgres.StopAtOnce();
        await OutageAsync();
        postgres.Start();
    }

    /// <summary>With calls in its spare inbox.</summary>
    private async Task KillWithoutDatabaseAsync()
    {
        Count("kills while the database was away");
        postgres.Stop();
        await OutageAsync();
        var killed = Some(1);
        _kills++;
        await killed[0].KillAsync();
        await OutageAsync();
        postgres.Start();
        await StartAsync(killed);
    }

    private Task OutageAsync() => Task.Delay(_longestOutage * random.NextDouble(), TimeProvider.System, CancellationToken.None);

    private List<AppProcess> Some(int count)
    {
        var all = group.Servers.ToArray();
        random.Shuffle(all);
        return [.. all.Take(count)];
    }

    private Task StartAsync(IEnumerable<AppProcess> servers) => Task.WhenAll(servers.Select(StartAsync));

    /// <summary>Starts a server as a service manager does: again, if it could not.</summary>
    private async Task StartAsync(AppProcess server)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await server.StartAsync(CancellationToken.None);
                return;
            }
            catch (InvalidOperationException exception) when (tries < MostStarts)
            {
                Count("starts repeated");
                tell($"A server could not start: {exception.Message.Split('\n')[^1]}");
                await server.KillAsync();
            }
        }
    }

    private async Task StartAllAsync()
    {
        foreach (var server in group.Servers.Where(server => !server.IsRunning).ToList())
        {
            Count("ended by itself");
            tell($"A server ended by itself with {server.ExitCode}.");
            await server.KillAsync();
            await StartAsync(server);
        }
    }

    private void Count(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;
}
