using System.Collections.Concurrent;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Portals;

/// <summary>A user's tokens with the user they belong to.</summary>
public sealed record OwnedTokens(TokenOwner Owner, PortalTokens Tokens);

/// <summary>The tokens of portals' users, encrypted. Those in use come from memory: this store is the only writer.</summary>
public sealed class TokenStore(StoreDatabase database, SecretProtection protection, IWorkShare share, TimeProvider clock) : ITokenStore
{
    /// <summary>Users whose tokens are kept in memory; at about 1 KB each.</summary>
    private const int MostInMemory = 10_000;

    private const string Columns = """
        portals.member_id AS MemberId, tokens.user_id AS UserId, tokens.access_protected AS AccessProtected, tokens.refresh_protected AS RefreshProtected,
        tokens.expires_at AS ExpiresAt, tokens.saved_at AS SavedAt
        """;

    private const string FindSql = $"""
        SELECT {Columns}
        FROM tokens
        JOIN portals ON portals.id = tokens.portal_id
        WHERE portals.member_id = @MemberId AND tokens.user_id = @UserId AND tokens.dead_at IS NULL
        """;

    private const string LiveSql = $"""
        SELECT {Columns}
        FROM tokens
        JOIN portals ON portals.id = tokens.portal_id
        WHERE tokens.portal_id = @PortalId AND tokens.dead_at IS NULL
          AND (tokens.expires_at > @Now OR tokens.refresh_protected IS NOT NULL)
        ORDER BY tokens.expires_at DESC
        """;

    // Two calls at once bring two tokens, and the older one may be written last. A call that brings no refresh token leaves the stored one, unless that is dead.
    private const string KeepSql = """
        INSERT INTO tokens (portal_id, user_id, access_protected, refresh_protected, expires_at, saved_at)
        SELECT id, @UserId, @AccessProtected, @RefreshProtected, @ExpiresAt, @SavedAt
        FROM portals
        WHERE member_id = @MemberId
        ON CONFLICT (portal_id, user_id) DO UPDATE SET
            access_protected = excluded.access_protected,
            refresh_protected = CASE WHEN tokens.dead_at IS NULL THEN COALESCE(excluded.refresh_protected, tokens.refresh_protected) ELSE excluded.refresh_protected END,
            expires_at = excluded.expires_at,
            saved_at = excluded.saved_at,
            dead_at = NULL
        WHERE excluded.expires_at > tokens.expires_at OR tokens.dead_at IS NOT NULL
        """;

    private const string MarkDeadSql = """
        UPDATE tokens
        SET dead_at = @Now
        WHERE user_id = @UserId AND dead_at IS NULL AND portal_id = (SELECT id FROM portals WHERE member_id = @MemberId)
        """;

    // Whoever has the turn and is no server any more has it no more.
    private const string TakeTurnSql = """
        UPDATE tokens
        SET renewing_by = @Number
        WHERE user_id = @UserId AND portal_id = (SELECT id FROM portals WHERE member_id = @MemberId)
          AND (renewing_by IS NULL OR renewing_by = @Number OR renewing_by NOT IN (SELECT id FROM servers))
        """;

    private const string EndTurnSql = """
        UPDATE tokens
        SET renewing_by = NULL
        WHERE user_id = @UserId AND portal_id = (SELECT id FROM portals WHERE member_id = @MemberId) AND renewing_by = @Number
        """;

    private const string EraseSql = "DELETE FROM tokens WHERE portal_id = @PortalId";

    private const string AuthoritySql = """
        SELECT oauth_server AS Server, client_id AS ClientId, client_secret_protected AS SecretProtected, former_secret_protected AS FormerProtected
        FROM portals
        WHERE member_id = @MemberId AND client_id IS NOT NULL AND client_secret_protected IS NOT NULL
        """;

    private static readonly TimeSpan WorthKeeping = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<TokenOwner, PortalTokens> _cache = new();
    private readonly Lock _lock = new();
    private long _generation;

    public ValueTask<PortalTokens?> FindAsync(TokenOwner owner, CancellationToken cancellationToken) =>
        _cache.TryGetValue(owner, out var tokens) ? new ValueTask<PortalTokens?>(tokens) : LoadAsync(owner, cancellationToken);

    public async Task<IAsyncDisposable?> TakeTurnAsync(TokenOwner owner, CancellationToken cancellationToken)
    {
        if (share.Number is not { } number)
        {
            return EndOfTurn.None;
        }

        var values = new { MemberId = owner.Member.Value, owner.UserId, Number = number };
        return await database.WriteAsync(connection => connection.Execute(TakeTurnSql, values), Durability.Relaxed, cancellationToken) == 1
            ? new EndOfTurn(() => database.WriteAsync(connection => connection.Execute(EndTurnSql, values), Durability.Relaxed, CancellationToken.None))
            : null;
    }

    public Task SaveAsync(TokenOwner owner, PortalTokens tokens, CancellationToken cancellationToken) =>
        WriteAsync(owner, TokenRow.SaveSql, TokenRow.Of(owner, tokens, protection, clock.GetUtcNow()), Durability.Full, cancellationToken);

