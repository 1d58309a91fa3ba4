namespace B24RobotApp.Transfers.Queue;

/// <summary>The states as they are stored. A queued transfer is stored as <c>queued</c> if it can be claimed when due, and as <c>behind</c> if another of its deal comes first.</summary>
internal static class TransferStates
{
    public const string Unverified = "unverified";
    public const string Queued = "queued";
    public const string Behind = "behind";
    public const string Running = "running";
    public const string Parked = "parked";
    public const string Done = "done";
    public const string Failed = "failed";

    public static TransferState Parse(string text) => text switch
    {
        Unverified => TransferState.Unverified,
        Queued or Behind => TransferState.Queued,
        Running => TransferState.Running,
        Parked => TransferState.Parked,
        Done => TransferState.Done,
        Failed => TransferState.Failed,
        _ => throw new FormatException($"No transfer is in the state {text}."),
    };

    public static IReadOnlyList<string> Of(TransferState state) => state switch
    {
        TransferState.Unverified => [Unverified],
        TransferState.Queued => [Queued, Behind],
        TransferState.Running => [Running],
        TransferState.Parked => [Parked],
        TransferState.Done => [Done],
        TransferState.Failed => [Failed],
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
