using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>What befalls the server and its machine, one thing after the other: kills at any moment and at each step of a transfer, a full disk, a locked database, a clock that is put right or wrong, a second server.</summary>
internal sealed class Accidents(Stage stage, MachineClock clock, Random random, ChaosOptions options, Action<string> tell) : IAccidents
{
    /// <summary>A portal that has failed is left alone by the app for a quarter of a minute.</summary>
    private static readonly TimeSpan PointLimit = TimeSpan.FromSeconds(12);

    /// <summary>More would be a server that does not start at all.</summary>
    private const int MostStarts = 5;

    private const int StepsOfShortRun = 3;

    private static readonly TimeSpan FarthestJump = TimeSpan.FromHours(2);

    private readonly TimeSpan _longestPause = TimeSpan.FromSeconds(options.IsLong ? 30 : 1);
    private readonly TimeSpan _longestTrouble = TimeSpan.FromSeconds(options.IsLong ? 14 : 3);
    private readonly Dictionary<string, int> _counts = [];
    private readonly Queue<KillPoint> _missed = [];
    private readonly HashSet<string> _pointsReached = [];
    private int _kills;
    private int _clockJumps;

    public string Figures => $"{_kills} kills, {_clockJumps} clock jumps";

    public string Story
    {
        get
        {
            var counts = string.Join(", ", _counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key} {count.Value}"));
            return $"Killed at {_pointsReached.Count} of {KillPoint.All.Count} named steps and at random. Accidents: {counts}.";
        }
    }

    /// <summary>Goes on until the time is over and enough was sent, and through everything once at least.</summary>
    public async Task RunAsync(Func<bool> isEnough)
    {
        var started = TimeProvider.System.GetTimestamp();
        bool IsOver() => TimeProvider.System.GetElapsedTime(started) > options.Duration && isEnough();
        foreach (var accident in Shuffled())
        {
            await HappenAsync(accident);
        }

        // Under other circumstances they are reached.
        for (var tries = 0; options.IsLong && tries < KillPoint.All.Count && _missed.TryDequeue(out var point); tries++)
        {
            await HappenAsync(() => KillAtAsync(point));
        }

        while (!IsOver())
        {
            foreach (var accident in Shuffled().TakeWhile(_ => !IsOver()))
            {
                await HappenAsync(accident);
            }
        }
    }

    public Task EndAsync()
    {
        clock.Offset = TimeSpan.Zero;
        return KillAsync();
    }

    private async Task HappenAsync(Func<Task> accident)
    {
        await accident();
        if (!stage.App.IsRunning)
        {
            Count("ended by itself");
            tell($"The app ended by itself with {stage.App.ExitCode}.");
            await StartAsync();
        }

        await Task.Delay(_longestPause * random.NextDouble(), TimeProvider.System, CancellationToken.None);
    }

    private async Task KillAsync()
    {
        _kills++;
        await stage.App.KillAsync();
        await StartAsync();
    }

    private Func<Task>[] Shuffled()
    {
        // Each start takes seconds, and the short run shall not take a minute; each step by itself is a test elsewhere.
        var points = KillPoint.All.ToArray();
        random.Shuffle(points);
        Func<Task>[] all =
        [
            .. points.Take(options.IsLong ? points.Length : StepsOfShortRun).Select<KillPoint, Func<Task>>(point => () => KillAtAsync(point)),
            KillAsync, FillDiskAsync, LockDatabaseAsync, KillWhileLockedAsync, JumpAsync, JumpAsync, StartSecondAsync,
        ];
        random.Shuffle(all);
        return all;
    }

    private async Task KillAtAsync(KillPoint point)
    {
        var plan = (point.AtEsb ? stage.Esb : stage.Source).Faults;
        var rule = plan.Add(new FaultRule(point.Fault, point.Method, count: 1));
        try
        {
            await Eventually.TrueAsync(() => rule.Struck > 0, point.Step, TimeProvider.System, CancellationToken.None, PointLimit);
            _pointsReached.Add(point.Step);
        }
        catch (TimeoutException)
        {
            // No transfer came by in time; the next round, or the end of this one, tries again.
            _missed.Enqueue(point);
        }

        await KillAsync();
        plan.Remove(rule);
    }

    private async Task FillDiskAsync()
    {
        if (!FullDisk.IsPossible)
        {
            return;
        }

        Count("full disks");
        var process = stage.App.ProcessId;
        FullDisk.Begin(process);
        await TroubleAsync();
        if (stage.App.IsRunning)
        {
            FullDisk.End(process);
        }
    }

    private async Task LockDatabaseAsync()
    {
        await using var held = LockDatabase();
        await TroubleAsync();
    }

    private async Task KillWhileLockedAsync()
    {
        await using var held = LockDatabase();
        await TroubleAsync();
        _kills++;
        await stage.App.KillAsync();
        var start = StartAsync();
        await TroubleAsync();
        await held.DisposeAsync();
        await start;
    }

    private SqliteConnection LockDatabase()
    {
        Count("locked databases");
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(stage.DataDirectory, "b24robot.sqlite3"),
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
        }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection;
    }

    private Task JumpAsync()
    {
        _clockJumps++;
        clock.Offset = FarthestJump * ((2 * random.NextDouble()) - 1);
        return Task.CompletedTask;
    }

    private async Task StartSecondAsync()
    {
        await using var second = stage.AnotherApp();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var code = await second.RunAsync(limit.Token);
        Assert.Equal(1, code);
        Assert.Contains(second.Output, line => line.Contains("is in use by another process", StringComparison.Ordinal));
        Count("second servers refused");
    }

    private Task TroubleAsync() => Task.Delay(_longestTrouble * random.NextDouble(), TimeProvider.System, CancellationToken.None);

    /// <summary>Starts the server as a service manager does: again, if it could not.</summary>
    private async Task StartAsync()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await stage.App.StartAsync(CancellationToken.None);
                return;
            }
            catch (InvalidOperationException exception) when (tries < MostStarts)
            {
                Count("starts repeated");
                tell($"The app could not start: {exception.Message.Split('\n')[^1]}");
                await stage.App.KillAsync();
            }
        }
    }

    private void Count(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;
}
