using System.Diagnostics.Metrics;
using System.Text.Json;
using B24RobotApp.Bitrix24.Errors;

namespace B24RobotApp.Bitrix24.Diagnostics;

/// <summary>What happens between the app and portals, measured: a method per thing that happens. Labels are hosts and words of this class, so there are few of them.</summary>
internal static class PortalMetrics
{
    /// <summary>An answer with a result, or with results of a batch.</summary>
    public const string Answered = "ok";

    /// <summary>The portal has another address; the request is repeated there.</summary>
    public const string Moved = "moved";

    /// <summary>The token had come to its end; the request is repeated with a new one.</summary>
    public const string TokenExpired = "token_expired";

    /// <summary>The portal counted too many requests; the request is repeated later.</summary>
    public const string RateLimited = "rate_limited";

    private static readonly Counter<long> Requests = Telemetry.Meter.CreateCounter<long>("b24robot.portal.requests", "{request}", "Requests to portals, by how they ended.");

    private static readonly Histogram<double> Durations = Telemetry.Meter.CreateHistogram(
        "b24robot.portal.request.duration", "s", "From sending a request to a portal to its answer.", advice: Buckets(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60));

    private static readonly Histogram<int> Commands = Telemetry.Meter.CreateHistogram(
        "b24robot.portal.request.calls", "{call}", "Calls that travelled in one request.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 30, 40, 50] });

    private static readonly Histogram<double> Waits = Telemetry.Meter.CreateHistogram(
        "b24robot.portal.limit.wait", "s", "How long a request waited for the portal's limit of requests.", advice: Buckets(0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300));

    private static readonly Counter<long> Refreshes = Telemetry.Meter.CreateCounter<long>("b24robot.token.refreshes", "{refresh}", "Tokens that were to be renewed at an authorization server, by how it ended.");

    /// <summary>An authorization server has renewed a pair of tokens.</summary>
    public static void Refreshed(string server) => Refreshes.Add(1, new("server", server), new("outcome", Answered));

    /// <summary>An authorization server has not renewed a pair of tokens.</summary>
    public static void NotRefreshed(string server, FailureKind failure) => Refreshes.Add(1, new("server", server), new("outcome", NameOf(failure)));

    /// <summary>A request came to an end.</summary>
    public static void Requested(string portal, string outcome, TimeSpan duration)
    {
        Requests.Add(1, new("portal", portal), new("outcome", outcome));
        Durations.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("portal", portal));
    }

    /// <summary>A request came to an end without a result that could be used.</summary>
    public static void Requested(string portal, FailureKind failure, TimeSpan duration) => Requested(portal, NameOf(failure), duration);

    /// <summary>So many calls leave in one request.</summary>
    public static void Gathered(string portal, int calls) => Commands.Record(calls, new KeyValuePair<string, object?>("portal", portal));

    /// <summary>A request was let through by the portal's limit.</summary>
    public static void Waited(string portal, TimeSpan wait) => Waits.Record(wait.TotalSeconds, new KeyValuePair<string, object?>("portal", portal));

    private static string NameOf(FailureKind failure) => JsonNamingPolicy.SnakeCaseLower.ConvertName(failure.ToString());

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };
}
