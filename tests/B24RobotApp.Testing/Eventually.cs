namespace B24RobotApp.Testing;

/// <summary>Waits for a state instead of a time.</summary>
public static class Eventually
{
    /// <summary>Waits until a condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold in time.</exception>
    public static Task Async(Func<bool> condition, TimeSpan timeout, CancellationToken cancellationToken) =>
        Async(() => Task.FromResult(condition()), timeout, cancellationToken);

    /// <inheritdoc cref="Async(Func{bool}, TimeSpan, CancellationToken)"/>
    public static async Task Async(Func<Task<bool>> condition, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // The wall clock, also where the code under test has a clock of its own: other processes and threads do not live by that.
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > timeout)
            {
                throw new TimeoutException($"The condition did not hold within {timeout}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }
    }
}
