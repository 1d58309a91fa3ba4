using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>A step of a transfer at which the server can be killed.</summary>
/// <param name="Step">Which.</param>
/// <param name="Fault">What makes the app stand still there.</param>
/// <param name="Method">At which call.</param>
/// <param name="AtEsb">At which portal.</param>
internal sealed record KillPoint(string Step, FaultKind Fault, string Method, bool AtEsb)
{
    public static IReadOnlyList<KillPoint> All { get; } =
    [
        new("while the deal is read", FaultKind.Hang, "crm.item.productrow.list", false),
        new("while the client is looked for", FaultKind.Hang, "crm.duplicate.findbycomm", true),
        new("before the client is created", FaultKind.ResetBefore, "crm.item.add", true),
        new("after the client was created", FaultKind.Hang, "crm.item.add", true),
        new("before the deal is created", FaultKind.ResetBefore, "crm.item.productrow.set", true),
        new("after the deal was created", FaultKind.Hang, "crm.item.productrow.set", true),
        new("before the robot is answered", FaultKind.ResetBefore, "bizproc.event.send", false),
        new("after the robot was answered", FaultKind.Hang, "bizproc.event.send", false),
    ];
}
