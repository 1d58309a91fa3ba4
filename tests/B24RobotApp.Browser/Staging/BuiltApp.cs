namespace B24RobotApp.Browser.Staging;

/// <summary>What was built and installed together with these tests.</summary>
internal static class BuiltApp
{
    /// <summary><c>artifacts/bin/B24RobotApp/&lt;configuration&gt;/b24robot.dll</c>, beside this project's own folder.</summary>
    public static string Program { get; } = FindProgram();

    /// <summary>Bitrix24's own JavaScript SDK as a browser loads it, from where the sandbox's tests have it.</summary>
    public static string Sdk { get; } = FindSdk();

    private static string FindProgram()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(own.Parent!.Parent!.FullName, "B24RobotApp", own.Name, "b24robot.dll");
        return File.Exists(program) ? program : throw new FileNotFoundException("The app is not built in the configuration of these tests.", program);
    }

    private static string FindSdk()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "B24RobotApp.sln")))
        {
            directory = directory.Parent ?? throw new DirectoryNotFoundException("The tests do not run inside the repository.");
        }
        var sdk = Path.Combine(directory.FullName, "tests", "B24RobotApp.Sandbox.Tests", "JsSdk", "node_modules", "@bitrix24", "b24jssdk", "dist", "umd", "index.min.js");
        return File.Exists(sdk) ? sdk : throw new FileNotFoundException("The SDK is not installed: run \"npm ci\" in tests/B24RobotApp.Sandbox.Tests/JsSdk.", sdk);
    }
}
