namespace B24RobotApp.Sandbox.Portals;

/// <summary>An incoming webhook: acts as the user who made it, with the scopes it was given.</summary>
public sealed class IncomingWebhook(SandboxPortal portal, int id, long userId, string secret, IReadOnlySet<string> scopes)
{
    public int Id => id;

    public long UserId => userId;

    /// <summary>The part of the address that is a secret.</summary>
    public string Secret => secret;

    public IReadOnlySet<string> Scopes => scopes;

    /// <summary>The address as the portal shows it, with a slash at the end.</summary>
    public Uri Url => new(portal.BaseUrl, $"rest/{userId}/{secret}/");
}
