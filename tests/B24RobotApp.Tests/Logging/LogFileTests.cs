using B24RobotApp.Logging;
using Serilog;
using Serilog.Formatting.Compact;

namespace B24RobotApp.Tests.Logging;

public sealed class LogFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("b24robot-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Log_files_stay_below_a_hundred_megabytes_together_and_keep_what_came_last()
    {
        const int Scale = 1000;
        var configuration = new LoggerConfiguration();
        LogSetup.WriteFiles(configuration, new CompactJsonFormatter(), _folder.FullName, LogSetup.FileBytes / Scale);
        using (var log = configuration.CreateLogger())
        {
            for (var i = 0; i < 2000; i++)
            {
                log.Information("Line {Number} {Text}", i, new string('x', 100));
            }
        }

        var files = _folder.GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        Assert.Equal(LogSetup.Files, files.Count);
        Assert.All(files, file => Assert.Matches("^b24robot_[0-9]{3}\\.log$", file.Name));
        Assert.InRange(files.Sum(file => file.Length), LogSetup.FileBytes / Scale * (LogSetup.Files - 1), 100_000_000 / Scale);
        Assert.Contains("\"Number\":1999", File.ReadAllText(files[^1].FullName), StringComparison.Ordinal);
    }
}
