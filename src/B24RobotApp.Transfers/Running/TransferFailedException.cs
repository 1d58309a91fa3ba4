namespace B24RobotApp.Transfers.Running;

/// <summary>A transfer cannot succeed as things are, and repeating changes nothing: it ends as failed, and the robot is told.</summary>
/// <param name="code">For robots and searches; listed in the README.</param>
/// <param name="message">For people, in the portal's language: what happened and what to do.</param>
public sealed class TransferFailedException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;

    /// <summary>The ESB's deal, if it exists although the transfer failed.</summary>
    public long? EsbDealId { get; init; }
}
