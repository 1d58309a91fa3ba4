using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Portals;

/// <summary>The portals on which the app is installed. Look-ups come from memory: this store is the only writer.</summary>
public sealed class PortalStore
{
    private const string LoadSql = """
        SELECT id AS Id, member_id AS MemberId, address AS Address, oauth_server AS OAuthServer, state AS State, state_reason AS StateReason,
               installer_user_id AS InstallerUserId, language AS Language, application_token_hash AS ApplicationTokenHash,
               client_id AS ClientId, client_secret_protected AS ClientSecretProtected, installed_at AS InstalledAt, erase_at AS EraseAt
        FROM portals
        ORDER BY id
        """;

    // The stored secret belongs to the stored client id. What an installation does not bring (token, client id) stays as it was.
    private const string InstallSql = """
        INSERT INTO portals (member_id, address, oauth_server, state, installer_user_id, language, application_token_hash, client_id, installed_at)
        VALUES (@MemberId, @Address, @OAuthServer, 'connected', @InstallerUserId, @Language, @TokenHash, @ClientId, @Now)
        ON CONFLICT (member_id) DO UPDATE SET
            address = excluded.address,
            oauth_server = excluded.oauth_server,
            installed_at = CASE WHEN portals.state = 'uninstalled' THEN excluded.installed_at ELSE portals.installed_at END,
            state = 'connected',
            state_reason = NULL,
            installer_user_id = excluded.installer_user_id,
            language = excluded.language,
            application_token_hash = COALESCE(excluded.application_token_hash, portals.application_token_hash),
            client_secret_protected = CASE WHEN COALESCE(excluded.client_id, portals.client_id) = portals.client_id THEN portals.client_secret_protected END,
            former_secret_protected = CASE WHEN COALESCE(excluded.client_id, portals.client_id) = portals.client_id THEN portals.former_secret_protected END,
            client_id = COALESCE(excluded.client_id, portals.client_id),
            erase_at = NULL
        """;

    private const string SaveTokenHashSql = "UPDATE portals SET application_token_hash = @Hash WHERE id = @Id";

    private const string SaveCredentialsSql = """
        UPDATE portals
        SET former_secret_protected = CASE WHEN client_id = @ClientId THEN client_secret_protected END, client_id = @ClientId, client_secret_protected = @Secret
        WHERE id = @Id
        """;

    private const string SaveClientIdSql = """
        UPDATE portals
        SET client_secret_protected = CASE WHEN client_id = @ClientId THEN client_secret_protected END,
            former_secret_protected = CASE WHEN client_id = @ClientId THEN former_secret_protected END,
            client_id = @ClientId
        WHERE id = @Id
        """;

    // A transfer that was under way when the app was deleted finds its tokens dead; that says nothing new.
    private const string SetStateSql = """
        UPDATE portals
        SET state = @State, state_reason = @Reason
        WHERE id = @Id AND NOT (state = 'uninstalled' AND @State = 'disconnected')
        """;

    private const string SetAddressSql = "UPDATE portals SET address = @Address WHERE id = @Id";

    private const string SetLanguageSql = "UPDATE portals SET language = @Language WHERE id = @Id";

    private const string SetInstallerSql = "UPDATE portals SET installer_user_id = @UserId WHERE id = @Id";

    private const string SetEraseAtSql = "UPDATE portals SET erase_at = @EraseAt WHERE id = @Id";

    private const string UninstallSql = "UPDATE portals SET state = 'uninstalled', state_reason = NULL, erase_at = @EraseAt WHERE id = @Id";

    // The row stays: its links name the portal, and it may come back.
    private const string ForgetSecretsSql = """
        UPDATE portals
        SET application_token_hash = NULL, client_id = NULL, client_secret_protected = NULL, former_secret_protected = NULL, erase_at = NULL
        WHERE id = @Id
        """;

    private const string RegistrationsSql = "SELECT name AS Name, hash AS Hash FROM registrations WHERE portal_id = @Id";

    private const string SaveRegistrationSql = """
        INSERT INTO registrations (portal_id, name, hash)
        VALUES (@Id, @Name, @Hash)
        ON CONFLICT (portal_id, name) DO UPDATE SET hash = excluded.hash
        """;

    private const string DeleteRegistrationSql = "DELETE FROM registrations WHERE portal_id = @Id AND name = @Name";

    private const string DeleteRegistrationsSql = "DELETE FROM registrations WHERE portal_id = @Id";

    private readonly StoreDatabase _database;
    private readonly SecretProtection _protection;
    private readonly TokenStore _tokens;
    private readonly TimeProvider _clock;
    private readonly StoreCache<Snapshot> _cache;

