namespace B24RobotApp.Sandbox.Automation;

/// <summary>The robots of a portal's stages and the workflows they run in.</summary>
public sealed class PortalAutomation
{
    /// <summary>A deal was created on a stage or came to it. Called under the portal's lock, after the save.</summary>
    public void OnDealEntered(long dealId, string stageId, int categoryId)
    {
    }

    /// <summary>A deal is gone: its workflows end.</summary>
    public void OnDealDeleted(long dealId)
    {
    }
}
