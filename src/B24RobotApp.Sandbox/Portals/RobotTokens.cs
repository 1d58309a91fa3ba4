namespace B24RobotApp.Sandbox.Portals;

/// <summary>Which tokens a robot's call brings.</summary>
public enum RobotTokens
{
    /// <summary>Access and refresh token.</summary>
    Both,

    /// <summary>As older portals: the access token alone.</summary>
    AccessOnly,

    /// <summary>None, as where the robot has no user.</summary>
    None,
}
