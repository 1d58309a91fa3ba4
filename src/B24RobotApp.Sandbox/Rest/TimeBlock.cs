using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>The <c>time</c> that stands beside a result.</summary>
internal static class TimeBlock
{
    public static JsonObject Create(SandboxPortal portal, DateTimeOffset start, TimeSpan duration, string entity, string method)
    {
        var finish = start + duration;
        var time = new JsonObject
        {
            ["start"] = Unix(start),
            ["finish"] = Unix(finish),
            ["duration"] = duration.TotalSeconds,
            ["processing"] = duration.TotalSeconds,
            ["date_start"] = Iso(portal, start),
            ["date_finish"] = Iso(portal, finish),
        };
        if (portal.Settings.IsCloud)
        {
            var (seconds, resetAt) = portal.Limits.Operating(entity, method, portal.Clock.GetUtcNow());
            time["operating_reset_at"] = resetAt ?? start.ToUnixTimeSeconds() + 600;
            time["operating"] = seconds;
        }
        return time;
    }

    /// <summary>A time as the server writes it: its own zone, no fractions.</summary>
    public static string Iso(SandboxPortal portal, DateTimeOffset time) =>
        time.ToOffset(portal.ServerOffset).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);

    private static double Unix(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000d;
}
