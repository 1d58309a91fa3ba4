namespace B24RobotApp.Transfers.Queue;

/// <summary>What several transfers have failed for.</summary>
/// <param name="Code">Their error code.</param>
/// <param name="Connection">The connection they went to.</param>
/// <param name="Profile">The profile and version they were mapped with; empty if they did not come so far.</param>
/// <param name="Count">How many they are.</param>
/// <param name="LastAt">When the last of them failed.</param>
/// <param name="Example">What one of them said.</param>
public sealed record FailureCause(string Code, string Connection, string Profile, int Count, DateTimeOffset? LastAt, string Example);
