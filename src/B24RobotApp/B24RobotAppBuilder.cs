using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Events;
using B24RobotApp.Health;
using B24RobotApp.Install;
using B24RobotApp.Logging;
using B24RobotApp.Pages;
using B24RobotApp.Portals;
using B24RobotApp.Robots;
using B24RobotApp.Settings;
using B24RobotApp.SignIn;
using B24RobotApp.Transfers;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace B24RobotApp;

/// <summary>The app's composition: what it is made of, and which addresses it answers. Tests and benchmarks host the very same.</summary>
internal static class B24RobotAppBuilder
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(40);

    public static WebApplicationBuilder AddB24RobotApp(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSettings();
        services.AddLogs();

        // A request to a portal under way is finished and recorded; that may take its whole time-out.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.WebHost.ConfigureKestrel((_, kestrel) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = kestrel.ApplicationServices.GetRequiredService<IOptions<AppOptions>>().Value.MaxRequestBytes;
        });

        services.AddStorage(_ => { });
        services.AddOptions<StorageOptions>().Configure<IOptions<AppOptions>>((storage, app) => storage.DataDirectory = app.Value.DataDirectory);
        services.AddHostedService<SettingsSeed>();
        services.AddPortalAccess();
        services.AddTransfers();
        services.AddInstall();
        services.AddSingleton<UnverifiedCalls>();
        services.AddHostedService(provider => provider.GetRequiredService<UnverifiedCalls>());
        services.AddSingleton<TransferList>();
        services.AddSignIn();
        services.AddProblemDetails();
        return builder;
    }

    public static WebApplication MapB24RobotApp(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapStaticAssets();
        app.MapRobots();
        app.MapEvents();
        app.MapInstall();
        app.MapApp();
        app.MapSignIn();
        app.MapHealth();
        return app;
    }

    private static void AddSettings(this IServiceCollection services)
    {
        services.AddChecked<AppOptions, AppOptions.Validator>(AppOptions.SectionName);
        services.AddChecked<Bitrix24Options, Bitrix24Options.Validator>(Bitrix24Options.SectionName);
        services.AddChecked<EsbOptions, EsbOptions.Validator>(EsbOptions.SectionName);
        services.AddChecked<TransferOptions, TransferOptions.Validator>(TransferOptions.SectionName);
    }

    private static void AddChecked<TOptions, TValidator>(this IServiceCollection services, string section)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        services.AddSingleton<IValidateOptions<TOptions>, TValidator>();
        services.AddOptions<TOptions>().BindConfiguration(section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
    }

    private static void AddPortalAccess(this IServiceCollection services)
    {
        services.AddSingleton<PortalAccess>();
        services.AddSingleton<FormReader>();
        services.AddSingleton(provider => new PortalAddressRules(provider.GetRequiredService<PortalAccess>().IsAllowed));
        services.AddSingleton(provider => PortalHttp.Create(provider.GetRequiredService<IOptions<Bitrix24Options>>().Value));
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<Bitrix24Options>>().Value;
            var limits = new PortalLimits
            {
                RequestsPerSecond = options.RequestsPerSecond,
                Burst = options.Burst,
                RequestTimeout = options.RequestTimeout,
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
    }

    private static void AddInstall(this IServiceCollection services)
    {
        services.AddSingleton<AppManifest>();
        services.AddSingleton<ManifestText>();
        services.AddSingleton<TokenVerification>();
        services.AddSingleton<Installer>();
        services.AddSingleton<Registration>();
        services.AddSingleton<EventHandling>();
        services.AddSingleton<RegistrationWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<RegistrationWorker>());
    }
}
