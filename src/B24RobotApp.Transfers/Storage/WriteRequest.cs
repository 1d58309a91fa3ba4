namespace B24RobotApp.Transfers.Storage;

/// <summary>What is known of a write before it is made.</summary>
internal enum WriteKind
{
    /// <summary>It may run any number of statements.</summary>
    Any,

    /// <summary>It runs a single one.</summary>
    OneStatement,

    /// <summary>As <see cref="Any"/>, and it is made although the <see cref="StoreDatabase.Fence"/> is down.</summary>
    Unfenced,
}

/// <summary>A write that waits for the writer.</summary>
internal abstract class WriteRequest(WriteKind kind, Durability durability, CancellationToken cancellationToken)
{
    public WriteKind Kind { get; } = kind;

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
internal sealed class WriteRequest<T>(Func<StoreConnection, T> write, WriteKind kind, Durability durability, CancellationToken cancellationToken)
    : WriteRequest(kind, durability, cancellationToken)
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
