namespace B24RobotApp.Transfers.Queue;

/// <summary>When an attempt that failed is repeated: exponentially later, with jitter, so that what failed together does not come back together.</summary>
public static class RetrySchedule
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    /// <summary>The pause after an attempt.</summary>
    /// <param name="attempt">The number of the attempt that failed, from 1.</param>
    /// <param name="random">Between 0 and 1; spreads the pause over 80 to 120 per cent.</param>
    public static TimeSpan PauseAfter(int attempt, double random)
    {
        // Ten doublings of five seconds are past the longest pause; more would overflow.
        var doublings = Math.Clamp(attempt - 1, 0, 10);
        var pause = Math.Min(First.TotalSeconds * (1 << doublings), Longest.TotalSeconds);
        return TimeSpan.FromSeconds(pause * (0.8 + (0.4 * random)));
    }
}
