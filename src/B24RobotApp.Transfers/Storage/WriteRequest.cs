namespace B24RobotApp.Transfers.Storage;

/// <summary>A write that waits for the writer.</summary>
internal abstract class WriteRequest(bool isFenced, Durability durability, CancellationToken cancellationToken)
{
    /// <summary>Whether it is made only if the <see cref="StoreDatabase.Fence"/> allows it.</summary>
    public bool IsFenced { get; } = isFenced;

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
internal class WriteRequest<T>(Func<StoreConnection, T> write, bool isFenced, Durability durability, CancellationToken cancellationToken)
    : WriteRequest(isFenced, durability, cancellationToken)
{
    // Callers go on elsewhere: the writer's thread is there for writing.
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _refusal;

    public Task<T> Answered => _answer.Task;

    protected T? Result { get; set; }

    public override void Run(StoreConnection connection) => Result = write(connection);

    public override void Refuse(Exception exception) => _refusal = exception;

    public override void Answer()
    {
        if (_refusal is null)
        {
            _answer.SetResult(Result!); // Run has set it, or else there is a refusal.
        }
        else
        {
            _answer.SetException(_refusal);
        }
    }

    public override void Fail(Exception exception) => _answer.SetException(exception);

    public override void Cancel() => _answer.SetCanceled(CancellationToken);
}

/// <summary>A write of a single statement.</summary>
internal sealed class StatementRequest(string sql, IReadOnlyList<(string Name, object? Value)> values, Durability durability, CancellationToken cancellationToken)
    : WriteRequest<int>(connection => connection.ExecutePrepared(sql, values), isFenced: true, durability, cancellationToken)
{
    public string Sql => sql;

    public IReadOnlyList<(string Name, object? Value)> Values => values;

    /// <summary>Notes that it was run together with others.</summary>
    public void Made(int rows) => Result = rows;
}
