using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Errors;

namespace B24RobotApp.Transfers.Queue;

/// <summary>What happens to robots' calls and transfers, measured: a method per thing that happens. Labels are words of a fixed list, and codes up to a number of them.</summary>
public static class TransferMetrics
{
    /// <summary>So many codes are told apart; what comes after them is <c>other</c>. Portals make up codes of their own.</summary>
    private const int MostCodes = 100;

    private const int LongestCode = 60;

    private static readonly ConcurrentDictionary<string, bool> Codes = new(StringComparer.Ordinal);

    private static readonly Counter<long> Calls = Telemetry.Meter.CreateCounter<long>("b24robot.robot.calls", "{call}", "Robots' calls, by what became of them.");

    private static readonly Counter<long> Ended = Telemetry.Meter.CreateCounter<long>(
        "b24robot.transfers.finished", "{transfer}", "Transfers that came to their end, by outcome and code.");

    private static readonly Histogram<double> Durations = Telemetry.Meter.CreateHistogram(
        "b24robot.transfer.duration", "s", "From the robot's call to its answer.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400] });

    private static readonly Counter<long> Again = Telemetry.Meter.CreateCounter<long>(
        "b24robot.transfers.put_off", "{attempt}", "Attempts that did not come through and are made again later.");

    private static readonly Counter<long> LaidAside = Telemetry.Meter.CreateCounter<long>(
        "b24robot.transfers.parked", "{transfer}", "Transfers laid aside until their portal is connected again.");

    /// <summary>A robot's call is on disk.</summary>
    public static void Accepted() => Count("accepted");

    /// <summary>A portal delivered a call that it had delivered before.</summary>
    public static void Repeated() => Count("repeated");

    /// <summary>A robot's call was not taken in.</summary>
    /// <param name="why">Of a fixed list: <c>malformed</c>, <c>unknown_portal</c>, <c>wrong_token</c>, <c>too_many</c>, <c>not_stored</c>.</param>
    public static void Refused(string why) => Count(why);

    /// <summary>A transfer came to its end.</summary>
    /// <param name="outcome">What it came to.</param>
    /// <param name="answeredAfter">How long after its call the robot was answered; <see langword="null"/> if nobody waited or was to be told.</param>
    public static void Finished(TransferOutcome outcome, TimeSpan? answeredAfter)
    {
        var status = NameOf(outcome.Status);
        Ended.Add(1, new("outcome", status), new("code", LabelOf(outcome.ErrorCode)));
        if (answeredAfter is { } duration)
        {
            Durations.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", status));
        }
    }

    /// <summary>An attempt did not come through and is made again later.</summary>
    public static void PutOff(string step, FailureKind failure) => Again.Add(1, new("step", step), new("failure", NameOf(failure)));

    /// <summary>A transfer waits until its portal is connected again.</summary>
    public static void Parked() => LaidAside.Add(1);

    /// <summary>A code as a label: as it is if it looks like one and there are not too many already.</summary>
    internal static string LabelOf(string code) =>
        code.Length == 0 || Codes.ContainsKey(code) ? code
        : code.Length <= LongestCode && code.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-') && Codes.Count < MostCodes && Codes.TryAdd(code, true) ? code
        : "other";

    private static void Count(string result) => Calls.Add(1, new KeyValuePair<string, object?>("result", result));

    private static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
