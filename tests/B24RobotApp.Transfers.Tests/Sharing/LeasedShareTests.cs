using System.Collections.Concurrent;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Sharing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;
using PostgresServer = B24RobotApp.Sandbox.Demo.PostgresServer;

namespace B24RobotApp.Transfers.Tests.Sharing;

/// <summary>A server among others on a PostgreSQL database.</summary>
public sealed class LeasedShareTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestPostgres _database = new();
    private readonly Log _log = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task One_that_was_taken_for_dead_ends_what_it_leads_and_leads_again_under_a_new_number()
    {
        using var share = Share();
        using var worker = new Worker(share);
        await share.StartAsync(Cancel);
        await worker.StartAsync(Cancel);
        await Eventually.Async(() => worker.Begun == 1, Patience, Cancel);
        var former = share.Number;

        _database.Execute("DELETE FROM servers");

        await Eventually.Async(() => worker.Begun == 2, Patience, Cancel);
        Assert.NotEqual(former, share.Number);
        await worker.StopAsync(Cancel);
        await share.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_portal_that_could_not_be_given_back_while_the_database_was_away_is_given_back_afterwards()
    {
        using var share = Share();
        foreach (var member in new[] { "a", "b" })
        {
            _database.Execute($"""
                INSERT INTO portals (member_id, address, oauth_server, state, installer_user_id, language, installed_at)
                VALUES ('{member}', 'https://{member}.example.com/', 'https://oauth.example.com/', 'connected', 1, 'en', 0)
                """);
        }

        await share.StartAsync(Cancel);
        await Eventually.Async(() => share.Portals.Count == 2, Patience, Cancel);
        _database.Execute("INSERT INTO servers (name, alive_until) VALUES ('another', 9000000000000)");
        await Eventually.Async(() => share.Leaving.Count == 1, Patience, Cancel);
        var portal = share.Leaving.Single();

        _database.LimitConnections(0);
        _database.EndConnections();
        share.Return([portal]);
        Assert.Empty(share.Leaving);
        await Eventually.Async(() => _log.Ids.Contains(2908), Patience, Cancel);
        _database.LimitConnections(-1);

        await Eventually.Async(() => share.Leaving.Contains(portal), Patience, Cancel);
        share.Return([portal]);
        await Eventually.Async(() => _database.Open().ReadAsync(connection => connection.Query<long>("SELECT portal_id FROM leases WHERE portal_id > 0"), Cancel).Result.Count == 1, Patience, Cancel);
        await share.StopAsync(Cancel);
    }

    [Fact]
    public async Task That_there_are_more_servers_is_told_though_its_portals_are_the_same()
    {
        using var share = Share();
        await share.StartAsync(Cancel);
        await Eventually.Async(() => share.Leads, Patience, Cancel);
        var told = 0;
        share.Changed += () => Interlocked.Exchange(ref told, share.Servers);

        _database.Execute("INSERT INTO servers (name, alive_until) VALUES ('another', 9000000000000)");

        await Eventually.Async(() => Volatile.Read(ref told) == 2, Patience, Cancel);
        Assert.Empty(share.Portals);
        await share.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_server_that_has_entered_still_stands_there_when_the_database_broke_down_in_the_moment_after()
    {
        using var server = PostgresServer.StartOwn();
        using var database = new TestPostgres(server);
        using var share = Share(database);

        // Nothing is written after it: whatever is forced to the disk takes along what was not.
        await share.EnterAsync(Cancel);
        server.StopAtOnce();
        server.Start();

        Assert.Equal([share.Number], await database.Open().ReadAsync(connection => connection.Query<long?>("SELECT id FROM servers"), Cancel));
    }

    private LeasedShare Share(TestPostgres? database = null) => new(
        (database ?? _database).Open(),
        Options.Create(new SharingOptions { Lease = TimeSpan.FromMinutes(1), RenewEvery = TimeSpan.FromMilliseconds(100) }),
        TimeProvider.System,
        _log);

    private sealed class Log : ILogger<LeasedShare>
    {
        public ConcurrentBag<int> Ids { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Ids.Add(eventId.Id);
    }

    /// <summary>Works until it leads no more.</summary>
    private sealed class Worker(IWorkShare share) : LeadingService(share)
    {
        private int _begun;

        public int Begun => Volatile.Read(ref _begun);

        protected override async Task LeadAsync(CancellationToken stoppingToken)
        {
            Interlocked.Increment(ref _begun);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                // Another one leads.
            }
        }
    }
}
