using B24RobotApp.Commands;

return await CommandLine.RunAsync(args, CancellationToken.None);