    /// <summary>
    /// Keeps tokens that a call brought along. Only newer ones replace the stored ones, and not when those end less than five minutes earlier: a busy
    /// portal brings a token with every call. Relaxed: the next call brings another.
    /// </summary>
    public async Task KeepAsync(TokenOwner owner, PortalTokens tokens, CancellationToken cancellationToken)
    {
        if (await FindAsync(owner, cancellationToken) is not { } stored || tokens.ExpiresAt - stored.ExpiresAt >= WorthKeeping)
        {
            await WriteAsync(owner, KeepSql, TokenRow.Of(owner, tokens, protection, clock.GetUtcNow()), Durability.Relaxed, cancellationToken);
        }
    }

    public Task MarkDeadAsync(TokenOwner owner, CancellationToken cancellationToken)
    {
        var row = new { MemberId = owner.Member.Value, owner.UserId, Now = UnixTime.Of(clock.GetUtcNow()) };
        return WriteAsync(owner, MarkDeadSql, row, Durability.Full, cancellationToken);
    }

    public async ValueTask<TokenAuthority?> FindAuthorityAsync(MemberId member, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(
            connection => connection.QuerySingleOrDefault<AuthorityRow>(AuthoritySql, new { MemberId = member.Value }), cancellationToken);
        return row is null
            ? null
            : new TokenAuthority(
                new Uri(row.Server),
                new ApplicationCredentials(row.ClientId, new ClientSecret(protection.Credentials.Unprotect(row.SecretProtected))))
            {
                Former = row.FormerProtected is { } former ? new ApplicationCredentials(row.ClientId, new ClientSecret(protection.Credentials.Unprotect(former))) : null,
            };
    }

    /// <summary>The first of the preferred users whose tokens are alive, or else the user whose tokens end last; <see langword="null"/> if all are dead.</summary>
    public async Task<OwnedTokens?> FreshestAsync(PortalId portal, IReadOnlyList<long> preferredUsers, CancellationToken cancellationToken)
    {
        var values = new { PortalId = portal.Value, Now = UnixTime.Of(clock.GetUtcNow()) };
        var rows = await database.ReadAsync(connection => connection.Query<TokenRow>(LiveSql, values), cancellationToken);
        var row = preferredUsers.Select(user => rows.Find(candidate => candidate.UserId == user)).FirstOrDefault(found => found is not null)
            ?? rows.FirstOrDefault();
        return row is null ? null : new OwnedTokens(new TokenOwner(MemberId.Parse(row.MemberId), row.UserId), row.ToTokens(protection));
    }

    /// <summary>Deletes the tokens of all users of a portal.</summary>
    public async Task EraseAsync(Portal portal, CancellationToken cancellationToken)
    {
        await database.WriteAsync(connection => connection.Execute(EraseSql, new { PortalId = portal.Id.Value }), Durability.Full, cancellationToken);
        foreach (var owner in _cache.Keys.Where(owner => owner.Member == portal.MemberId))
        {
            Forget(owner);
        }
    }

    /// <summary>The stored tokens have changed: they are read again when they are needed.</summary>
    public void Forget(TokenOwner owner)
    {
        lock (_lock)
        {
            _generation++;
            _cache.TryRemove(owner, out _);
        }
    }

    public async Task<PortalTokens?> ReadAsync(TokenOwner owner, CancellationToken cancellationToken)
    {
        Forget(owner);
        return await LoadAsync(owner, cancellationToken);
    }

    private async ValueTask<PortalTokens?> LoadAsync(TokenOwner owner, CancellationToken cancellationToken)
    {
        var generation = Interlocked.Read(ref _generation);
        var row = await database.ReadAsync(
            connection => connection.QuerySingleOrDefault<TokenRow>(FindSql, new { MemberId = owner.Member.Value, owner.UserId }), cancellationToken);
        if (row is null)
        {
            return null;
        }

        var tokens = row.ToTokens(protection);
        lock (_lock)
        {
            // Tokens that were replaced while they were read must not be kept: the pair in memory would be one that the server has retired.
            if (_generation == generation)
            {
                if (_cache.Count >= MostInMemory)
                {
                    _cache.Clear();
                }

                _cache[owner] = tokens;
            }
        }

        return tokens;
    }

    private async Task WriteAsync(TokenOwner owner, string sql, object row, Durability durability, CancellationToken cancellationToken)
    {
        try
        {
            await database.WriteAsync(connection => connection.Execute(sql, row), durability, cancellationToken);
        }
        finally
        {
            Forget(owner);
        }
    }

    /// <summary>Ends a turn; that it could not be ended matters little: its server may take it again, and it goes with its server.</summary>
    private sealed class EndOfTurn(Func<Task>? end) : IAsyncDisposable
    {
        public static EndOfTurn None { get; } = new(null);

        public async ValueTask DisposeAsync()
        {
            try
            {
                await (end?.Invoke() ?? Task.CompletedTask);
            }
            catch (StorageException)
            {
                // As said.
            }
        }
    }

    private sealed record AuthorityRow
    {
        public string Server { get; init; } = "";

        public string ClientId { get; init; } = "";

        public string SecretProtected { get; init; } = "";

        public string? FormerProtected { get; init; }
    }
}
