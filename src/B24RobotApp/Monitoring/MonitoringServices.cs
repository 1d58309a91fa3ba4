using B24RobotApp.Alerts;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Health;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace B24RobotApp.Monitoring;

/// <summary>Adds measurements and traces. OpenTelemetry is named here and nowhere else.</summary>
internal static class MonitoringServices
{
    private const string MetricsPath = "/metrics";

    // Of the web server and the HTTP client nothing is traced: their spans hold addresses as they are, and those hold secrets.
    public static void AddMonitoring(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<MonitoringAccess>();
        services.AddSingleton<StorageCheck>();
        services.AddSingleton<WorkReader>();
        services.AddSingleton<AlertStore>();
        services.AddSingleton<AlertMessages>();
        services.AddSingleton<AlertBook>();
        services.AddHostedService<WorkWatch>();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("b24robot", serviceVersion: typeof(MonitoringServices).Assembly.GetName().Version?.ToString(3)).AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Telemetry.Name, "System.Runtime").AddPrometheusExporter(exporter => exporter.ScrapeResponseCacheDurationMilliseconds = 0);
                if (IsWanted(configuration, "METRICS"))
                {
                    metrics.AddOtlpExporter();
                }
            });
        if (IsWanted(configuration, "TRACES"))
        {
            telemetry.WithTracing(traces => traces.AddSource(Telemetry.Name).AddOtlpExporter());
        }
    }

    /// <summary>Answers Prometheus. Before everything that concerns people.</summary>
    public static void UseMetrics(this WebApplication app) =>
        app.UseWhen(
            context => context.Request.Path.Equals(MetricsPath, StringComparison.Ordinal),
            branch =>
            {
                branch.Use(async (HttpContext context, RequestDelegate next) =>
                {
                    if (context.RequestServices.GetRequiredService<MonitoringAccess>().Refuse(context) is { } refusal)
                    {
                        await refusal.ExecuteAsync(context);
                    }
                    else
                    {
                        await next(context);
                    }
                });
                branch.UseOpenTelemetryPrometheusScrapingEndpoint(MetricsPath);
            });

    /// <summary>Whether the standard's variables say where to send to.</summary>
    private static bool IsWanted(IConfiguration configuration, string signal) =>
        !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) || !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]);
}
