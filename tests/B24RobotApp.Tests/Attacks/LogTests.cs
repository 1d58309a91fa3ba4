using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Tests.Api;
using B24RobotApp.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Tests.Attacks;

/// <summary>A line of the log is one that the app has written, whatever texts of others stand in it.</summary>
public sealed partial class LogTests : ApiTestBase
{
    private const string Forged = "2026-01-01 00:00:00.000 +00:00 ERR forged";

    public static TheoryData<string> Breaks => ["\r\n", "\n", "\r", "\u0085", "\u2028", "\v", "\f", "\u001b[2K\u001b[31m", "\u0000", "\u202e"];

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task No_value_in_a_line_begins_another_or_paints_the_console(string breaks)
    {
        await using var app = await StartAsync();
        var logger = app.Get<ILogger<LogTests>>();
        using (logger.BeginScope(new Dictionary<string, object> { ["Portal"] = "scope" + breaks + Forged }))
        {
            Log.Said(logger, "value" + breaks + Forged);
        }

        Log.Failed(logger, new Bitrix24Exception(FailureKind.Refused, "portal", "crm.item.add", "CODE" + breaks + Forged, "text" + breaks + Forged));

        AssertClean(app, breaks);
        Assert.Equal(2, app.Log.Split('\n').Count(line => line.Contains("forged", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_a_portal_says_against_a_call_begins_no_line()
    {
        await using var app = await TestApp.StartAsync(Bitrix24);
        Bitrix24.Refuses = method => method.StartsWith("bizproc.robot", StringComparison.Ordinal) ? (400, "X\r\n" + Forged + "\u001b[31m") : null;

        await app.InstallAsync(Bitrix24);

        AssertClean(app, "\r\n");
        AssertClean(app, "\u001b");
        Assert.Contains("forged", app.Log, StringComparison.Ordinal);
    }

    private static void AssertClean(TestApp app, string breaks)
    {
        Assert.DoesNotContain(app.Log.Split('\n', '\r', '\u0085', '\u2028', '\v', '\f'), line => line.StartsWith("2026-01-01", StringComparison.Ordinal));
        if (breaks is not ("\r\n" or "\n"))
        {
            Assert.DoesNotContain(breaks, app.Log, StringComparison.Ordinal);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Said: {Text}")]
        public static partial void Said(ILogger logger, string text);

        [LoggerMessage(LogLevel.Error, "Failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
