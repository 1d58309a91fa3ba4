using System.Globalization;
using B24RobotApp.Benchmarks.Intake;
using B24RobotApp.Benchmarks.Mapping;
using B24RobotApp.Benchmarks.Rate;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

return args switch
{
    ["intake", ..] => await IntakeBenchmark.RunAsync(Console.Out),
    ["intake-load", ..] => await IntakeBenchmark.LoadAsync(args[1..], Console.Out),
    ["rate"] => await RateBenchmark.RunAsync(500, Console.Out),
    ["rate", var deals] => await RateBenchmark.RunAsync(int.Parse(deals, CultureInfo.InvariantCulture), Console.Out),
    ["mapping"] => Micro<MappingBenchmark>(),
    _ => Usage(),
};

// In this very process: a project generated elsewhere would not find the repository's central package versions.
static int Micro<T>() => BenchmarkRunner.Run<T>(
    DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)).WithOptions(ConfigOptions.DisableLogFile)).HasCriticalValidationErrors ? 1 : 0;

static int Usage()
{
    Console.Error.WriteLine("Usage: scripts/bench intake | rate [deals] | mapping");
    return 2;
}
