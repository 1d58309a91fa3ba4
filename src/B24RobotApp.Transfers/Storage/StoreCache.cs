namespace B24RobotApp.Transfers.Storage;

/// <summary>
/// What is looked up with every call and changes rarely, kept in memory as a whole. Its store writes through it, so that it is never older than a write that has returned; what another server or a
/// command writes is seen when that is noticed.
/// </summary>
internal sealed class StoreCache<T>
    where T : class
{
    private readonly StoreDatabase _database;
    private readonly Func<StoreConnection, T> _load;
    private readonly Lock _lock = new();
    private T? _current;
    private T? _last;
    private long _generation;

    public StoreCache(StoreDatabase database, Func<StoreConnection, T> load)
    {
        (_database, _load) = (database, load);
        database.ChangedOutside += Forget;
    }

    public ValueTask<T> GetAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _current) is { } current ? new ValueTask<T>(current) : LoadAsync(cancellationToken);

    public async Task<TResult> WriteAsync<TResult>(Func<StoreConnection, TResult> write, CancellationToken cancellationToken)
    {
        try
        {
            return await _database.WriteAsync(
                connection =>
                {
                    var result = write(connection);
                    connection.TellOthers();
                    return result;
                },
                Durability.Full,
                cancellationToken);
        }
        finally
        {
            Forget();
        }
    }

    private void Forget()
    {
        lock (_lock)
        {
            _generation++;
            _current = null;
        }
    }

    private async ValueTask<T> LoadAsync(CancellationToken cancellationToken)
    {
        var generation = Interlocked.Read(ref _generation);
        T loaded;
        try
        {
            loaded = await _database.ReadAsync(_load, cancellationToken);
        }
        catch (StorageUnavailableException) when (Volatile.Read(ref _last) is not null)
        {
            // While the database is away, what was known last is better than nothing: a portal's call is told from a stranger's by it, and kept elsewhere.
            return Volatile.Read(ref _last)!;
        }

        lock (_lock)
        {
            _last = loaded;

            // What was read while somebody wrote may be the old state: good for this caller, who began before the write returned, but not to be kept.
            if (_generation == generation)
            {
                _current = loaded;
            }
        }

        return loaded;
    }
}
