using System.Globalization;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>Sends deals while everything that can go wrong does, then lets the rest come to its end in peace and looks at what stands on the portals.</summary>
internal sealed class ChaosRun(Stage stage, MachineClock clock, ChaosOptions options, Action<string> tell)
{
    /// <summary>A portal works on a request whose caller is gone for so long at most; in the cloud it is a minute, which the app's setting has to outlast as it does here.</summary>
    public static readonly TimeSpan LongestHeld = TimeSpan.FromSeconds(4);

    /// <summary>After which the app believes that nothing is under way any more: five seconds more, as by default.</summary>
    public static readonly TimeSpan OutcomeSettlesAfter = LongestHeld + TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);

    private readonly TimeSpan _patience = TimeSpan.FromMinutes(options.IsLong ? 10 : 3);
    private readonly Traffic _traffic = new(stage, new Random(options.Seed), options.Rate);
    private readonly FaultStorm _faults = new(stage, new Random(options.Seed + 1), LongestHeld, TimeSpan.FromSeconds(options.IsLong ? 20 : 2));
    private readonly Accidents _accidents = new(stage, clock, new Random(options.Seed + 2), options, tell);

    /// <summary>Runs it.</summary>
    /// <returns>What became of the deals.</returns>
    public async Task<Verdict> RunAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        stage.Source.Limits.LimitsRate = stage.Esb.Limits.LimitsRate = true;

        // Without figures of execution time, as a box: a method that is refused for it rests a minute and not ten.
        stage.Source.Settings.IsCloud = stage.Esb.Settings.IsCloud = false;
        using (var ended = new CancellationTokenSource())
        {
            var traffic = _traffic.RunAsync(ended.Token);
            var faults = _faults.RunAsync(ended.Token);
            try
            {
                await _accidents.RunAsync(() => _traffic.Acknowledged >= options.Transfers);
            }
            finally
            {
                await ended.CancelAsync();
                await Task.WhenAll(traffic, faults);
            }
        }

        tell(string.Create(CultureInfo.InvariantCulture, $"{_traffic.Calls.Count} calls and {_accidents.Kills} kills in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s; now it is quiet."));
        var verdict = await ComeToRestAsync();
        tell(Summary(verdict, TimeProvider.System.GetElapsedTime(started)));
        return verdict;
    }

    /// <summary>Nothing goes wrong any more, and somebody looks after the app now and then.</summary>
    private async Task<Verdict> ComeToRestAsync()
    {
        stage.Sandbox.OAuthServer.Faults.Clear();
        stage.Source.Faults.Clear();
        stage.Esb.Faults.Clear();
        clock.Offset = TimeSpan.Zero;
        await _accidents.KillAsync();
        await stage.Source.WhenIdleAsync();
        var since = TimeProvider.System.GetTimestamp();
        var looks = 0;
        while (true)
        {
            // Tokens that were lost for good are brought by an administrator who opens the app, as the README says.
            if (looks++ % 5 == 0)
            {
                await stage.Source.OpenApplicationAsync(stage.Installation, 1, CancellationToken.None);
            }

            if (!Verdict.AnyWaits(stage, _traffic.Calls) && Verdict.Of(stage, _traffic.Calls).IsClean)
            {
                break;
            }

            if (TimeProvider.System.GetElapsedTime(since) > _patience)
            {
                break;
            }

            await Task.Delay(BetweenLooks, TimeProvider.System, CancellationToken.None);
        }

        // Whoever would still make a second deal asks the ESB for something first.
        var requests = -1L;
        while (stage.Esb.Journal.RequestCount != requests)
        {
            requests = stage.Esb.Journal.RequestCount;
            await Task.Delay(Quiet, TimeProvider.System, CancellationToken.None);
        }

        return Verdict.Of(stage, _traffic.Calls);
    }

    /// <summary>What went wrong, and then one line of figures.</summary>
    private string Summary(Verdict verdict, TimeSpan took)
    {
        var acknowledged = _traffic.Acknowledged;
        var faults = string.Join(", ", _faults.Struck.Select(fault => $"{fault.Kind} {fault.Struck}"));
        var accidents = string.Join(", ", _accidents.Counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key} {count.Value}"));
        var requests = stage.Source.Journal.RequestCount + stage.Esb.Journal.RequestCount;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {_traffic.Calls.Count - acknowledged} more calls did not get through to the app, which portals do not repeat. Killed at {_accidents.PointsReached.Count} of {KillPoint.All.Count} named steps and at random. Faults: {faults}. Accidents: {accidents}.
            Chaos: {acknowledged} transfers in {took.TotalSeconds:0} s, {_accidents.Kills} kills, {_accidents.ClockJumps} clock jumps, {requests} requests, lost {verdict.Lost.Count}, doubled {verdict.Doubled.Count}, unanswered {verdict.Unanswered.Count}, seed {options.Seed}
            """);
    }
}
