namespace B24RobotApp.SignIn;

/// <summary>Names of the sign-in with Bitrix24.</summary>
internal static class Bitrix24AuthenticationDefaults
{
    public const string AuthenticationScheme = "Bitrix24";

    /// <summary>Where a portal returns: it knows only the card's handler path. Source: settings/oauth/index.md.</summary>
    public const string CallbackPath = "/app";

    /// <summary>The claim that holds the portal's member id.</summary>
    public const string PortalClaim = "portal";

    /// <summary>The protected state's entry that holds the portal that was asked.</summary>
    public const string PortalItem = "portal";
}
