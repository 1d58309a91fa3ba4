namespace B24RobotApp.Sandbox.Portals;

/// <summary>The card of a local application in the developer section.</summary>
public sealed record LocalApplicationCard
{
    public required string Name { get; init; }

    /// <summary>"Your handler path": the main page, and where the sign-in returns.</summary>
    public required Uri HandlerUrl { get; init; }

    /// <summary>"Initial installation path": the install page, or the callback's address if the application is script only.</summary>
    public Uri? InstallUrl { get; init; }

    /// <summary>"Application uses API only".</summary>
    public bool IsScriptOnly { get; init; }

    public required IReadOnlyCollection<string> Scopes { get; init; }
}
