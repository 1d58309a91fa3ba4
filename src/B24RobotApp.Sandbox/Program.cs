using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Hosting;

if (args is not ["demo", ..])
{
    return await new SandboxCommand().Parse(args).InvokeAsync();
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
return await DemoCommand.RunAsync(args[1..], Console.Out, stop.Token);
