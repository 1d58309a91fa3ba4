namespace B24RobotApp.Transfers.Storage;

/// <summary>The database as the stores see it, whichever it is: one write at a time, whose commits are shared, and readers that do not wait for it.</summary>
public abstract class StoreDatabase : IDisposable
{
    /// <summary>Somebody else has written: what is held in memory may be old.</summary>
    internal event Action? ChangedOutside;

    /// <summary>
    /// The connection for writing was lost. Of a write that was under way nobody knows whether it was made, and of what was made before without being forced to the disk whether it is still there. Raised on the writer's
    /// thread. A database in a file has no such moment: what is in doubt there ends with the process.
    /// </summary>
    internal event Action? Interrupted
    {
        add => OpenWriter.Interrupted += value;
        remove => OpenWriter.Interrupted -= value;
    }

    /// <summary>Transactions committed since the start.</summary>
    public long Commits => Writer?.Commits ?? 0;

    /// <summary>Writes that were part of them; several share a commit under load.</summary>
    public long Writes => Writer?.Writes ?? 0;

    /// <summary>
    /// Asked at the beginning of every group of writes, in its transaction: why this process may not write any more; <see langword="null"/> if it may. What it says is the answer to the group's writes, but for those that
    /// are made by <see cref="WriteUnfencedAsync"/>.
    /// </summary>
    internal Func<StoreConnection, StorageException?>? Fence
    {
        get => Writer?.Fence;
        set => OpenWriter.Fence = value;
    }

    /// <summary>Which database this is, for the operator; it says nothing of how to get in.</summary>
    internal abstract string Description { get; }

    /// <summary>Who writes; <see langword="null"/> where it was opened for reading only.</summary>
    private protected abstract GroupWriter? Writer { get; }

    private GroupWriter OpenWriter => Writer ?? throw new StorageException("The database was opened for reading only.");

    /// <summary>
    /// Writes, and returns when the promise of <paramref name="durability"/> is kept. The function runs on the writer's thread between the writes of others, in a
    /// savepoint of its own: what it throws undoes its own changes and reaches this caller alone. It must be short and wait for nothing.
    /// </summary>
    /// <param name="write">The write.</param>
    /// <param name="durability">What it must survive.</param>
    /// <param name="cancellationToken">Ends the waiting for the writer. A cancelled write was not made; one that has begun is finished.</param>
    /// <exception cref="StorageUnavailableException">Nothing was written, by this or any write of the group.</exception>
    public Task<T> WriteAsync<T>(Func<StoreConnection, T> write, Durability durability, CancellationToken cancellationToken) =>
        OpenWriter.WriteAsync(new WriteRequest<T>(write, isFenced: true, durability, cancellationToken), cancellationToken);

    /// <summary>The same for a single statement, at a lower price: the writer sends many of them at once.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="values">Its parameters, always in the same order.</param>
    /// <param name="durability">What it must survive.</param>
    /// <param name="cancellationToken">Ends the waiting for the writer.</param>
    /// <returns>The number of rows changed.</returns>
    /// <exception cref="StorageUnavailableException">Nothing was written.</exception>
    public Task<int> WriteStatementAsync(string sql, IReadOnlyList<(string Name, object? Value)> values, Durability durability, CancellationToken cancellationToken) =>
        OpenWriter.WriteAsync(new StatementRequest(sql, values, durability, cancellationToken), cancellationToken);

    /// <summary>The same for what is to be written although the <see cref="Fence"/> is down.</summary>
    /// <inheritdoc cref="WriteAsync{T}"/>
    internal Task<T> WriteUnfencedAsync<T>(Func<StoreConnection, T> write, Durability durability, CancellationToken cancellationToken) =>
        OpenWriter.WriteAsync(new WriteRequest<T>(write, isFenced: false, durability, cancellationToken), cancellationToken);

    /// <summary>Reads from one snapshot, which holds everything that has been written by calls that returned.</summary>
    /// <exception cref="StorageUnavailableException">The database cannot be read.</exception>
    public abstract Task<T> ReadAsync<T>(Func<StoreConnection, T> read, CancellationToken cancellationToken);

    /// <summary>Looks whether somebody else has written since the last look, and lets everyone know who holds something in memory.</summary>
    internal abstract Task<bool> LookOutsideAsync(CancellationToken cancellationToken);

    /// <summary>Sees to it that what was erased does not stay in a log that this app keeps.</summary>
    internal abstract Task ShortenLogAsync(CancellationToken cancellationToken);

    /// <summary>How big it is.</summary>
    /// <exception cref="StorageUnavailableException">The database does not say.</exception>
    internal abstract Task<StoreSize> MeasureAsync(CancellationToken cancellationToken);

    /// <summary>Finishes the writes that wait and closes the database.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    private protected void TellChangedOutside() => ChangedOutside?.Invoke();
}

/// <summary>How big a database is.</summary>
/// <param name="Database">The database, bytes.</param>
/// <param name="Log">The log that this app keeps of it, bytes.</param>
internal sealed record StoreSize(long Database, long Log);
