using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.OAuth;

/// <summary>An access and a refresh token, bound to user, application and portal.</summary>
public sealed record TokenPair(string AccessToken, string RefreshToken, AppInstallation App, long UserId, DateTimeOffset IssuedAt)
{
    public const int AccessLifetimeSeconds = 3600;

    public DateTimeOffset AccessExpires => IssuedAt.AddSeconds(AccessLifetimeSeconds);

    public DateTimeOffset RefreshExpires => IssuedAt.AddDays(180);

    /// <summary>Never the tokens.</summary>
    public override string ToString() => $"tokens of user {UserId} for {App.ClientId}";
}
