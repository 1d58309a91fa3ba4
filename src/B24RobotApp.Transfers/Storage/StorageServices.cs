using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Transfers.Audits;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Sendings;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Adds the store.</summary>
public static class StorageServices
{
    /// <summary>
    /// Adds database, key ring and all stores. The database is opened and brought up to date when the first of them is made, which is before anything is served:
    /// background workers that need a store are made first.
    /// </summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, Action<StorageOptions> configure)
    {
        services.Configure(configure);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => StoreChoice.Open(provider.GetRequiredService<IOptions<StorageOptions>>().Value));

        // The name is part of every key: a host that is moved or renamed must still open what it has encrypted.
        services.AddDataProtection().SetApplicationName("B24RobotApp");
        services.AddOptions<KeyManagementOptions>().Configure<IServiceProvider, IOptions<StorageOptions>, ILoggerFactory>((keys, provider, storage, loggers) =>
        {
            if (storage.Value is { IsPostgres: true, KeyDirectory: "" })
            {
                keys.XmlRepository = new PostgresKeyRepository((PostgresDatabase)provider.GetRequiredService<StoreDatabase>());
                return;
            }

            var folder = new DirectoryInfo(storage.Value.KeyDirectory is { Length: > 0 } other ? Path.GetFullPath(other) : DataDirectory.KeysIn(storage.Value.DataDirectory));
            DataDirectory.CreatePrivate(folder.FullName);
            keys.XmlRepository = new DurableKeyRepository(folder, new FileSystemXmlRepository(folder, loggers));
        });
        services.AddSingleton<SecretProtection>();
        services.AddSingleton<KeyRenewal>();
        services.TryAddSingleton<IWorkShare, SoleServer>();

        services.AddSingleton<PortalStore>();
        services.AddSingleton<AllowedPortalStore>();
        services.AddSingleton<TokenStore>();
        services.AddSingleton<ITokenStore>(provider => provider.GetRequiredService<TokenStore>());
        services.AddSingleton<ConnectionStore>();
        services.AddSingleton<ProfileStore>();
        services.AddSingleton<ValueTableStore>();
        services.AddSingleton<LinkStore>();
        services.AddSingleton<Settling>();
        services.AddSingleton<RestoreLog>();
        services.AddSingleton<UnsettledClients>();
        services.AddSingleton<CarriedFileStore>();
        services.AddSingleton<TransferStore>();
        services.AddSingleton<WaitStore>();
        services.AddSingleton<FollowStore>();
        services.AddSingleton<SendingStore>();
        services.AddSingleton<AuditStore>();
        services.AddSingleton<RobotStageStore>();
        services.AddSingleton<ListeningLog>();
        services.AddSingleton<CatchUpChoices>();
        services.AddSingleton<PortalEraser>();
        return services;
    }
}
