namespace B24RobotApp.Transfers.Storage;

/// <summary>What a renewal has done.</summary>
/// <param name="Key">The key that closes all of them now; <see langword="null"/> if there is nothing secret.</param>
/// <param name="Renewed">Secrets that were closed with it.</param>
/// <param name="Unreadable">Secrets whose own key is not there; they stay as they were.</param>
public sealed record RenewedKeys(Guid? Key, int Renewed, int Unreadable);

/// <summary>
/// Closes all stored secrets with the ring's key of today, so that older keys can go. A server may run beside it: each row is replaced only if it still holds what was read, and what a server writes meanwhile is closed
/// with today's key anyway.
/// </summary>
public sealed class KeyRenewal(StoreDatabase database, SecretProtection protection)
{
    private const string TokensSql = """
        SELECT portal_id AS PortalId, user_id AS UserId, access_protected AS Access, COALESCE(refresh_protected, '') AS Refresh
        FROM tokens
        ORDER BY portal_id, user_id
        """;

    private const string RenewTokensSql = """
        UPDATE tokens
        SET access_protected = @NewAccess, refresh_protected = @NewRefresh
        WHERE portal_id = @PortalId AND user_id = @UserId AND access_protected = @Access AND COALESCE(refresh_protected, '') = @Refresh
        """;

    private const string CredentialsSql = """
        SELECT id AS PortalId, COALESCE(client_secret_protected, '') AS Secret, COALESCE(former_secret_protected, '') AS Former
        FROM portals
        WHERE client_secret_protected IS NOT NULL OR former_secret_protected IS NOT NULL
        ORDER BY id
        """;

    private const string RenewCredentialsSql = """
        UPDATE portals
        SET client_secret_protected = @NewSecret, former_secret_protected = @NewFormer
        WHERE id = @PortalId AND COALESCE(client_secret_protected, '') = @Secret AND COALESCE(former_secret_protected, '') = @Former
        """;

    private const string WebhooksSql = "SELECT code AS Code, webhooks_protected AS Webhooks FROM connections ORDER BY code";

    private const string RenewWebhooksSql = "UPDATE connections SET webhooks_protected = @New WHERE code = @Code AND webhooks_protected = @Old";

    /// <summary>Closes everything anew.</summary>
    public async Task<RenewedKeys> RunAsync(CancellationToken cancellationToken)
    {
        var done = new Progress();
        foreach (var row in await ReadAsync<TokenSecrets>(TokensSql, cancellationToken))
        {
            if (Renew(protection.Tokens, row.Access, done) is { } access && Renew(protection.Tokens, row.Refresh, done) is { } refresh)
            {
                var values = new { NewAccess = access, NewRefresh = NullIfNone(refresh), row.PortalId, row.UserId, row.Access, row.Refresh };
                await WriteAsync(RenewTokensSql, values, cancellationToken);
            }
        }

        foreach (var row in await ReadAsync<CredentialSecrets>(CredentialsSql, cancellationToken))
        {
            if (Renew(protection.Credentials, row.Secret, done) is { } secret && Renew(protection.Credentials, row.Former, done) is { } former)
            {
                var values = new { NewSecret = NullIfNone(secret), NewFormer = NullIfNone(former), row.PortalId, row.Secret, row.Former };
                await WriteAsync(RenewCredentialsSql, values, cancellationToken);
            }
        }

        foreach (var row in await ReadAsync<ConnectionSecrets>(WebhooksSql, cancellationToken))
        {
            if (Renew(protection.Webhooks, row.Webhooks, done) is { } webhooks)
            {
                await WriteAsync(RenewWebhooksSql, new { New = webhooks, row.Code, Old = row.Webhooks }, cancellationToken);
            }
        }

        return new RenewedKeys(done.Key, done.Renewed, done.Unreadable);
    }

    /// <returns>The same secret, closed with today's key; <c>""</c> if there is none; <see langword="null"/> if it cannot be opened.</returns>
    private static string? Renew(SecretPurpose purpose, string ciphertext, Progress done)
    {
        if (ciphertext.Length == 0)
        {
            return "";
        }

        try
        {
            var renewed = purpose.Protect(purpose.Unprotect(ciphertext));
            done.Key = SecretPurpose.KeyOf(renewed);
            done.Renewed++;
            return renewed;
        }
        catch (StorageException)
        {
            done.Unreadable++;
            return null;
        }
    }

    private static string? NullIfNone(string ciphertext) => ciphertext.Length == 0 ? null : ciphertext;

    private Task<IReadOnlyList<T>> ReadAsync<T>(string sql, CancellationToken cancellationToken) =>
        database.ReadAsync(IReadOnlyList<T> (connection) => [.. connection.Query<T>(sql, null)], cancellationToken);

    private async Task WriteAsync(string sql, object values, CancellationToken cancellationToken) =>
        await database.WriteAsync(connection => connection.Execute(sql, values), Durability.Full, cancellationToken);

    private sealed class Progress
    {
        public Guid? Key { get; set; }

        public int Renewed { get; set; }

        public int Unreadable { get; set; }
    }

    private sealed record TokenSecrets
    {
        public long PortalId { get; init; }

        public long UserId { get; init; }

        public string Access { get; init; } = "";

        public string Refresh { get; init; } = "";
    }

    private sealed record CredentialSecrets
    {
        public long PortalId { get; init; }

        public string Secret { get; init; } = "";

        public string Former { get; init; } = "";
    }

    private sealed record ConnectionSecrets
    {
        public string Code { get; init; } = "";

        public string Webhooks { get; init; } = "";
    }
}
