using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>The other servers took this one for dead. What it had under way is theirs now, so it is not tried again here.</summary>
public sealed class LeaseLostException() : StorageUnavailableException(
    "The other servers took this one for dead, since it had not been heard of for too long. It begins anew in a moment.");