    public PortalStore(StoreDatabase database, SecretProtection protection, TokenStore tokens, TimeProvider clock)
    {
        _database = database;
        _protection = protection;
        _tokens = tokens;
        _clock = clock;
        _cache = new StoreCache<Snapshot>(database, connection => new Snapshot(connection.Query<Row>(LoadSql)));
    }

    public async ValueTask<Portal?> FindAsync(MemberId member, CancellationToken cancellationToken) =>
        (await _cache.GetAsync(cancellationToken)).ByMember.GetValueOrDefault(member)?.Portal;

    public async ValueTask<Portal?> FindAsync(PortalId id, CancellationToken cancellationToken) =>
        (await _cache.GetAsync(cancellationToken)).ById.GetValueOrDefault(id)?.Portal;

    /// <summary>All portals, in the order of their first installation.</summary>
    public async ValueTask<IReadOnlyList<Portal>> ListAsync(CancellationToken cancellationToken) => (await _cache.GetAsync(cancellationToken)).All;

    /// <summary>Adds a portal, or takes over one that installs again: afterwards it is connected and is not going to be erased.</summary>
    public async Task<Portal> SaveInstallationAsync(NewInstallation installation, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var row = new
        {
            MemberId = installation.MemberId.Value,
            Address = installation.Address.AbsoluteUri,
            OAuthServer = installation.OAuthServer.AbsoluteUri,
            installation.InstallerUserId,
            installation.Language,
            TokenHash = installation.ApplicationToken is { } token ? Hash(token) : null,
            installation.ClientId,
            Now = UnixTime.Of(now),
        };
        var owner = new TokenOwner(installation.MemberId, installation.InstallerUserId);
        var tokens = TokenRow.Of(owner, installation.Tokens, _protection, now);
        await _cache.WriteAsync(
            connection =>
            {
                connection.Execute(InstallSql, row);
                return connection.Execute(TokenRow.SaveSql, tokens);
            },
            cancellationToken);
        _tokens.Forget(owner);

        // It was just written, and portals are never deleted.
        return (await FindAsync(installation.MemberId, cancellationToken))!;
    }

