using B24RobotApp.Sandbox.Hosting;

return await new SandboxCommand().Parse(args).InvokeAsync();
