using Microsoft.Extensions.DependencyInjection;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Adds the store.</summary>
public static class StorageServices
{
    /// <summary>Adds database, key ring and all stores. The database is opened and brought up to date when the first of them is asked for.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, Action<StorageOptions> configure) => throw new NotImplementedException();
}
