using System.Data;
using Npgsql;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Connections for reading, which the driver keeps. Each read sees the database as it was when it began.</summary>
internal sealed class PostgresReaders(NpgsqlDataSource source, string place) : IDisposable
{
    /// <summary>So many connections; more reads wait.</summary>
    public const int Most = 8;

    private readonly SemaphoreSlim _places = new(Most);

    public async Task<T> ReadAsync<T>(Func<StoreConnection, T> read, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            return await ReadAsync(read, mayTryAgain: true, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<T> ReadAsync<T>(Func<StoreConnection, T> read, bool mayTryAgain, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadOnceAsync(read, cancellationToken);
        }
        catch (NpgsqlException exception) when (mayTryAgain && PostgresFailures.IsOfTheConnection(exception))
        {
            // It was lost while it lay idle, and so were the others, most likely; the server may be back long since.
            source.Clear();
            return await ReadAsync(read, mayTryAgain: false, cancellationToken);
        }
        catch (NpgsqlException exception) when (PostgresFailures.IsOfTheDatabase(exception))
        {
            throw PostgresFailures.Describe(exception, place);
        }
    }

    private async Task<T> ReadOnceAsync<T>(Func<StoreConnection, T> read, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        using var store = new PostgresStoreConnection(connection);
        var result = read(store);
        await transaction.CommitAsync(CancellationToken.None);
        return result;
    }
}
