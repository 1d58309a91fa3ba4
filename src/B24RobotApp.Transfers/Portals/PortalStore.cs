#pragma warning disable CS9113
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Portals;

/// <summary>The portals on which the app is installed. Look-ups come from memory: this store is the only writer.</summary>
internal sealed class PortalStore(SqliteDatabase database, SecretProtection protection, TimeProvider clock)
{
    public ValueTask<Portal?> FindAsync(MemberId member, CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask<Portal?> FindAsync(PortalId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>All portals, in the order of their first installation.</summary>
    public ValueTask<IReadOnlyList<Portal>> ListAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Adds a portal, or takes over one that installs again: afterwards it is connected and is not going to be erased.</summary>
    public Task<Portal> SaveInstallationAsync(NewInstallation installation, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Compares with the stored hash in constant time; <see langword="false"/> if none is stored yet.</summary>
    public ValueTask<bool> IsApplicationTokenAsync(PortalId id, ApplicationToken token, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Whether an application token's hash is stored for the portal.</summary>
    public ValueTask<bool> HasApplicationTokenAsync(PortalId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task SaveApplicationTokenAsync(PortalId id, ApplicationToken token, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task SaveCredentialsAsync(PortalId id, ApplicationCredentials credentials, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Stores the client id alone; a stored secret stays only if it belongs to this id.</summary>
    public Task SaveClientIdAsync(PortalId id, string clientId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task SetStateAsync(PortalId id, PortalState state, string? reason, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task SetAddressAsync(PortalId id, Uri address, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task SetLanguageAsync(PortalId id, string language, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task SetInstallerAsync(PortalId id, long userId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Plans the erasure of an uninstalled portal's data, or takes the plan back.</summary>
    public Task SetEraseAtAsync(PortalId id, DateTimeOffset? eraseAt, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Notes that the app was deleted on the portal. What the app had registered there is gone with it, so its hashes are forgotten.</summary>
    /// <param name="id">The portal.</param>
    /// <param name="eraseAt">When its data is erased; <see langword="null"/> to keep it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task UninstallAsync(PortalId id, DateTimeOffset? eraseAt, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Erases what is due: tokens, credentials, transfers with their payloads, the portal's own connections and profiles. The links stay.</summary>
    /// <returns>The portals that were erased.</returns>
    public Task<IReadOnlyList<PortalId>> EraseDueAsync(DateTimeOffset now, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>What the app has registered on the portal: name and hash of the definition.</summary>
    public Task<IReadOnlyDictionary<string, string>> RegistrationsAsync(PortalId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task SaveRegistrationAsync(PortalId id, string name, string hash, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task DeleteRegistrationAsync(PortalId id, string name, CancellationToken cancellationToken) => throw new NotImplementedException();
}
