using System.ComponentModel;
using System.Runtime.InteropServices;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>
/// A disk on which a process cannot write any more, as far as that can be had without an administrator: its limit for the size of files goes down to nothing, so that every write to a file fails
/// (with EFBIG instead of ENOSPC), and up again. Linux only. Source: prlimit(2).
/// </summary>
internal static class FullDisk
{
    private const int FileSize = 1; // RLIMIT_FSIZE

    private const int FileTooBig = 25; // SIGXFSZ
    private const nint Ignore = 1; // SIG_IGN

    public static bool IsPossible => OperatingSystem.IsLinux();

    /// <summary>The limit comes with a signal that would end the app. Processes that are started from now on are born deaf to it, so that they hear of the failed write alone.</summary>
    public static void Prepare()
    {
        if (IsPossible)
        {
            _ = SetSignal(FileTooBig, Ignore);
        }
    }

    public static void Begin(int processId) => Set(processId, 1);

    public static void End(int processId) => Set(processId, ulong.MaxValue);

    private static void Set(int processId, ulong bytes)
    {
        // The hard limit stays, or it could not be put up again.
        var limit = new Limit { Soft = bytes, Hard = ulong.MaxValue };
        if (SetLimit(processId, FileSize, in limit, 0) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimit(int processId, int resource, in Limit limit, nint old);

    [DllImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SetSignal(int signal, nint action);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
