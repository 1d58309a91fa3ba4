using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Portals;

/// <summary>A user's tokens as they are stored.</summary>
internal sealed record TokenRow
{
    // Access and refresh token change together, in one write: a pair is never mixed. A portal that is not known has no tokens.
    public const string SaveSql = """
        INSERT INTO tokens (portal_id, user_id, access_protected, refresh_protected, expires_at, saved_at)
        SELECT id, @UserId, @AccessProtected, @RefreshProtected, @ExpiresAt, @SavedAt
        FROM portals
        WHERE member_id = @MemberId
        ON CONFLICT (portal_id, user_id) DO UPDATE SET
            access_protected = excluded.access_protected,
            refresh_protected = excluded.refresh_protected,
            expires_at = excluded.expires_at,
            saved_at = excluded.saved_at,
            dead_at = NULL
        """;

    public string MemberId { get; init; } = "";

    public long UserId { get; init; }

    public string AccessProtected { get; init; } = "";

    public string? RefreshProtected { get; init; }

    public long ExpiresAt { get; init; }

    public long SavedAt { get; init; }

    public static TokenRow Of(TokenOwner owner, PortalTokens tokens, SecretProtection protection, DateTimeOffset now) => new()
    {
        MemberId = owner.Member.Value,
        UserId = owner.UserId,
        AccessProtected = protection.Tokens.Protect(tokens.Access.Reveal()),
        RefreshProtected = tokens.Refresh is { } refresh ? protection.Tokens.Protect(refresh.Reveal()) : null,
        ExpiresAt = UnixTime.Of(tokens.ExpiresAt),
        SavedAt = UnixTime.Of(now),
    };

    public PortalTokens ToTokens(SecretProtection protection) => new()
    {
        Access = new AccessToken(protection.Tokens.Unprotect(AccessProtected)),
        Refresh = RefreshProtected is { } refresh ? new RefreshToken(protection.Tokens.Unprotect(refresh)) : null,
        ExpiresAt = UnixTime.From(ExpiresAt),
    };
}
