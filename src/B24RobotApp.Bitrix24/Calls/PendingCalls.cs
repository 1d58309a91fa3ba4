namespace B24RobotApp.Bitrix24.Calls;

/// <summary>A call or group that waits for a request to carry it.</summary>
internal sealed class PendingCalls
{
    private readonly TaskCompletionSource<IReadOnlyList<CallOutcome>> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="ArgumentException">A call refers to one that does not stand before it. In a batch that would be a stranger's.</exception>
    public PendingCalls(IReadOnlyList<Call> calls, CancellationToken cancellationToken)
    {
        Calls = calls;
        CancellationToken = cancellationToken;
        Place = new LinkedListNode<PendingCalls>(this);
        CanBatch = true;
        for (var i = 0; i < calls.Count; i++)
        {
            var form = BatchEncoding.Inspect(calls[i]);
            if (form.HighestReference >= i)
            {
                throw new ArgumentException($"{calls[i].Method}, call {i} of its group, refers to call {form.HighestReference}, which does not stand before it.");
            }

            CanBatch &= form.CanBatch;
            Writes |= calls[i].Writes;
        }
    }

    public IReadOnlyList<Call> Calls { get; }

    /// <summary>Whether all of them may travel as commands of a batch.</summary>
    public bool CanBatch { get; }

    public bool Writes { get; }

    /// <summary>The caller's; it ends the waiting, never a request that was sent.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Where they stand in the queue, so that a caller who gives up can take them out.</summary>
    public LinkedListNode<PendingCalls> Place { get; }

    public Task<IReadOnlyList<CallOutcome>> Outcomes => _completion.Task;

    public void Complete(IReadOnlyList<CallOutcome> outcomes) => _completion.TrySetResult(outcomes);

    public void Fail(Exception exception)
    {
        if (_completion.TrySetException(exception))
        {
            // The caller may have given up; then nobody looks at it, and that is all right.
            _ = _completion.Task.Exception;
        }
    }
}
