using B24RobotApp.Benchmarks.Intake;

return args switch
{
    ["intake", ..] => await IntakeBenchmark.RunAsync(Console.Out),
    ["intake-load", ..] => await IntakeBenchmark.LoadAsync(args[1..], Console.Out),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: scripts/bench intake");
    return 2;
}
