using System.Globalization;
using B24RobotApp.Settings;
using Microsoft.Extensions.Options;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace B24RobotApp.Logging;

/// <summary>Where the log goes: the console, and files in the data directory that together stay under 100 MB. Serilog is named here and nowhere else.</summary>
internal static class LogSetup
{
    private const long FileBytes = 10_000_000;
    private const int Files = 10;
    private const string Plain = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} {Level:u3} {Message:lj} {Properties:j}{NewLine}{Exception}";

    public static IServiceCollection AddLogs(this IServiceCollection services) => services.AddSerilog((provider, log) =>
    {
        var options = provider.GetRequiredService<IOptions<AppOptions>>().Value;
        log.MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)

            // Their messages hold addresses, and addresses hold secrets.
            .MinimumLevel.Override("System.Net.Http", LogEventLevel.Fatal)
            .Enrich.FromLogContext();
        if (options.LogFormat == "json")
        {
            log.WriteTo.Console(new CompactJsonFormatter());
        }
        else
        {
            log.WriteTo.Console(outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}", formatProvider: CultureInfo.InvariantCulture);
        }

        log.WriteTo.File(
            Path.Combine(options.DataDirectory, "logs", "b24robot.log"),
            outputTemplate: Plain,
            formatProvider: CultureInfo.InvariantCulture,
            fileSizeLimitBytes: FileBytes,
            rollOnFileSizeLimit: true,
            retainedFileCountLimit: Files);
    });
}
