using System.Globalization;
using B24RobotApp.Benchmarks.Intake;
using B24RobotApp.Benchmarks.Latency;
using B24RobotApp.Benchmarks.Rate;

namespace B24RobotApp.Benchmarks.Table;

/// <summary>All figures in one table: the app, beside it a handler that makes one call after the other, the target, and what bounds it.</summary>
internal static class BenchmarkTable
{
    private const int Deals = 2000;

    /// <summary>So few, since they take minutes.</summary>
    private const int DealsOneByOne = 60;

    public static async Task<int> RunAsync(TextWriter output)
    {
        await output.WriteLineAsync("Intake");
        var intake = await IntakeBenchmark.RunAsync(output);

        await output.WriteLineAsync("\nThe app: lone deals, then many under the standard plan's limits, then many on portals that take their time");
        LatencyFigures lone;

        // The app keeps to the plan's limits by itself; here they are not what is measured.
        await using (var stage = await RateBenchmark.StartAsync(("Bitrix24__RequestsPerSecond", "1000"), ("Bitrix24__Burst", "10000")))
        {
            lone = await LatencyFigures.MeasureAsync(stage.Source, stage.Esb);
        }

        RateFigures limited;
        await using (var stage = await RateBenchmark.StartAsync())
        {
            limited = await MeasureAsync(stage.Source, stage.Esb, Deals, PortalConditions.Limited, output);
        }

        RateFigures slow;
        await using (var stage = await RateBenchmark.StartAsync())
        {
            slow = await MeasureAsync(stage.Source, stage.Esb, Deals, PortalConditions.Slow, output);
        }

        await output.WriteLineAsync("\nOne call after the other: the same");
        LatencyFigures loneOneByOne;
        RateFigures limitedOneByOne;
        await using (var handler = await OneByOneHandler.StartAsync())
        {
            loneOneByOne = await LatencyFigures.MeasureAsync(handler.Source, handler.Esb);
            limitedOneByOne = await MeasureAsync(handler.Source, handler.Esb, DealsOneByOne, PortalConditions.Limited, output);
        }

        RateFigures slowOneByOne;
        await using (var handler = await OneByOneHandler.StartAsync())
        {
            slowOneByOne = await MeasureAsync(handler.Source, handler.Esb, DealsOneByOne, PortalConditions.Slow, output);
        }

        await output.WriteLineAsync("\n" + string.Create(CultureInfo.InvariantCulture, $"{"",-58} {"this app",12} {"one by one",12} {"target",12}   bound"));
        await WriteAsync($"robot calls made durable, 64 at once, per second", $"{intake.PerSecond:0}", $"-", ">= 5000", $"{intake.FsyncsPerSecond:0} fsyncs/s of this disk, shared by those who wait");
        await WriteAsync($"robot calls at 1,000/s, 99 of 100 answered within", $"{intake.P99.TotalMilliseconds:0.0} ms", $"-", "< 20 ms", $"one fsync: {intake.Fsync.TotalMilliseconds:0.00} ms");
        await WriteAsync($"lone deal, call to answer, median", $"{lone.Median.TotalMilliseconds:0.0} ms", $"{loneOneByOne.Median.TotalMilliseconds:0.0} ms", "< 15 ms", $"the portals' own time on this machine, and the fsyncs");
        await WriteAsync($"lone deal, 95 of 100 within", $"{lone.P95.TotalMilliseconds:0.0} ms", $"{loneOneByOne.P95.TotalMilliseconds:0.0} ms", "", $"");
        await WriteAsync($"lone deal, requests", $"{lone.Requests:0.0}", $"{loneOneByOne.Requests:0.0}", "3", $"read, write, report");
        await WriteAsync($"2 requests/s, burst 50: transfers per second kept up", $"{limited.KeptUp:0.0}", $"{limitedOneByOne.KeptUp:0.0}", ">= 22", $"32 by the limits of the portals");
        await WriteAsync($"  requests to the source per transfer", $"{limited.Source.Requests / (double)limited.Deals:0.000}", $"{limitedOneByOne.Source.Requests / (double)limitedOneByOne.Deals:0.000}", "<= 0.090", $"");
        await WriteAsync($"  requests to the ESB per transfer", $"{limited.Esb.Requests / (double)limited.Deals:0.000}", $"{limitedOneByOne.Esb.Requests / (double)limitedOneByOne.Deals:0.000}", "", $"");
        await WriteAsync($"  calls per request", $"{limited.CallsPerRequest:0.0}", $"{limitedOneByOne.CallsPerRequest:0.0}", "", $"50 commands a batch");
        await WriteAsync($"  requests refused with 503", $"{limited.RefusedShare:0.0 %}", $"{limitedOneByOne.RefusedShare:0.0 %}", "< 1 %", $"");
        await WriteAsync($"with 50 ms a read, 300 ms a create: kept up", $"{slow.KeptUp:0.0}", $"{slowOneByOne.KeptUp:0.0}", ">= 18", $"");
        await WriteAsync($"  requests refused with 503", $"{slow.RefusedShare:0.0 %}", $"{slowOneByOne.RefusedShare:0.0 %}", "< 1 %", $"");
        await WriteAsync($"memory with 100,000 calls queued", $"{intake.ResidentMegabytes} MB", $"-", "< 200 MB", $"");
        await WriteAsync($"ready after a kill with {intake.Open:N0} open transfers", $"{intake.Ready.TotalSeconds:0.0} s", $"-", "< 2 s", $"");
        var whole = new[] { limited, slow, limitedOneByOne, slowOneByOne }.All(figures => figures.IsWhole);
        await output.WriteLineAsync(whole ? "\nEvery deal arrived once and every robot was answered." : "\nNot every deal arrived once, or not every robot was answered: see above.");
        return limited.IsWhole && slow.IsWhole ? 0 : 1;

        Task WriteAsync(FormattableString what, FormattableString app, FormattableString oneByOne, string target, FormattableString bound) => output.WriteLineAsync(
            $"{Say(what),-58} {Say(app),12} {Say(oneByOne),12} {target,12}   {Say(bound)}".TrimEnd());
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static async Task<RateFigures> MeasureAsync(
        Sandbox.Portals.SandboxPortal source, Sandbox.Portals.SandboxPortal esb, int deals, PortalConditions conditions, TextWriter output)
    {
        var figures = await RateFigures.MeasureAsync(source, esb, new Orders(source).AddDeals(deals), conditions, output);
        await figures.WriteAsync(output);
        return figures;
    }
}
