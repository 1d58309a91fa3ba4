using B24RobotApp.Benchmarks.Rate;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Benchmarks.Latency;

/// <summary>How long a lone deal takes, from the robot's call to the answer that the portal receives, and in how many requests.</summary>
/// <param name="Median">Of all deals, after a few for warming up.</param>
/// <param name="P95">95 of 100 take no longer.</param>
/// <param name="Requests">To both portals, per deal.</param>
internal sealed record LatencyFigures(TimeSpan Median, TimeSpan P95, double Requests)
{
    private const int WarmUp = 30;
    private const int Deals = 200;

    public static async Task<LatencyFigures> MeasureAsync(SandboxPortal source, SandboxPortal esb)
    {
        var orders = new Orders(source);
        var times = new List<TimeSpan>();
        for (var i = 0; i < WarmUp + Deals; i++)
        {
            if (i == WarmUp)
            {
                source.Journal.Clear();
                esb.Journal.Clear();
            }

            var answered = source.Journal.Entries.Count;
            var workflow = Stage.Send(source, orders.AddDeal());
            await Stage.CompletedAsync(workflow, CancellationToken.None);
            var call = source.Automation.Calls[^1];
            var answer = source.Journal.Entries.Skip(answered).First(entry => entry.Method == "bizproc.event.send" || entry.Calls.Any(one => one.Method == "bizproc.event.send"));
            times.Add(answer.Time - call.QueuedAt);
        }

        var measured = times.Skip(WarmUp).Order().ToList();
        return new LatencyFigures(measured[Deals / 2], measured[Deals * 95 / 100], (double)(source.Journal.RequestCount + esb.Journal.RequestCount) / Deals);
    }
}
