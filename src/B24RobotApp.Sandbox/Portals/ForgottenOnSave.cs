namespace B24RobotApp.Sandbox.Portals;

/// <summary>What a portal loses of an application when its card is saved again.</summary>
[Flags]
public enum ForgottenOnSave
{
    None = 0,
    Robots = 1,
    Placements = 2,
    Events = 4,
    All = Robots | Placements | Events,
}
