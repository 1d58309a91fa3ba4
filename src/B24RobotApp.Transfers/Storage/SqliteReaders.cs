using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Connections for reading. Each read sees the database as it was when it began; it neither waits for the writer nor holds it up.</summary>
internal sealed class SqliteReaders(string file, TimeSpan busyTimeout) : IDisposable
{
    /// <summary>Reads are short and come from memory mostly, so more would only share the same processors.</summary>
    private const int Most = 4;

    private readonly SemaphoreSlim _places = new(Most);
    private readonly ConcurrentBag<SqliteStoreConnection> _idle = [];

    public async Task<T> ReadAsync<T>(Func<StoreConnection, T> read, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            return Read(read);
        }
        catch (SqliteException exception) when (SqliteFailures.IsOfTheDatabase(exception))
        {
            throw SqliteFailures.Describe(exception, file);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }

        _places.Dispose();
    }

    private T Read<T>(Func<StoreConnection, T> read)
    {
        if (!_idle.TryTake(out var connection))
        {
            connection = SqliteStoreConnection.OpenForReading(file, busyTimeout);
        }

        try
        {
            connection.Run("BEGIN");
            var result = read(connection);
            connection.Run("COMMIT");
            _idle.Add(connection);
            return result;
        }
        catch
        {
            // In what state the failure left it is not worth knowing.
            connection.Dispose();
            throw;
        }
    }
}
