namespace B24RobotApp.Transfers.Storage;

/// <summary>Times are stored as UTC, in milliseconds since 1970.</summary>
internal static class UnixTime
{
    public static DateTimeOffset From(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public static DateTimeOffset? From(long? milliseconds) => milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;

    public static long? Of(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();

    public static long Of(DateTimeOffset time) => time.ToUnixTimeMilliseconds();
}
