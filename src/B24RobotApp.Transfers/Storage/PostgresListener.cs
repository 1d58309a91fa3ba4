using System.Net.Sockets;
using Npgsql;

namespace B24RobotApp.Transfers.Storage;

/// <summary>Hears, on a connection of its own, that another server or a command has written what is kept in memory.</summary>
internal sealed class PostgresListener : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly NpgsqlDataSource _source;
    private readonly string _writer;
    private readonly Action _heard;
    private readonly Task _listening;

    /// <summary>Begins to listen.</summary>
    /// <param name="source">Where connections come from.</param>
    /// <param name="writer">Who we are: what we write ourselves is no news.</param>
    /// <param name="heard">What is done about it.</param>
    public PostgresListener(NpgsqlDataSource source, string writer, Action heard)
    {
        (_source, _writer, _heard) = (source, writer, heard);
        _listening = Task.Run(ListenAsync);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listening.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                try
                {
                    await ListenOnceAsync(_stop.Token);
                }
                catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException or IOException or SocketException)
                {
                    // Whoever reads or writes hears that the server is away. Here it is tried until it is back.
                }

                await Task.Delay(Pause, TimeProvider.System, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task ListenOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, heard) =>
        {
            if (heard.Payload != _writer)
            {
                _heard();
            }
        };
        await using (var command = new NpgsqlCommand($"LISTEN {PostgresStoreConnection.Channel}", connection))
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        // Until now nothing was heard.
        _heard();
        while (true)
        {
            await connection.WaitAsync(cancellationToken);
        }
    }
}
