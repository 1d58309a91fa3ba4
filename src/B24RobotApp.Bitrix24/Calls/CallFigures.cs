using System.Text.Json;
using B24RobotApp.Bitrix24.Limits;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>What the answers to one credential's calls have told of the portal's speed and of the execution time used up.</summary>
internal sealed class CallFigures(PortalLimits limits, TimeProvider clock)
{
    public RequestLatency Latency { get; } = new();

    public MethodDurations Durations { get; } = new();

    public OperatingBudget Operating { get; } = new(clock);

    /// <summary>Learns from an answer's <c>time</c>. Its figures are hints: an absurd one must not turn a call that succeeded into a failure.</summary>
    public void Observe(string method, JsonElement time)
    {
        if (PortalAnswer.ReadDouble(time, "duration") is >= 0 and < 3600 and var duration)
        {
            Durations.Observe(method, TimeSpan.FromSeconds(duration));
        }

        ObserveOperating(method, time);
    }

    /// <summary>Learns the execution time used up only: how long a call with a file takes says nothing of others of its method.</summary>
    public void ObserveOperating(string method, JsonElement time)
    {
        if (PortalAnswer.ReadDouble(time, "operating") is >= 0 and var operating)
        {
            var resetAt = PortalAnswer.ReadDouble(time, "operating_reset_at") is > 0 and < uint.MaxValue and var seconds
                ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
                : (DateTimeOffset?)null;
            Operating.Observe(method, operating, resetAt);
        }
    }

    /// <summary>A request that timed out brings no figures; but together its calls took longer than that.</summary>
    public void ObserveTimeout(IReadOnlyList<Call> calls)
    {
        foreach (var call in calls)
        {
            Durations.ObserveAtLeast(call.Method, call.Writes, limits.RequestTimeout / calls.Count);
        }
    }
}
