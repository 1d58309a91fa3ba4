namespace B24RobotApp.Sandbox.Demo;

/// <summary>Waits for a state, never for a time.</summary>
public static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <exception cref="TimeoutException">The state did not come; the message names it.</exception>
    public static async Task TrueAsync(Func<bool> condition, string state, TimeProvider clock, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        var started = clock.GetTimestamp();
        while (!condition())
        {
            if (clock.GetElapsedTime(started) > (limit ?? Limit))
            {
                throw new TimeoutException($"In vain waited until {state}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), clock, cancellationToken);
        }
    }
}
