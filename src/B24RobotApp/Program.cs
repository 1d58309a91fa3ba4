using B24RobotApp.Commands;

return await CommandLine.RunAsync(args, null, null, CancellationToken.None);
