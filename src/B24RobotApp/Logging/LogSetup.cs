using System.Globalization;
using B24RobotApp.Portals;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Options;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Display;

namespace B24RobotApp.Logging;

/// <summary>Where the log goes: the console, and files in the data directory that together stay under 100 MB. Serilog is named here and nowhere else.</summary>
internal static class LogSetup
{
    /// <summary>A file is ended by the line that goes beyond this, so a little is left for those lines.</summary>
    internal const long FileBytes = 9_500_000;

    internal const int Files = 10;

    private const string Plain = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} {Level:u3} {Message:lj}{Scope}{NewLine}";

    public static IServiceCollection AddLogs(this IServiceCollection services) => services.AddSerilog(Configure, preserveStaticLogger: true);

    private static void Configure(IServiceProvider provider, LoggerConfiguration log)
    {
        var options = provider.GetRequiredService<IOptions<AppOptions>>().Value;
        ITextFormatter formatter = options.LogFormat == "json" ? new CompactJsonFormatter() : new PlainFormatter();
        log.MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)

            // Their messages hold addresses, and addresses hold secrets.
            .MinimumLevel.Override("System.Net.Http", LogEventLevel.Fatal)

            // Sign-ins that fail are answered with a page; the framework's own lines say them twice and name parameters.
            .MinimumLevel.Override("Microsoft.AspNetCore.Authentication", LogEventLevel.Error)

            // The key ring lies unencrypted in the data directory on purpose; it is as safe as the disk.
            .MinimumLevel.Override("Microsoft.AspNetCore.DataProtection", LogEventLevel.Error)

            // What goes wrong at start is said in one line by the command.
            .Filter.ByExcluding(IsFailedStart)
            .Enrich.FromLogContext()
            .Enrich.With(new OneLineTexts())
            .Enrich.With(new ScopeText())
            .WriteTo.Console(formatter);

        DataDirectory.CreatePrivate(Path.GetFullPath(options.DataDirectory));
        WriteFiles(log, formatter, Path.Combine(options.DataDirectory, "logs"), FileBytes);
    }

    /// <summary>Files <c>b24robot.log</c>, <c>b24robot_001.log</c> and so on, the newest with the highest number; the oldest goes when there are too many.</summary>
    internal static void WriteFiles(LoggerConfiguration log, ITextFormatter formatter, string folder, long fileBytes) => log.WriteTo.File(
        formatter,
        Path.Combine(folder, "b24robot.log"),
        fileSizeLimitBytes: fileBytes,
        rollOnFileSizeLimit: true,
        retainedFileCountLimit: Files);

    private static bool IsFailedStart(LogEvent log) =>
        log.Properties.TryGetValue(Constants.SourceContextPropertyName, out var source)
        && source is ScalarValue { Value: "Microsoft.Extensions.Hosting.Internal.Host" }
        && log.MessageTemplate.Text == "Hosting failed to start";

    /// <summary>One line per event for people; behind it an exception, whose lines are set in, so that none of them looks like one of the app's.</summary>
    private sealed class PlainFormatter : ITextFormatter
    {
        private readonly MessageTemplateTextFormatter _line = new(Plain, CultureInfo.InvariantCulture);

        public void Format(LogEvent logEvent, TextWriter output)
        {
            _line.Format(logEvent, output);
            foreach (var line in logEvent.Exception?.ToString().Split('\n') ?? [])
            {
                output.WriteLine($"    {LogText.OneLine(line.TrimEnd('\r'))}");
            }
        }
    }

    /// <summary>Texts of portals and strangers begin no line of their own and send the console no commands, wherever they come into a line.</summary>
    private sealed class OneLineTexts : ILogEventEnricher
    {
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
        {
            foreach (var (name, value) in logEvent.Properties.ToList())
            {
                if (value is ScalarValue { Value: string text } && LogText.OneLine(text) is var clean && !ReferenceEquals(clean, text))
                {
                    logEvent.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue(clean)));
                }
            }
        }
    }

    /// <summary>What a line is about, in brackets behind it, where the line itself does not say it: portal, transfer and deal.</summary>
    private sealed class ScopeText : ILogEventEnricher
    {
        private static readonly string[] Names = ["Portal", "TransferId", "DealId"];

        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
        {
            var said = logEvent.MessageTemplate.Tokens.OfType<Serilog.Parsing.PropertyToken>().Select(token => token.PropertyName);
            var parts = Names.Except(said)
                .Where(logEvent.Properties.ContainsKey)
                .Select(name => $"{name} {(logEvent.Properties[name] as ScalarValue)?.Value}");
            var text = string.Join(", ", parts);
            if (text.Length > 0)
            {
                logEvent.AddPropertyIfAbsent(propertyFactory.CreateProperty("Scope", $" [{text}]"));
            }
        }
    }
}
