using System.Globalization;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>Sends deals while everything that can go wrong does, then lets the rest come to its end in peace and looks at what stands on the portals.</summary>
/// <param name="stage">Where.</param>
/// <param name="installations">The app on the source portals.</param>
/// <param name="accidents">What befalls the app.</param>
/// <param name="options">How it goes.</param>
/// <param name="tell">Gets the lines.</param>
internal sealed class ChaosRun(Stage stage, IReadOnlyList<AppInstallation> installations, IAccidents accidents, ChaosOptions options, Action<string> tell)
{
    /// <summary>A portal works on a request whose caller is gone for so long at most; in the cloud it is a minute, which the app's setting has to outlast as it does here.</summary>
    public static readonly TimeSpan LongestHeld = TimeSpan.FromSeconds(4);

    /// <summary>After which the app believes that nothing is under way any more: five seconds more, as by default.</summary>
    public static readonly TimeSpan OutcomeSettlesAfter = LongestHeld + TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);

    private readonly TimeSpan _patience = TimeSpan.FromMinutes(options.IsLong ? 10 : 3);
    private readonly IReadOnlyList<Traffic> _traffic =
        [.. installations.Select((installation, number) => new Traffic(stage, installation, new Random(options.Seed + (100 * number)), options.Rate / installations.Count))];

    // As often at each portal, however many there are.
    private readonly FaultStorm _faults = new(
        stage, installations.Select(installation => installation.Portal), new Random(options.Seed + 1), LongestHeld, TimeSpan.FromSeconds(options.IsLong ? 20 : 2) * 2 / (installations.Count + 1));

    private IEnumerable<SandboxPortal> Portals => installations.Select(installation => installation.Portal).Append(stage.Esb);

    private int Sent => _traffic.Sum(traffic => traffic.Calls.Count);

    private int Acknowledged => _traffic.Sum(traffic => traffic.Acknowledged);

    /// <summary>Runs it, and fails if anything was lost, doubled or left unanswered.</summary>
    /// <param name="servers">Gets the servers whose output is kept if anything is wrong.</param>
    public async Task RunAsync(Func<IReadOnlyList<AppProcess>> servers)
    {
        try
        {
            (await FindVerdictAsync()).AssertClean(options, tell);
        }
        catch (Exception)
        {
            foreach (var (number, server) in servers().Index())
            {
                var log = Path.Combine(Path.GetTempPath(), $"chaos-{options.Seed}-{number + 1}.log");
                await File.WriteAllLinesAsync(log, server.Output, CancellationToken.None);
                tell($"What the app wrote stands in {log}.");
            }

            throw;
        }
    }

    private async Task<Verdict> FindVerdictAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        foreach (var portal in Portals)
        {
            portal.Limits.LimitsRate = true;

            // Without figures of execution time, as a box: a method that is refused for it rests a minute and not ten.
            portal.Settings.IsCloud = false;
        }

        using (var ended = new CancellationTokenSource())
        {
            var traffic = Task.WhenAll(_traffic.Select(one => one.RunAsync(ended.Token)));
            var faults = _faults.RunAsync(ended.Token);
            try
            {
                await accidents.RunAsync(() => Acknowledged >= options.Transfers);
            }
            finally
            {
                await ended.CancelAsync();
                await Task.WhenAll(traffic, faults);
            }
        }

        tell(string.Create(CultureInfo.InvariantCulture, $"{Sent} calls, {accidents.Figures} in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s; now it is quiet."));
        var verdict = await ComeToRestAsync();
        tell(Summary(verdict, TimeProvider.System.GetElapsedTime(started)));
        return verdict;
    }

    /// <summary>Nothing goes wrong any more, and somebody looks after the app now and then.</summary>
    private async Task<Verdict> ComeToRestAsync()
    {
        stage.Sandbox.OAuthServer.Faults.Clear();
        foreach (var portal in Portals)
        {
            portal.Faults.Clear();
        }

        await accidents.EndAsync();
        await Task.WhenAll(installations.Select(installation => installation.Portal.WhenIdleAsync()));
        var since = TimeProvider.System.GetTimestamp();
        var looks = 0;
        while (true)
        {
            // Tokens that were lost for good are brought by an administrator who opens the app, as the README says.
            if (looks++ % 5 == 0)
            {
                foreach (var installation in installations)
                {
                    await installation.Portal.OpenApplicationAsync(installation, 1, CancellationToken.None);
                }
            }

            if (!_traffic.Any(Verdict.AnyWaits) && Verdict.Of(stage, _traffic).IsClean)
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

        return Verdict.Of(stage, _traffic);
    }

    /// <summary>What went wrong, and then one line of figures.</summary>
    private string Summary(Verdict verdict, TimeSpan took)
    {
        var acknowledged = Acknowledged;
        var faults = string.Join(", ", _faults.Struck.Select(fault => $"{fault.Kind} {fault.Struck}"));
        var requests = Portals.Sum(portal => portal.Journal.RequestCount);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {Sent - acknowledged} more calls did not get through to the app, which portals do not repeat. {accidents.Story} Faults: {faults}.
            Chaos: {acknowledged} of {Sent} calls acknowledged in {took.TotalSeconds:0} s, {accidents.Figures}, {requests} requests, lost {verdict.Lost.Count}, doubled {verdict.Doubled.Count}, unanswered {verdict.Unanswered.Count}, seed {options.Seed}
            """);
    }
}
