using System.Diagnostics;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.Running;

/// <summary>The spans of transfers. What a deal holds stands in none of them.</summary>
internal static class TransferSpans
{
    /// <summary>An attempt. It goes on with the trace of the robot's call, whichever process took that in.</summary>
    public static Activity? StartAttempt(Transfer transfer, Portal portal)
    {
        var span = Telemetry.Start("transfer", ActivityKind.Consumer, transfer.Request.Trace);
        span?.SetTag("b24robot.transfer", transfer.Id.Value);
        span?.SetTag("b24robot.attempt", transfer.Attempt);
        span?.SetTag("b24robot.portal", portal.Address.Authority);
        span?.SetTag("b24robot.connection", transfer.Request.Connection);
        return span;
    }
}
