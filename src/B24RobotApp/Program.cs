using B24RobotApp.Commands;

return await CommandLine.Create().Parse(args).InvokeAsync();
