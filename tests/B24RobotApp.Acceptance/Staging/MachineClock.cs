using B24RobotApp.ShiftableClock;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>The clock of the machine on which the app runs, as its process sees it; portals and tests have the real one.</summary>
internal sealed class MachineClock : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("b24robot-clock-");
    private readonly SharedClock _clock;

    public MachineClock() => _clock = new SharedClock(File);

    /// <summary>How far it is ahead; negative if it is behind.</summary>
    public TimeSpan Offset
    {
        get => _clock.Offset;
        set => _clock.Offset = value;
    }

    /// <summary>The environment of an app that shall go by it.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["DOTNET_STARTUP_HOOKS"] = typeof(SharedClock).Assembly.Location,
        ["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = typeof(SharedClock).Assembly.GetName().Name!,
        [SharedClock.FileVariable] = File,
    };

    private string File => Path.Combine(_directory.FullName, "offset");

    public void Dispose()
    {
        _clock.Dispose();
        _directory.Delete(recursive: true);
    }
}
