namespace B24RobotApp.Acceptance.Staging;

/// <summary>The program as it was built together with these tests.</summary>
internal static class BuiltApp
{
    /// <summary><c>artifacts/bin/B24RobotApp/&lt;configuration&gt;/b24robot.dll</c>, beside this project's own <c>artifacts/bin/B24RobotApp.Acceptance/&lt;configuration&gt;</c>.</summary>
    public static string Program { get; } = Find();

    private static string Find()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(own.Parent!.Parent!.FullName, "B24RobotApp", own.Name, "b24robot.dll");
        return File.Exists(program) ? program : throw new FileNotFoundException("The app is not built in the configuration of these tests.", program);
    }
}
