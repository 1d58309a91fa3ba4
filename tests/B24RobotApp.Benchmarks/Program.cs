using System.Globalization;
using B24RobotApp.Benchmarks.Intake;
using B24RobotApp.Benchmarks.Mapping;
using B24RobotApp.Benchmarks.Rate;
using B24RobotApp.Benchmarks.Servers;
using B24RobotApp.Benchmarks.Soak;
using B24RobotApp.Benchmarks.Table;
using B24RobotApp.Benchmarks.Wire;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

return args switch
{
    [] => await BenchmarkTable.RunAsync(Console.Out),
    ["intake"] => await IntakeBenchmark.RunAsync(Console.Out) is { } ? 0 : 1,
    ["intake-load", ..] => await IntakeBenchmark.LoadAsync(args[1..], Console.Out),
    ["rate"] => await RateBenchmark.RunAsync(500, PortalConditions.Limited, Console.Out),
    ["rate", var deals] => await RateBenchmark.RunAsync(int.Parse(deals, CultureInfo.InvariantCulture), PortalConditions.Limited, Console.Out),
    ["unmerged", var deals] => await RateBenchmark.RunAsync(int.Parse(deals, CultureInfo.InvariantCulture), PortalConditions.Limited, Console.Out, ("Bitrix24__MergeReads", "false")),
    ["slow", var deals] => await RateBenchmark.RunAsync(int.Parse(deals, CultureInfo.InvariantCulture), PortalConditions.Slow, Console.Out),
    ["servers"] => await ServersBenchmark.RunAsync(1500, Console.Out),
    ["servers", var deals] => await ServersBenchmark.RunAsync(int.Parse(deals, CultureInfo.InvariantCulture), Console.Out),
    ["soak", var minutes, var pace] => await SoakRun.RunAsync(int.Parse(minutes, CultureInfo.InvariantCulture), int.Parse(pace, CultureInfo.InvariantCulture), Console.Out),
    ["mapping"] => Micro<MappingBenchmark>(),
    ["wire"] => Micro<WireBenchmark>(),
    _ => Usage(),
};

// In this very process: a project generated elsewhere would not find the repository's central package versions.
static int Micro<T>() => BenchmarkRunner.Run<T>(
    DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)).WithOptions(ConfigOptions.DisableLogFile)).HasCriticalValidationErrors ? 1 : 0;

static int Usage()
{
    Console.Error.WriteLine("Usage: scripts/bench [intake | rate [deals] | unmerged <deals> | slow <deals> | servers [deals] | soak <minutes> <deals a second> | mapping | wire]");
    return 2;
}
