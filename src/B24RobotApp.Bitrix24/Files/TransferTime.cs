using B24RobotApp.Bitrix24.Limits;

namespace B24RobotApp.Bitrix24.Files;

/// <summary>How long a file may be under way: what any request may take, and more the bigger it is.</summary>
internal static class TransferTime
{
    /// <summary>A line slower than this (256 KB/s) is none for files.</summary>
    private const double LeastBytesPerSecond = 256 * 1024;

    public static TimeSpan Of(long bytes, PortalLimits limits) => limits.RequestTimeout + TimeSpan.FromSeconds(bytes / LeastBytesPerSecond);
}
