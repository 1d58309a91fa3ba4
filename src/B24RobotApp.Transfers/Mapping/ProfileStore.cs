using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Mapping;

/// <summary>A mapping profile as it is stored. Versions are never changed, so that a transfer can say for ever how it was mapped.</summary>
/// <param name="Code">The profile's fixed name.</param>
/// <param name="Version">1, 2, 3...</param>
/// <param name="Json">The profile.</param>
/// <param name="Owner">The portal that made it; <see langword="null"/> for one from the host's configuration.</param>
public sealed record StoredProfile(string Code, int Version, string Json, PortalId? Owner);

/// <summary>A version of a profile.</summary>
/// <param name="Version">1, 2, 3...</param>
/// <param name="SavedAt">When it was saved.</param>
public sealed record ProfileVersion(int Version, DateTimeOffset SavedAt);

/// <summary>The mapping profiles in all their versions. The newest come from memory: this store is the only writer.</summary>
public sealed class ProfileStore
{
    private const string Columns = "code AS Code, version AS Version, json AS Json, owner_portal_id AS OwnerPortalId";

    private const string LoadSql = $"""
        SELECT {Columns}
        FROM profiles
        WHERE version = (SELECT MAX(newest.version) FROM profiles AS newest WHERE newest.code = profiles.code)
        ORDER BY code
        """;

    private const string NewestSql = $"SELECT {Columns} FROM profiles WHERE code = @Code ORDER BY version DESC LIMIT 1";

    private const string FindVersionSql = $"SELECT {Columns} FROM profiles WHERE code = @Code AND version = @Version";

    private const string VersionsSql = "SELECT version AS Version, saved_at AS SavedAt FROM profiles WHERE code = @Code ORDER BY version DESC";

    private const string AddSql = """
        INSERT INTO profiles (code, version, json, owner_portal_id, saved_at)
        VALUES (@Code, @Version, @Json, @OwnerPortalId, @Now)
        """;

    private const string EraseSql = "DELETE FROM profiles WHERE owner_portal_id = @PortalId";

    private readonly StoreDatabase _database;
    private readonly TimeProvider _clock;
    private readonly StoreCache<IReadOnlyList<StoredProfile>> _cache;

    public ProfileStore(StoreDatabase database, TimeProvider clock)
    {
        _database = database;
        _clock = clock;
        _cache = new StoreCache<IReadOnlyList<StoredProfile>>(
            database, connection => [.. connection.Query<Row>(LoadSql).Select(row => row.ToProfile())]);
    }

    /// <summary>The newest version.</summary>
    public async ValueTask<StoredProfile?> FindAsync(string code, CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).FirstOrDefault(profile => profile.Code == code);

    /// <summary>The newest version, if the portal may use it: a profile of the host's or its own.</summary>
    public async ValueTask<StoredProfile?> FindVisibleAsync(string code, PortalId portal, CancellationToken cancellationToken) =>
        await FindAsync(code, cancellationToken) is { } profile && (profile.Owner is null || profile.Owner == portal) ? profile : null;

    public Task<StoredProfile?> FindVersionAsync(string code, int version, CancellationToken cancellationToken) => _database.ReadAsync(
        connection => connection.QuerySingleOrDefault<Row>(FindVersionSql, new { Code = code, Version = version })?.ToProfile(), cancellationToken);

    /// <summary>The newest version of each profile, ordered by code.</summary>
    public ValueTask<IReadOnlyList<StoredProfile>> ListAsync(CancellationToken cancellationToken) => _cache.GetAsync(cancellationToken);

    /// <summary>All versions of a profile, the newest first.</summary>
    public Task<IReadOnlyList<ProfileVersion>> VersionsAsync(string code, CancellationToken cancellationToken) => _database.ReadAsync(
        IReadOnlyList<ProfileVersion> (connection) => [.. connection
            .Query<(long Version, long SavedAt)>(VersionsSql, new { Code = code })
            .Select(row => new ProfileVersion((int)row.Version, UnixTime.From(row.SavedAt)))],
        cancellationToken);

    /// <summary>Adds a version if the profile differs from the newest one.</summary>
    /// <returns>The newest version afterwards; <see langword="null"/> if the code belongs to another owner, and nothing is written then.</returns>
    public Task<StoredProfile?> SaveAsync(string code, string json, PortalId? owner, CancellationToken cancellationToken)
    {
        var now = UnixTime.Of(_clock.GetUtcNow());
        return _cache.WriteAsync(
            connection =>
            {
                var newest = connection.QueryFirstOrDefault<Row>(NewestSql, new { Code = code })?.ToProfile();
                if (newest is not null && newest.Owner != owner)
                {
                    return null;
                }

                if (newest?.Json == json)
                {
                    return newest;
                }

                var added = new StoredProfile(code, (newest?.Version ?? 0) + 1, json, owner);
                connection.Execute(AddSql, new { Code = code, added.Version, Json = json, OwnerPortalId = owner?.Value, Now = now });
                return added;
            },
            cancellationToken);
    }

    /// <summary>Deletes a portal's own profiles.</summary>
    public Task EraseAsync(PortalId portal, CancellationToken cancellationToken) =>
        _cache.WriteAsync(connection => connection.Execute(EraseSql, new { PortalId = portal.Value }), cancellationToken);

    private sealed record Row
    {
        public string Code { get; init; } = "";

        public long Version { get; init; }

        public string Json { get; init; } = "";

        public long? OwnerPortalId { get; init; }

        public StoredProfile ToProfile() => new(Code, (int)Version, Json, OwnerPortalId is { } owner ? new PortalId(owner) : null);
    }
}
