namespace B24RobotApp.Transfers.Storage;

/// <summary>
/// What is looked up with every call and changes rarely, kept in memory as a whole. Its store is the only writer and writes through it, so that it is never older
/// than a write that has returned.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="load">Reads everything.</param>
internal sealed class StoreCache<T>(SqliteDatabase database, Func<StoreConnection, T> load)
    where T : class
{
    private readonly Lock _lock = new();
    private T? _current;
    private long _generation;

    public ValueTask<T> GetAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _current) is { } current ? new ValueTask<T>(current) : LoadAsync(cancellationToken);

    public async Task<TResult> WriteAsync<TResult>(Func<StoreConnection, TResult> write, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(write, Durability.Full, cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _generation++;
                _current = null;
            }
        }
    }

    private async ValueTask<T> LoadAsync(CancellationToken cancellationToken)
    {
        var generation = Interlocked.Read(ref _generation);
        var loaded = await database.ReadAsync(load, cancellationToken);
        lock (_lock)
        {
            // What was read while somebody wrote may be the old state: good for this caller, who began before the write returned, but not to be kept.
            if (_generation == generation)
            {
                _current = loaded;
            }
        }

        return loaded;
    }
}
