using B24RobotApp.Sandbox.Demo;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

if (args is ["demo", ..])
{
    return await DemoCommand.RunAsync(args[1..], Console.Out, stop.Token);
}

return 2;
