using System.Globalization;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>What decides how a run goes: the same seed plans the same deals, faults and accidents. How they meet is the machine's to decide, so a repetition is alike and not the same.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Minutes">How long deals are sent and things go wrong; what is under way then is waited for.</param>
/// <param name="Transfers">It goes on until the app has taken so many calls; 0: only the time counts.</param>
/// <param name="Servers">How many servers share a database, where there is more than one.</param>
internal sealed record ChaosOptions(int Seed, double Minutes, int Transfers, int Servers)
{
    private const string SeedVariable = "CHAOS_SEED";
    private const string MinutesVariable = "CHAOS_MINUTES";
    private const string TransfersVariable = "CHAOS_TRANSFERS";
    private const string ServersVariable = "CHAOS_SERVERS";

    /// <summary>Of the short run that belongs to all tests. It goes through every accident once, which takes about as long.</summary>
    private const double ShortRun = 0.3;

    private const double DealsPerSecond = 10;

    public TimeSpan Duration => TimeSpan.FromMinutes(Minutes);

    /// <summary>At what rate deals come to the robot's stage.</summary>
    public double Rate => Transfers > 0 ? Transfers / Duration.TotalSeconds : DealsPerSecond;

    /// <summary>Long enough for accidents to come at intervals, and for what they leave behind to be worked off in between.</summary>
    public bool IsLong => Minutes >= 3;

    /// <summary>How to run it again.</summary>
    public string Command => string.Create(
        CultureInfo.InvariantCulture, $"scripts/chaos{(Environment.GetEnvironmentVariable(ServersVariable) is { } servers ? $" --servers {servers}" : "")} --seed {Seed} --minutes {Minutes}{(Transfers > 0 ? $" --transfers {Transfers}" : "")}");

    /// <summary>As <c>scripts/chaos</c> asks for, or else the short run.</summary>
    public static ChaosOptions FromEnvironment() => new(
        int.Parse(Environment.GetEnvironmentVariable(SeedVariable) ?? "1", CultureInfo.InvariantCulture),
        double.Parse(Environment.GetEnvironmentVariable(MinutesVariable) ?? ShortRun.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        int.Parse(Environment.GetEnvironmentVariable(TransfersVariable) ?? "0", CultureInfo.InvariantCulture),
        int.Parse(Environment.GetEnvironmentVariable(ServersVariable) ?? "3", CultureInfo.InvariantCulture));
}
