using System.IO.MemoryMappedFiles;

namespace B24RobotApp.ShiftableClock;

/// <summary>The real time plus what stands in a file, in ticks. Timers and elapsed times are not shifted: so it is when an administrator or a time server puts a machine's clock right.</summary>
public sealed class SharedClock : TimeProvider, IDisposable
{
    /// <summary>The environment variable that names the file.</summary>
    public const string FileVariable = "SHIFTABLE_CLOCK_FILE";

    private readonly MemoryMappedFile _memory;
    private readonly MemoryMappedViewAccessor _view;

    public SharedClock(string file)
    {
        _memory = MemoryMappedFile.CreateFromFile(file, FileMode.OpenOrCreate, null, sizeof(long));
        _view = _memory.CreateViewAccessor();
    }

    /// <summary>How far the clock is ahead; negative if it is behind. All processes that share the file see it at once.</summary>
    public TimeSpan Offset
    {
        get => new(_view.ReadInt64(0));
        set => _view.Write(0, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;

    public void Dispose()
    {
        _view.Dispose();
        _memory.Dispose();
    }
}
