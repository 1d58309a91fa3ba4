using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>One app and one ESB; partners' portals come in the tests.</summary>
public sealed class PartnerStage : StageFixture
{
    protected override StageOptions Options => base.Options with { EntersCredentials = false };
}
