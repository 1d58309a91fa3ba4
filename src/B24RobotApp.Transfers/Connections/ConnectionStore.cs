#pragma warning disable CS9113
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Connections;

/// <summary>The ESB connections, their webhooks encrypted. Look-ups come from memory: this store is the only writer.</summary>
internal sealed class ConnectionStore(SqliteDatabase database, SecretProtection protection)
{
    /// <summary>All connections, ordered by code.</summary>
    public ValueTask<IReadOnlyList<EsbConnection>> ListAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask<EsbConnection?> FindAsync(string code, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The connections a portal may use: its own, and those of the host's configuration that name it.</summary>
    public ValueTask<IReadOnlyList<EsbConnection>> UsableByAsync(Portal portal, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Adds a connection or replaces the owner's connection of this code.</summary>
    /// <returns><see langword="false"/> if the code belongs to another owner; nothing is written then.</returns>
    public Task<bool> SaveAsync(EsbConnection connection, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <returns><see langword="false"/> if there is none of this code.</returns>
    public Task<bool> DeleteAsync(string code, CancellationToken cancellationToken) => throw new NotImplementedException();
}
