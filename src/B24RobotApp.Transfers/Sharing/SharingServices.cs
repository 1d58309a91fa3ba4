using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>Adds what lets several servers share the work; without it a server is the only one.</summary>
public static class SharingServices
{
    /// <summary>Added before anything that works, and before the stores: the server enters first and leaves last.</summary>
    public static IServiceCollection AddSharing(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<SharingOptions>, SharingOptions.Validator>();
        services.AddSingleton<LeasedShare>();
        services.AddSingleton<IWorkShare>(provider => provider.GetRequiredService<LeasedShare>());
        services.AddHostedService(provider => provider.GetRequiredService<LeasedShare>());
        services.AddSingleton(provider => new ServerTalk(
            ((PostgresDatabase)provider.GetRequiredService<StoreDatabase>()).Talking, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ServerTalk>>()));
        services.AddHostedService(provider => provider.GetRequiredService<ServerTalk>());
        services.AddHostedService<ServerMessages>();
        services.AddHostedService<SharedPace>();
        services.AddSingleton(provider => new SpareInbox(provider.GetRequiredService<IOptions<StorageOptions>>().Value.DataDirectory, provider.GetRequiredService<SecretProtection>()));
        return services;
    }
}
