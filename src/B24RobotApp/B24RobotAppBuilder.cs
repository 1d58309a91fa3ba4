using B24RobotApp.Api;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Checks;
using B24RobotApp.Events;
using B24RobotApp.Health;
using B24RobotApp.Install;
using B24RobotApp.Logging;
using B24RobotApp.Monitoring;
using B24RobotApp.Pages;
using B24RobotApp.Portals;
using B24RobotApp.Robots;
using B24RobotApp.Settings;
using B24RobotApp.SignIn;
using B24RobotApp.Transfers;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace B24RobotApp;

/// <summary>The app's composition: what it is made of, and which addresses it answers. Tests and benchmarks host the very same.</summary>
internal static class B24RobotAppBuilder
{
    /// <summary>How long stopping may take.</summary>
    internal static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(40);

    public static WebApplicationBuilder AddB24RobotApp(this WebApplicationBuilder builder)
    {
        builder.Configuration.AddSecretFiles();
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddAppSettings();
        services.AddLogs();
        services.AddMonitoring(builder.Configuration);

        // A request to a portal under way is finished and recorded; that may take its whole time-out.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.WebHost.ConfigureKestrel((_, kestrel) =>
        {
            kestrel.AddServerHeader = false;

            // Whoever sends a request sends it; who only holds a connection is cut off. A body that comes by drops is, too, by the server's own rule (240 bytes per second).
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.MaxRequestBodySize = kestrel.ApplicationServices.GetRequiredService<IOptions<AppOptions>>().Value.MaxRequestBytes;
        });

        if (builder.Configuration.GetSection(StorageSettings.SectionName).Get<StorageSettings>() is { IsPostgres: true })
        {
            services.AddOptions<SharingOptions>().BindConfiguration(SharingOptions.SectionName).ValidateOnStart();
            services.AddSharing();
            services.AddHostedService<SpareCalls>();
        }

        services.AddStorage(_ => { });
        services.AddKeyProtection(builder.Configuration);
        services.AddOptions<StorageOptions>().Configure<IOptions<AppOptions>, IOptions<StorageSettings>>((storage, app, settings) =>
        {
            (storage.DataDirectory, storage.KeyDirectory) = (app.Value.DataDirectory, app.Value.KeyDirectory);
            storage.ConnectionString = settings.Value.IsPostgres ? settings.Value.ConnectionString ?? "" : "";
        });
        services.AddHostedService<SettingsSeed>();
        services.AddPortalAccess();
        services.AddTransfers();
        services.AddInstall();
        services.AddSingleton<UnverifiedCalls>();
        services.AddHostedService(provider => provider.GetRequiredService<UnverifiedCalls>());
        services.AddSingleton<TransferList>();
        services.AddSingleton<FramePages>();
        services.AddHostedService<Housekeeping>();
        services.AddHostedService<OutsideChanges>();
        services.AddSignIn();
        services.AddApi();
        services.AddSingleton<AppCheck>();
        services.AddSingleton<ConnectionCheck>();
        services.AddSingleton<SetupCheck>();
        services.AddSingleton<PortalCheck>();
        services.AddProblemDetails();
        return builder;
    }

    public static WebApplication MapB24RobotApp(this WebApplication app)
    {
        app.UsePathBase(app.Services.GetRequiredService<IOptions<AppOptions>>().Value.Root.TrimEnd('/'));
        app.UseAnswerHeaders();
        app.UseExceptionHandler(new ExceptionHandlerOptions { StatusCodeSelector = StatusOf });

        app.UseMetrics();

        // What portals post is answered right here (ShortCircuit); nothing behind it concerns a robot's call.
        app.UseRouting();
        app.UseForbiddenRequests();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapStaticAssets();
        app.MapRobots();
        app.MapEvents();
        app.MapEsbEvents();
        app.MapInstall();
        app.MapApp();
        app.MapPlacements();
        app.MapSignIn();
        app.MapApi();
        app.MapHealth();
        return app;
    }

    // A full disk is not the caller's fault, and not for ever.
    private static int StatusOf(Exception exception) => exception switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        StorageUnavailableException => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static void AddPortalAccess(this IServiceCollection services)
    {
        services.AddSingleton<PortalAccess>();
        services.AddSingleton<FormReader>();
        services.AddSingleton(provider => new PortalAddressRules(provider.GetRequiredService<PortalAccess>().IsAllowed));
        services.AddSingleton<ConfiguredApplications>();
        services.AddSingleton<AddressGuard>();
        services.AddSingleton(provider => PortalHttp.Create(
            provider.GetRequiredService<IOptions<Bitrix24Options>>().Value,
            provider.GetRequiredService<IOptions<AppOptions>>().Value.PublicUrl,
            provider.GetRequiredService<AddressGuard>(),
            provider.GetService<LeasedShare>()));
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<Bitrix24Options>>().Value;
            var limits = new PortalLimits
            {
                RequestsPerSecond = options.RequestsPerSecond,
                Burst = options.Burst,
                RequestTimeout = options.RequestTimeout,
                MaxInFlight = options.MaxInFlight,
                MergesReads = options.MergeReads,
            };
            return new PortalClients(
                provider.GetRequiredService<HttpClient>(), limits, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>());
        });
        services.AddSingleton(provider => new TrustedOAuthServers(provider.GetRequiredService<IOptions<Bitrix24Options>>().Value.TrustedOAuthServers));
        services.AddSingleton(provider => new OAuthServer(
            provider.GetRequiredService<HttpClient>(),
            provider.GetRequiredService<IOptions<Bitrix24Options>>().Value.RequestTimeout,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<TokenRefresher>();
        services.AddSingleton<PortalVisitors>();
    }

    private static void AddInstall(this IServiceCollection services)
    {
        services.AddSingleton<AppManifest>();
        services.AddSingleton<ManifestText>();
        services.AddSingleton<TokenVerification>();
        services.AddSingleton<Installer>();
        services.AddSingleton<Registration>();
        services.AddSingleton<PromptRegistration>();
        services.AddSingleton<EventHandling>();
        services.AddSingleton<RegistrationWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<RegistrationWorker>());
    }
}
