using System.Globalization;
using System.Text.RegularExpressions;

namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>Dates as a portal reads them (PHP's <c>strtotime</c>, the usual part of it) and writes them.</summary>
internal static partial class PhpDate
{
    /// <summary>The moment a text names; without an offset in the server's zone. <see langword="null"/> for what is no date.</summary>
    public static DateTimeOffset? ToMoment(string? text, DateTimeOffset now)
    {
        text = text?.Trim() ?? "";
        switch (text.ToLowerInvariant())
        {
            case "now":
                return now;
            case "today":
                return Midnight(now);
            case "tomorrow":
                return Midnight(now).AddDays(1);
            case "yesterday":
                return Midnight(now).AddDays(-1);
            default:
                break;
        }

        var match = Iso().Match(text) is { Success: true } iso ? iso : Dotted().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var (month, day) = (Part(match, "month"), Part(match, "day"));
        var (hour, minute, second) = (Part(match, "hour"), Part(match, "minute"), Part(match, "second"));
        if (month is < 1 or > 12 || day is < 1 or > 31 || hour > 24 || minute > 59 || second > 59)
        {
            return null;
        }

        // PHP lets the 30th of February run over into March.
        var local = new DateTime(Part(match, "year"), month, 1).AddDays(day - 1).AddHours(hour).AddMinutes(minute).AddSeconds(second);
        return new DateTimeOffset(local, Offset(match.Groups["zone"].Value, now.Offset)).ToOffset(now.Offset);
    }

    /// <summary>The day a text names, by the server's clock.</summary>
    public static DateOnly? ToDay(string? text, DateTimeOffset now) =>
        ToMoment(text, now) is { } moment ? DateOnly.FromDateTime(moment.DateTime) : null;

    /// <summary>Midnight UTC of the day, written in the server's zone: <c>2024-07-23T02:00:00+02:00</c>.</summary>
    public static string Write(DateOnly day, TimeSpan serverOffset) =>
        Write(new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero), serverOffset);

    public static string Write(DateTimeOffset moment, TimeSpan serverOffset) =>
        moment.ToOffset(serverOffset).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);

    private static DateTimeOffset Midnight(DateTimeOffset now) => new(now.Date, now.Offset);

    private static int Part(Match match, string name) =>
        match.Groups[name] is { Success: true } group ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 0;

    private static TimeSpan Offset(string zone, TimeSpan server)
    {
        if (zone.Length == 0)
        {
            return server;
        }
        if (zone is "Z" or "z")
        {
            return TimeSpan.Zero;
        }
        var digits = zone[1..].Replace(":", "", StringComparison.Ordinal).PadRight(4, '0');
        var offset = new TimeSpan(int.Parse(digits[..2], CultureInfo.InvariantCulture), int.Parse(digits[2..4], CultureInfo.InvariantCulture), 0);
        return zone[0] == '-' ? -offset : offset;
    }

    [GeneratedRegex(@"^(?<year>\d{4})[-/](?<month>\d{1,2})[-/](?<day>\d{1,2})([T ](?<hour>\d{1,2}):(?<minute>\d{2})(:(?<second>\d{2})(\.\d+)?)?)?\s*(?<zone>[Zz]|[+-]\d{2}(:?\d{2})?)?$")]
    private static partial Regex Iso();

    [GeneratedRegex(@"^(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})([T ](?<hour>\d{1,2}):(?<minute>\d{2})(:(?<second>\d{2}))?)?\s*(?<zone>[Zz]|[+-]\d{2}(:?\d{2})?)?$")]
    private static partial Regex Dotted();
}
