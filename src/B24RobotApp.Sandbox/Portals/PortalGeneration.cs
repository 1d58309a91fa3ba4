namespace B24RobotApp.Sandbox.Portals;

/// <summary>Portals differ by age in ways that a client must survive.</summary>
public enum PortalGeneration
{
    /// <summary>
    /// <c>bizproc.event.send</c> says 423 for a locked workflow and 404 for one that is gone; filters of bizproc lists
    /// know no <c>=</c> and drop it.
    /// </summary>
    Older,

    /// <summary>
    /// <c>bizproc.event.send</c> answers <c>true</c> to everything but a forged token and works after the response: what is
    /// sent to a locked workflow is lost without a word.
    /// </summary>
    Newest,
}
