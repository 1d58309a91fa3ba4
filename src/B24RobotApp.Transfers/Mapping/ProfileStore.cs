#pragma warning disable CS9113
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>A mapping profile as it is stored. Versions are never changed, so that a transfer can say for ever how it was mapped.</summary>
/// <param name="Code">The profile's fixed name.</param>
/// <param name="Version">1, 2, 3...</param>
/// <param name="Json">The profile.</param>
/// <param name="Owner">The portal that made it; <see langword="null"/> for one from the host's configuration.</param>
public sealed record StoredProfile(string Code, int Version, string Json, PortalId? Owner);

/// <summary>The mapping profiles in all their versions. The newest come from memory: this store is the only writer.</summary>
internal sealed class ProfileStore(SqliteDatabase database, TimeProvider clock)
{
    /// <summary>The newest version.</summary>
    public ValueTask<StoredProfile?> FindAsync(string code, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<StoredProfile?> FindVersionAsync(string code, int version, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The newest version of each profile, ordered by code.</summary>
    public ValueTask<IReadOnlyList<StoredProfile>> ListAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Adds a version if the profile differs from the newest one.</summary>
    /// <returns>The newest version afterwards; <see langword="null"/> if the code belongs to another owner, and nothing is written then.</returns>
    public Task<StoredProfile?> SaveAsync(string code, string json, PortalId? owner, CancellationToken cancellationToken) => throw new NotImplementedException();
}
