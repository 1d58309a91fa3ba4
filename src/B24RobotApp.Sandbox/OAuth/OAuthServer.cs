using System.Security.Cryptography;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Journal;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.OAuth;

/// <summary>The authorization server of all portals: hands out tokens, refreshes them and says whether one is genuine.</summary>
public sealed class OAuthServer(TimeProvider clock, int journalCapacity = 10_000)
{
    private const int CodeLifetimeSeconds = 30;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, AppInstallation> _apps = [];
    private readonly TokenVault _vault = new();

    public TimeProvider Clock => clock;

    public Uri BaseUrl { get; internal set; } = new("http://127.0.0.1/");

    /// <summary>What tokens, frames and events name as <c>server_endpoint</c>.</summary>
    public Uri RestEndpoint => new(BaseUrl, "rest/");

    public FaultPlan Faults { get; } = new();

    public RequestJournal Journal { get; } = new(journalCapacity);

    /// <summary>A refresh token works on after it was replaced. Whether it does is told nowhere, so by default it does not.</summary>
    public bool KeepsOldRefreshTokens { get; set; }

    /// <summary>All tokens that were handed out, oldest first: what must stand in nobody's log.</summary>
    public IReadOnlyList<TokenPair> Issued => _vault.All;

    /// <summary>New tokens of a user for an application, valid for an hour of the portal's clock.</summary>
    public TokenPair Issue(AppInstallation app, long userId) => _vault.Issue(app, userId, app.Portal.Clock.GetUtcNow());

    internal TokenPair? FindAccess(string token) => _vault.FindAccess(token);

    internal string IssueCode(AppInstallation app, long userId) => _vault.IssueCode(app, userId, clock.GetUtcNow());

    internal static (string ClientId, string ClientSecret) NewCredentials() =>
        ($"local.{RandomNumberGenerator.GetHexString(14, lowercase: true)}.{RandomNumberGenerator.GetInt32(10_000_000, 99_999_999)}",
            RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 50));

    internal void Register(AppInstallation app)
    {
        lock (_gate)
        {
            _apps.Add(app.ClientId, app);
        }
    }

    internal void Remove(AppInstallation app)
    {
        lock (_gate)
        {
            _apps.Remove(app.ClientId);
        }
        _vault.Revoke(app);
    }

    internal (TokenPair? Tokens, OAuthError? Error) Refresh(string? clientId, string? clientSecret, string? refreshToken)
    {
        if (Authenticate(clientId, clientSecret) is not { } app)
        {
            return (null, OAuthError.InvalidClient);
        }
        if (_vault.FindRefresh(refreshToken ?? "") is not { } old || old.App != app || old.RefreshExpires <= app.Portal.Clock.GetUtcNow())
        {
            return (null, OAuthError.InvalidGrant);
        }
        return Grant(app, old.UserId, () => Retire(old));
    }

    internal (TokenPair? Tokens, OAuthError? Error) Exchange(string? clientId, string? clientSecret, string? code)
    {
        if (Authenticate(clientId, clientSecret) is not { } app)
        {
            return (null, OAuthError.InvalidClient);
        }
        // A code works once, even if the rest is wrong.
        if (_vault.TakeCode(code ?? "") is not { } issued || issued.App != app
            || issued.IssuedAt.AddSeconds(CodeLifetimeSeconds) <= clock.GetUtcNow())
        {
            return (null, OAuthError.InvalidGrant);
        }
        return Grant(app, issued.UserId, () => { });
    }

    private (TokenPair?, OAuthError?) Grant(AppInstallation app, long userId, Action onSuccess)
    {
        if (!app.Portal.Settings.HasRestAccess)
        {
            return (null, OAuthError.PaymentRequired);
        }
        if (app.Portal.FindUser(userId) is not { IsActive: true })
        {
            return (null, OAuthError.InvalidGrant);
        }
        onSuccess();
        return (Issue(app, userId), null);
    }

    private void Retire(TokenPair old)
    {
        if (!KeepsOldRefreshTokens)
        {
            _vault.RetireRefresh(old);
        }
    }

    private AppInstallation? Authenticate(string? clientId, string? clientSecret)
    {
        lock (_gate)
        {
            return clientId is not null && _apps.TryGetValue(clientId, out var app) && app.ClientSecret == clientSecret ? app : null;
        }
    }
}
