using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Benchmarks.Rate;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Benchmarks.Soak;

/// <summary>Deals at a steady pace for a long time, under the standard plan's limits; what the app's process takes of the machine is looked at once a minute.</summary>
internal static class SoakRun
{
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMinutes(1);

    /// <param name="minutes">How long.</param>
    /// <param name="perSecond">Deals a second.</param>
    /// <param name="output">Gets a line a minute, and at the end those of start, middle and end.</param>
    public static async Task<int> RunAsync(int minutes, int perSecond, TextWriter output)
    {
        await using var stage = await RateBenchmark.StartAsync();
        var orders = new Orders(stage.Source);
        PortalConditions.Limited.ApplyTo(stage.Source);
        PortalConditions.Limited.ApplyTo(stage.Esb);

        var samples = new List<Sample>();
        var workflows = new List<(long Deal, Workflow Workflow)>();
        var watch = Stopwatch.StartNew();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        while (watch.Elapsed < TimeSpan.FromMinutes(minutes))
        {
            await pace.WaitForNextTickAsync();
            foreach (var deal in orders.AddDeals((int)(perSecond * watch.Elapsed.TotalSeconds) - workflows.Count))
            {
                workflows.Add((deal, stage.Send(deal)));
            }

            if (watch.Elapsed > (samples.Count + 1) * SampleEvery)
            {
                // The journals are the sandbox's memory, not the app's; an hour of them is of no use here.
                stage.Source.Journal.Clear();
                stage.Esb.Journal.Clear();
                samples.Add(Sample.Of(stage, watch.Elapsed, workflows.Count, workflows.Count(one => one.Workflow.State == WorkflowState.Running)));
                await output.WriteLineAsync(samples[^1].ToString());
            }
        }

        foreach (var (_, workflow) in workflows)
        {
            await Stage.CompletedAsync(workflow, CancellationToken.None, TimeSpan.FromMinutes(10));
        }

        PortalConditions.Free.ApplyTo(stage.Esb);
        var arrived = ArrivedAt(stage).ToLookup(deal => long.Parse(deal["originId"]!.ToString().Split(':')[0], CultureInfo.InvariantCulture));
        var notOnce = workflows.Count(one => arrived[one.Deal].Count() != 1);
        var unanswered = workflows.Count(one => one.Workflow.Returned.Values.FirstOrDefault()?["status"]?.ToString() != "created");
        await output.WriteLineAsync($"Start, middle, end of {minutes} minutes at {perSecond} deals a second:");
        foreach (var sample in new[] { samples[Math.Min(4, samples.Count - 1)], samples[samples.Count / 2], samples[^1] })
        {
            await output.WriteLineAsync(sample.ToString());
        }

        await output.WriteLineAsync($"{workflows.Count} deals, not exactly once on the ESB {notOnce}, not answered «created» {unanswered}");
        return notOnce + unanswered == 0 ? 0 : 1;
    }

    /// <summary>All deals of the ESB that came from the source, page by page: to ask for each of them would take longer than to send it.</summary>
    private static IEnumerable<JsonObject> ArrivedAt(Stage stage)
    {
        var last = 0L;
        JsonArray page;
        do
        {
            page = stage.Esb.Call("crm.item.list", new JsonObject
            {
                ["entityTypeId"] = 2,
                ["filter"] = new JsonObject { ["=originatorId"] = $"b24:{stage.Source.MemberId}", [">id"] = last },
                ["order"] = new JsonObject { ["id"] = "ASC" },
                ["start"] = -1,
            })!["items"]!.AsArray();
            foreach (var deal in page)
            {
                last = deal!["id"]!.GetValue<long>();
                yield return deal.AsObject();
            }
        }
        while (page.Count > 0);
    }

    /// <summary>What the app's process holds.</summary>
    private sealed record Sample(TimeSpan At, int Sent, int Waiting, long Resident, int Handles, int Threads, long Database, long Log)
    {
        public static Sample Of(Stage stage, TimeSpan at, int sent, int waiting)
        {
            using var process = Process.GetProcessById(stage.App.ProcessId);
            return new Sample(
                at, sent, waiting, process.WorkingSet64, Directory.GetFiles($"/proc/{process.Id}/fd").Length, process.Threads.Count,
                Bytes(stage.DataDirectory, "b24robot.sqlite3*"), Bytes(Path.Combine(stage.DataDirectory, "logs"), "*"));
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"  {At.TotalMinutes,3:0} min: {Sent,6} sent, {Waiting,4} under way, {Resident >> 20,4} MB resident, {Handles,4} handles, {Threads,3} threads, database {Database / 1e6,6:0.0} MB ({Database / Math.Max(1, Sent),5} bytes a deal), log {Log / 1e6,5:0.0} MB");

        private static long Bytes(string folder, string pattern) => new DirectoryInfo(folder).EnumerateFiles(pattern).Sum(file => file.Length);
    }
}
