using B24RobotApp.Sandbox.Automation;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>A deal that came to the robot's stage.</summary>
/// <param name="DealId">Which.</param>
/// <param name="Workflow">What runs for it, and waits for the app's answer.</param>
/// <param name="Delivery">The robot's call.</param>
internal sealed record SentCall(long DealId, Workflow Workflow, Delivery Delivery)
{
    /// <summary>The app has said 200, and that is a promise. What could not be delivered is lost by the portal's own rule: it calls once.</summary>
    public bool IsAcknowledged => Delivery.Status == 200;

    /// <summary>The robot's own time was over before an answer came; it went on without one, as its settings say.</summary>
    public bool HasTimedOut => Workflow.Returned.Values.First()["IsTimeout"]?.ToString() == "1";
}
