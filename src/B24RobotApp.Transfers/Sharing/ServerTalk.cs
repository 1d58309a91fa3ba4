using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>
/// What servers call out to each other through the database (LISTEN and NOTIFY), so that none has to look all the time. What is said may be lost; whoever depends on it looks now and then, too.
/// Source: postgresql.org/docs/current/sql-notify.html.
/// </summary>
public sealed partial class ServerTalk(NpgsqlDataSource source, TimeProvider clock, ILogger<ServerTalk> logger) : BackgroundService
{
    private const string ChannelName = "b24robot_work";

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    // What more is not said is found by looking.
    private readonly Channel<string> _toSay = Channel.CreateBounded<string>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>A server has said something; also this one.</summary>
    public event Action<string>? Heard;

    /// <summary>Says something to all, soon.</summary>
    public void Say(string text) => _toSay.Writer.TryWrite(text);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(AlwaysAsync(ListenAsync, stoppingToken), AlwaysAsync(SayAsync, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task AlwaysAsync(Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await work(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                Log.Interrupted(logger, exception.GetType().Name, exception.SqlState);
            }

            await Task.Delay(Again, clock, stoppingToken);
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        await using var connection = await source.OpenConnectionAsync(stoppingToken);
        connection.Notification += (_, notice) => Heard?.Invoke(notice.Payload);
        await using (var command = new NpgsqlCommand($"LISTEN {ChannelName}", connection))
        {
            await command.ExecuteNonQueryAsync(stoppingToken);
        }

        while (true)
        {
            await connection.WaitAsync(stoppingToken);
        }
    }

    private async Task SayAsync(CancellationToken stoppingToken)
    {
        // Kept: to open one takes the database longer than to pass on what is said.
        await using var connection = await source.OpenConnectionAsync(stoppingToken);
        while (await _toSay.Reader.WaitToReadAsync(stoppingToken))
        {
            var texts = new HashSet<string>(StringComparer.Ordinal);
            while (texts.Count < 100 && _toSay.Reader.TryRead(out var text))
            {
                texts.Add(text);
            }

            await using var command = new NpgsqlCommand("SELECT pg_notify($1, text) FROM unnest($2) AS text", connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = ChannelName });
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. texts] });
            try
            {
                await command.ExecuteNonQueryAsync(stoppingToken);
            }
            catch (NpgsqlException)
            {
                // Most often it was lost long before, unnoticed. On the next one it is said again.
                foreach (var text in texts)
                {
                    Say(text);
                }

                throw;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2921, LogLevel.Warning, "Servers cannot call out to each other now ({Failure} {State}); they look for themselves every few seconds")]
        public static partial void Interrupted(ILogger logger, string failure, string? state);
    }
}
