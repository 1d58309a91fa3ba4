using System.Text.Json;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Connections;

/// <summary>The ESB connections, their webhooks encrypted. Look-ups come from memory: this store is the only writer.</summary>
public sealed class ConnectionStore
{
    private const string LoadSql = """
        SELECT code AS Code, name AS Name, webhooks_protected AS WebhooksProtected, profile AS Profile,
               create_missing_fields AS CreateMissingFields, portals AS Portals, owner_portal_id AS OwnerPortalId, paused_at AS PausedAt,
               outgoing_token_hash AS OutgoingTokenHash
        FROM connections
        ORDER BY code
        """;

    // Saving leaves a pause as it is: whoever renames a connection does not set it off.
    // A portal must not take over a connection of the host or of another portal by giving its own the same code.
    private const string SaveSql = """
        INSERT INTO connections (code, name, webhooks_protected, profile, create_missing_fields, portals, owner_portal_id, outgoing_token_hash)
        VALUES (@Code, @Name, @WebhooksProtected, @Profile, @CreateMissingFields, @Portals, @OwnerPortalId, @OutgoingTokenHash)
        ON CONFLICT (code) DO UPDATE SET
            name = excluded.name,
            webhooks_protected = excluded.webhooks_protected,
            profile = excluded.profile,
            create_missing_fields = excluded.create_missing_fields,
            portals = excluded.portals,
            outgoing_token_hash = excluded.outgoing_token_hash
        WHERE COALESCE(connections.owner_portal_id, 0) = COALESCE(excluded.owner_portal_id, 0)
        """;

    private const string UsedCodesSql = "SELECT code FROM connections UNION SELECT connection FROM link_targets";

    private const string PauseSql = "UPDATE connections SET paused_at = @At WHERE code = @Code AND paused_at IS NULL";

    private const string ResumeSql = "UPDATE connections SET paused_at = NULL WHERE code = @Code";

    private const string DeleteSql = "DELETE FROM connections WHERE code = @Code";

    private const string EraseSql = "DELETE FROM connections WHERE owner_portal_id = @PortalId";

    private readonly StoreDatabase _database;
    private readonly SecretProtection _protection;
    private readonly StoreCache<IReadOnlyList<EsbConnection>> _cache;

    public ConnectionStore(StoreDatabase database, SecretProtection protection)
    {
        (_database, _protection) = (database, protection);
        _cache = new StoreCache<IReadOnlyList<EsbConnection>>(
            database, connection => [.. connection.Query<Row>(LoadSql).Select(row => row.ToConnection(protection))]);
    }

    /// <summary>All connections, ordered by code.</summary>
    public ValueTask<IReadOnlyList<EsbConnection>> ListAsync(CancellationToken cancellationToken) => _cache.GetAsync(cancellationToken);

    /// <summary>All codes that a connection has or had.</summary>
    public Task<IReadOnlyList<string>> UsedCodesAsync(CancellationToken cancellationToken) => _database.ReadAsync(
        IReadOnlyList<string> (connection) => [.. connection.Query<string>(UsedCodesSql)], cancellationToken);

    public async ValueTask<EsbConnection?> FindAsync(string code, CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).FirstOrDefault(connection => connection.Code == code);

    /// <summary>The connections a portal may use: its own, and those of the host's configuration that name it.</summary>
    public async ValueTask<IReadOnlyList<EsbConnection>> UsableByAsync(Portal portal, CancellationToken cancellationToken) =>
        [.. (await ListAsync(cancellationToken)).Where(connection => MayUse(portal, connection))];

    /// <summary>Adds a connection or replaces the owner's connection of this code. Pointed at another ESB, it forgets the links to the one before.</summary>
    /// <returns><see langword="false"/> if the code belongs to another owner; nothing is written then.</returns>
    public Task<bool> SaveAsync(EsbConnection connection, CancellationToken cancellationToken)
    {
        var row = Row.Of(connection, _protection);
        return _cache.WriteAsync(
            database =>
            {
                if (database.Execute(SaveSql, row) == 0)
                {
                    return false;
                }

                LinkStore.Retarget(database, connection.Code, connection.Portal);
                return true;
            },
            cancellationToken);
    }

    /// <summary>From now on a connection's transfers wait. One that is paused already keeps its time.</summary>
    public Task PauseAsync(string code, DateTimeOffset at, CancellationToken cancellationToken) =>
        _cache.WriteAsync(database => database.Execute(PauseSql, new { Code = code, At = UnixTime.Of(at) }), cancellationToken);

    /// <summary>A connection's transfers travel again.</summary>
    public Task ResumeAsync(string code, CancellationToken cancellationToken) =>
        _cache.WriteAsync(database => database.Execute(ResumeSql, new { Code = code }), cancellationToken);

    /// <returns><see langword="false"/> if there is none of this code.</returns>
    public Task<bool> DeleteAsync(string code, CancellationToken cancellationToken) =>
        _cache.WriteAsync(database => database.Execute(DeleteSql, new { Code = code }) == 1, cancellationToken);

    /// <summary>Deletes a portal's own connections.</summary>
    public Task EraseAsync(PortalId portal, CancellationToken cancellationToken) =>
        _cache.WriteAsync(database => database.Execute(EraseSql, new { PortalId = portal.Value }), cancellationToken);

    private static bool MayUse(Portal portal, EsbConnection connection) =>
        connection.Owner is { } owner
            ? owner == portal.Id
            : connection.Portals.Any(pattern => PortalPattern.Matches(pattern, portal.Address));

    private sealed record Row
    {
        public string Code { get; init; } = "";

        public string Name { get; init; } = "";

        public string WebhooksProtected { get; init; } = "";

        public string Profile { get; init; } = "";

        public long CreateMissingFields { get; init; }

        public string Portals { get; init; } = "";

        public long? OwnerPortalId { get; init; }

        public long? PausedAt { get; init; }

        public string? OutgoingTokenHash { get; init; }

        public static Row Of(EsbConnection connection, SecretProtection protection) => new()
        {
            Code = connection.Code,
            Name = connection.Name,
            WebhooksProtected = protection.Webhooks.Protect(JsonSerializer.Serialize(connection.Webhooks.Select(webhook => webhook.Reveal()))),
            Profile = connection.Profile,
            CreateMissingFields = connection.CreateMissingFields ? 1 : 0,
            Portals = JsonSerializer.Serialize(connection.Portals),
            OwnerPortalId = connection.Owner?.Value,
            OutgoingTokenHash = connection.OutgoingTokenHash,
        };

        public EsbConnection ToConnection(SecretProtection protection) => new()
        {
            Code = Code,
            Name = Name,
            Webhooks = [.. List(protection.Webhooks.Unprotect(WebhooksProtected)).Select(Webhook)],
            Profile = Profile,
            CreateMissingFields = CreateMissingFields != 0,
            Portals = List(Portals),
            Owner = OwnerPortalId is { } owner ? new PortalId(owner) : null,
            PausedAt = UnixTime.From(PausedAt),
            OutgoingTokenHash = OutgoingTokenHash,
        };

        private static string[] List(string json) => JsonSerializer.Deserialize<string[]>(json) ?? [];

        // Whether plain http is allowed was decided when it was stored.
        private WebhookUrl Webhook(string text) => WebhookUrl.TryParse(text, allowHttp: true, out var url, out var problem)
            ? url
            : throw new StorageException($"The connection {Code} holds a webhook that cannot be read: {problem}");
    }
}
