using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace B24RobotApp.Benchmarks.Intake;

/// <summary>What the disk itself can do: appends of one page, each made durable before the next. The yardstick beside every figure of durable calls.</summary>
internal static class FsyncLoop
{
    public static (double PerSecond, TimeSpan Median) Measure(string directory, TimeSpan duration)
    {
        var path = Path.Combine(directory, "fsync.probe");
        var page = new byte[4096];
        var times = new List<TimeSpan>();
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            var total = Stopwatch.StartNew();
            for (long offset = 0; total.Elapsed < duration; offset += page.Length)
            {
                var one = Stopwatch.GetTimestamp();
                Append(file, page, offset);
                times.Add(Stopwatch.GetElapsedTime(one));
            }
        }

        File.Delete(path);
        times.Sort();
        return (times.Count / duration.TotalSeconds, times[times.Count / 2]);
    }

    private static void Append(SafeFileHandle file, byte[] page, long offset)
    {
        RandomAccess.Write(file, page, offset);
        RandomAccess.FlushToDisk(file);
    }
}
