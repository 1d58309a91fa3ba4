using System.Globalization;
using B24RobotApp.Benchmarks.Intake;
using B24RobotApp.Benchmarks.Rate;

return args switch
{
    ["intake", ..] => await IntakeBenchmark.RunAsync(Console.Out),
    ["intake-load", ..] => await IntakeBenchmark.LoadAsync(args[1..], Console.Out),
    ["rate"] => await RateBenchmark.RunAsync(500, Console.Out),
    ["rate", var deals] => await RateBenchmark.RunAsync(int.Parse(deals, CultureInfo.InvariantCulture), Console.Out),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: scripts/bench intake | rate [deals]");
    return 2;
}