    /// <summary>Compares with the stored hash in constant time; <see langword="false"/> if none is stored yet.</summary>
    public async ValueTask<bool> IsApplicationTokenAsync(PortalId id, ApplicationToken token, CancellationToken cancellationToken) =>
        (await _cache.GetAsync(cancellationToken)).ById.GetValueOrDefault(id)?.TokenHash is { } hash
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(Hash(token)));

    /// <summary>Whether an application token's hash is stored for the portal.</summary>
    public async ValueTask<bool> HasApplicationTokenAsync(PortalId id, CancellationToken cancellationToken) =>
        (await _cache.GetAsync(cancellationToken)).ById.GetValueOrDefault(id)?.TokenHash is not null;

    public Task SaveApplicationTokenAsync(PortalId id, ApplicationToken token, CancellationToken cancellationToken) =>
        ExecuteAsync(SaveTokenHashSql, new { Id = id.Value, Hash = Hash(token) }, cancellationToken);

    /// <summary>Stores client id and secret. A secret that was stored for the same id stays as the former one.</summary>
    public async Task SaveCredentialsAsync(PortalId id, ApplicationCredentials credentials, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is { } portal
            && await _tokens.FindAuthorityAsync(portal.MemberId, cancellationToken) is { } known && known.Application == credentials)
        {
            return;
        }

        var secret = _protection.Credentials.Protect(credentials.Secret.Reveal());
        await ExecuteAsync(SaveCredentialsSql, new { Id = id.Value, credentials.ClientId, Secret = secret }, cancellationToken);
    }

    /// <summary>Stores the client id alone; a stored secret stays only if it belongs to this id.</summary>
    public Task SaveClientIdAsync(PortalId id, string clientId, CancellationToken cancellationToken) =>
        ExecuteAsync(SaveClientIdSql, new { Id = id.Value, ClientId = clientId }, cancellationToken);

    public Task SetStateAsync(PortalId id, PortalState state, string? reason, CancellationToken cancellationToken) =>
        ExecuteAsync(SetStateSql, new { Id = id.Value, State = ToText(state), Reason = reason }, cancellationToken);

    public Task SetAddressAsync(PortalId id, Uri address, CancellationToken cancellationToken) =>
        ExecuteAsync(SetAddressSql, new { Id = id.Value, Address = address.AbsoluteUri }, cancellationToken);

    public Task SetLanguageAsync(PortalId id, string language, CancellationToken cancellationToken) =>
        ExecuteAsync(SetLanguageSql, new { Id = id.Value, Language = language }, cancellationToken);

    public Task SetInstallerAsync(PortalId id, long userId, CancellationToken cancellationToken) =>
        ExecuteAsync(SetInstallerSql, new { Id = id.Value, UserId = userId }, cancellationToken);

    /// <summary>Plans the erasure of an uninstalled portal's data, or takes the plan back.</summary>
    public Task SetEraseAtAsync(PortalId id, DateTimeOffset? eraseAt, CancellationToken cancellationToken) =>
        ExecuteAsync(SetEraseAtSql, new { Id = id.Value, EraseAt = UnixTime.Of(eraseAt) }, cancellationToken);

    /// <summary>Notes that the app was deleted on the portal. What the app had registered there is gone with it, so its hashes are forgotten.</summary>
    /// <param name="id">The portal.</param>
    /// <param name="eraseAt">When its data is erased; <see langword="null"/> to keep it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task UninstallAsync(PortalId id, DateTimeOffset? eraseAt, CancellationToken cancellationToken) => _cache.WriteAsync(
        connection =>
        {
            connection.Execute(DeleteRegistrationsSql, new { Id = id.Value });
            return connection.Execute(UninstallSql, new { Id = id.Value, EraseAt = UnixTime.Of(eraseAt) });
        },
        cancellationToken);

    /// <summary>Forgets the portal's credentials and its application token, and that there is anything left to erase.</summary>
    public Task ForgetSecretsAsync(PortalId id, CancellationToken cancellationToken) =>
        ExecuteAsync(ForgetSecretsSql, new { Id = id.Value }, cancellationToken);

    /// <summary>What the app has registered on the portal: name and hash of the definition.</summary>
    public Task<IReadOnlyDictionary<string, string>> RegistrationsAsync(PortalId id, CancellationToken cancellationToken) => _database.ReadAsync(
        IReadOnlyDictionary<string, string> (connection) => connection
            .Query<(string Name, string Hash)>(RegistrationsSql, new { Id = id.Value })
            .ToDictionary(row => row.Name, row => row.Hash, StringComparer.Ordinal),
        cancellationToken);

    public Task SaveRegistrationAsync(PortalId id, string name, string hash, CancellationToken cancellationToken) => _database.WriteAsync(
        connection => connection.Execute(SaveRegistrationSql, new { Id = id.Value, Name = name, Hash = hash }), Durability.Relaxed, cancellationToken);

    public Task DeleteRegistrationAsync(PortalId id, string name, CancellationToken cancellationToken) => _database.WriteAsync(
        connection => connection.Execute(DeleteRegistrationSql, new { Id = id.Value, Name = name }), Durability.Relaxed, cancellationToken);

    private Task<int> ExecuteAsync(string sql, object values, CancellationToken cancellationToken) =>
        _cache.WriteAsync(connection => connection.Execute(sql, values), cancellationToken);

    // The token is a random text of 32 characters, so a plain hash cannot be guessed back.
    private static string Hash(ApplicationToken token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token.Reveal())));

    private static string ToText(PortalState state) => state switch
    {
        PortalState.Connected => "connected",
        PortalState.Disconnected => "disconnected",
        PortalState.Uninstalled => "uninstalled",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    private sealed record Row
    {
        public long Id { get; init; }

        public string MemberId { get; init; } = "";

        public string Address { get; init; } = "";

        public string OAuthServer { get; init; } = "";

        public string State { get; init; } = "";

        public string? StateReason { get; init; }

        public long InstallerUserId { get; init; }

        public string Language { get; init; } = "";

        public string? ApplicationTokenHash { get; init; }

        public string? ClientId { get; init; }

        public string? ClientSecretProtected { get; init; }

        public long InstalledAt { get; init; }

        public long? EraseAt { get; init; }

        public Portal ToPortal() => new()
        {
            Id = new PortalId(Id),
            MemberId = Bitrix24.Values.MemberId.Parse(MemberId),
            Address = new Uri(Address),
            OAuthServer = new Uri(OAuthServer),
            State = Enum.Parse<PortalState>(State, ignoreCase: true),
            StateReason = StateReason,
            InstallerUserId = InstallerUserId,
            Language = Language,
            ClientId = ClientId,
            HasCredentials = ClientSecretProtected is not null,
            InstalledAt = UnixTime.From(InstalledAt),
            EraseAt = UnixTime.From(EraseAt),
        };
    }

    private sealed record Entry(Portal Portal, string? TokenHash);

    private sealed class Snapshot
    {
        public Snapshot(IEnumerable<Row> rows)
        {
            var entries = rows.Select(row => new Entry(row.ToPortal(), row.ApplicationTokenHash)).ToList();
            All = entries.ConvertAll(entry => entry.Portal);
            ById = entries.ToFrozenDictionary(entry => entry.Portal.Id);
            ByMember = entries.ToFrozenDictionary(entry => entry.Portal.MemberId);
        }

        public IReadOnlyList<Portal> All { get; }

        public FrozenDictionary<PortalId, Entry> ById { get; }

        public FrozenDictionary<MemberId, Entry> ByMember { get; }
    }
}
