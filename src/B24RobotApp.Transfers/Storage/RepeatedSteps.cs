namespace B24RobotApp.Transfers.Storage;

/// <summary>The loop of background work that goes step by step and keeps in the store how far it is.</summary>
internal static class RepeatedSteps
{
    /// <summary>Takes a step, waits, and so on until the app stops. A store that cannot be used for a moment must not end this for good.</summary>
    /// <param name="pause">Before each step.</param>
    /// <param name="stepAsync">The step.</param>
    /// <param name="storeFailed">Hears why the store could not be used.</param>
    /// <param name="clock">The time.</param>
    /// <param name="stoppingToken">Ends it; the next start goes on from what the store knows.</param>
    public static async Task RunAsync(TimeSpan pause, Func<CancellationToken, Task> stepAsync, Action<string> storeFailed, TimeProvider clock, CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(pause, clock, stoppingToken);
                try
                {
                    await stepAsync(stoppingToken);
                }
                catch (StorageException exception)
                {
                    storeFailed(exception.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }
}
