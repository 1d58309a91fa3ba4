namespace B24RobotApp.Transfers.Storage;

/// <summary>A write that waits for the writer.</summary>
internal abstract class WriteRequest(bool oneStatement, Durability durability, CancellationToken cancellationToken)
{
    /// <summary>Whether it runs a single statement. SQLite undoes one that fails by itself, so it needs no savepoint, which would cost as much as a third of an insert.</summary>
    public bool IsOneStatement { get; } = oneStatement;

    public Durability Durability { get; } = durability;

    /// <summary>Whether its caller has given up. Asked before the write begins; once begun it is finished.</summary>
    public bool IsCancelled => CancellationToken.IsCancellationRequested;

    protected CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>Makes the write.</summary>
    public abstract void Run(StoreConnection connection);

    /// <summary>Notes that the write itself failed; the others of its group go on.</summary>
    public abstract void Refuse(Exception exception);

    /// <summary>Tells the caller, now that the group is committed.</summary>
    public abstract void Answer();

    /// <summary>Tells the caller that nothing was written.</summary>
    public abstract void Fail(Exception exception);

    public abstract void Cancel();
}

/// <inheritdoc/>
internal sealed class WriteRequest<T>(Func<StoreConnection, T> write, bool oneStatement, Durability durability, CancellationToken cancellationToken)
    : WriteRequest(oneStatement, durability, cancellationToken)
{
    // Callers go on elsewhere: the writer's thread is there for writing.
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;
    private Exception? _refusal;

    public Task<T> Answered => _answer.Task;

    public override void Run(StoreConnection connection) => _result = write(connection);

    public override void Refuse(Exception exception) => _refusal = exception;

    public override void Answer()
    {
        if (_refusal is null)
        {
            _answer.SetResult(_result!); // Run has set it, or else there is a refusal.
        }
        else
        {
            _answer.SetException(_refusal);
        }
    }

    public override void Fail(Exception exception) => _answer.SetException(exception);

    public override void Cancel() => _answer.SetCanceled(CancellationToken);
}
