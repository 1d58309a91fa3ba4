using System.Collections.Concurrent;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Sharing;

/// <summary>What servers call out to each other.</summary>
public sealed class ServerTalkTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestPostgres _database = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task What_was_to_be_said_over_a_connection_that_is_gone_is_said_over_the_next()
    {
        var heard = new ConcurrentBag<string>();
        using var talk = new ServerTalk(((PostgresDatabase)_database.Open()).Talking, TimeProvider.System, NullLogger<ServerTalk>.Instance);
        talk.Heard += heard.Add;
        await talk.StartAsync(Cancel);
        await Eventually.Async(
            () =>
            {
                talk.Say("before");
                return Task.FromResult(heard.Contains("before"));
            },
            Patience,
            Cancel);

        // The one that speaks, and not the one that listens.
        _database.Execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_notify(%'");
        talk.Say("after");

        await Eventually.Async(() => Task.FromResult(heard.Contains("after")), Patience, Cancel);
        await talk.StopAsync(Cancel);
    }
}
