namespace B24RobotApp.Bitrix24.Calls;

/// <summary>A call or group that waits for a request to carry it.</summary>
internal sealed class PendingCalls
{
    private readonly TaskCompletionSource<IReadOnlyList<CallOutcome>> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PendingCalls(IReadOnlyList<Call> calls, CancellationToken cancellationToken)
    {
        Calls = calls;
        CanBatch = calls.All(BatchEncoding.CanBatch);
        Writes = calls.Any(call => call.Writes);
        CancellationToken = cancellationToken;
    }

    public IReadOnlyList<Call> Calls { get; }

    /// <summary>Whether all of them may travel as commands of a batch.</summary>
    public bool CanBatch { get; }

    public bool Writes { get; }

    /// <summary>The caller's; it ends the waiting, never a request that was sent.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>A single call needs no batch when it travels alone.</summary>
    public bool IsSingle => Calls.Count == 1;

    public Task<IReadOnlyList<CallOutcome>> Outcomes => _completion.Task;

    public void Complete(IReadOnlyList<CallOutcome> outcomes) => _completion.TrySetResult(outcomes);

    public void Fail(Exception exception) => _completion.TrySetException(exception);
}
