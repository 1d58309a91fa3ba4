using System.Diagnostics;
using System.Globalization;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Benchmarks.Rate;

/// <summary>What a stream of transfers took.</summary>
/// <param name="Deals">How many.</param>
/// <param name="PerSecond">Transfers per second from the first call to the last answer.</param>
/// <param name="KeptUp">The same from the time when 40 % were answered to that of 90 %: the burst at the beginning and the last answers say nothing of what can be kept up.</param>
/// <param name="Source">Requests to the source portals, and calls in them.</param>
/// <param name="Esb">The same of the ESB.</param>
/// <param name="Refused">Requests of both that were answered 503.</param>
/// <param name="Answered">Robots that got their answer.</param>
/// <param name="NotOnce">Deals that do not stand on the ESB exactly once.</param>
internal sealed record RateFigures(
    int Deals, double PerSecond, double KeptUp, (long Requests, long Calls) Source, (long Requests, long Calls) Esb, int Refused, int Answered, int NotOnce)
{
    public bool IsWhole => Answered == Deals && NotOnce == 0;

    public double RefusedShare => (double)Refused / (Source.Requests + Esb.Requests);

    public double CallsPerRequest => (double)(Source.Calls + Esb.Calls) / (Source.Requests + Esb.Requests);

    /// <inheritdoc cref="MeasureAsync(IReadOnlyList{ValueTuple{SandboxPortal, long}}, SandboxPortal, PortalConditions, TextWriter, int)"/>
    public static Task<RateFigures> MeasureAsync(
        SandboxPortal source, SandboxPortal esb, IReadOnlyList<long> deals, PortalConditions conditions, TextWriter output, int process = 0) =>
        MeasureAsync([.. deals.Select(deal => (source, deal))], esb, conditions, output, process);

    /// <summary>Sends all deals at once and waits for the last answer.</summary>
    /// <param name="deals">The deals' ids, and on which source portal each is.</param>
    /// <param name="esb">The ESB.</param>
    /// <param name="conditions">Of all portals.</param>
    /// <param name="output">Gets a line every 15 seconds.</param>
    /// <param name="process">Whose memory the lines tell; 0 for none.</param>
    public static async Task<RateFigures> MeasureAsync(
        IReadOnlyList<(SandboxPortal Source, long Deal)> deals, SandboxPortal esb, PortalConditions conditions, TextWriter output, int process = 0)
    {
        List<SandboxPortal> sources = [.. deals.Select(deal => deal.Source).Distinct()];
        foreach (var portal in sources.Append(esb))
        {
            conditions.ApplyTo(portal);
            portal.Journal.Clear();
        }

        var watch = Stopwatch.StartNew();
        var workflows = deals.Select(deal => Stage.Send(deal.Source, deal.Deal)).ToList();
        var report = TimeSpan.FromSeconds(15);
        var (from, to) = ((At: 0.0, Count: 0), (At: 0.0, Count: 0));
        while (workflows.Exists(workflow => workflow.State == WorkflowState.Running))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            var done = workflows.Count(workflow => workflow.State != WorkflowState.Running);
            from = from.Count == 0 && done >= deals.Count * 0.4 ? (watch.Elapsed.TotalSeconds, done) : from;
            to = done <= deals.Count * 0.9 ? (watch.Elapsed.TotalSeconds, done) : to;
            if (watch.Elapsed > report)
            {
                report += TimeSpan.FromSeconds(15);
                var resident = process == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {Process.GetProcessById(process).WorkingSet64 / 1024 / 1024} MB resident");
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  after {watch.Elapsed.TotalSeconds:0} s: {done} answered{resident}"));
            }
        }

        var seconds = watch.Elapsed.TotalSeconds;
        sources.ForEach(PortalConditions.Free.ApplyTo);
        PortalConditions.Free.ApplyTo(esb);
        return new RateFigures(
            deals.Count,
            deals.Count / seconds,
            (to.Count - from.Count) / (to.At - from.At),
            (sources.Sum(source => source.Journal.RequestCount), sources.Sum(source => source.Journal.CallCount)),
            (esb.Journal.RequestCount, esb.Journal.CallCount),
            sources.Append(esb).SelectMany(portal => portal.Journal.Entries).Count(entry => entry.Status == 503),
            workflows.Count(workflow => workflow.Returned.Values.FirstOrDefault()?["status"]?.ToString() == "created"),
            deals.Count(deal => Stage.EsbDealsOf(deal.Deal, deal.Source, esb).Count != 1));
    }

    public async Task WriteAsync(TextWriter output)
    {
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{Deals} deals: {PerSecond:0.0} transfers/s, {KeptUp:0.0} kept up; answered «created» {Answered}, not exactly one on the ESB {NotOnce}, refused with 503 {Refused} ({RefusedShare:0.0 %})"));
        foreach (var (name, (requests, calls)) in new[] { ("source", Source), ("ESB", Esb) })
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"  {name,-6} {requests,6} requests ({(double)requests / Deals:0.000} a transfer), {calls,6} calls"));
        }
    }
}
