using System.Globalization;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance;

/// <summary>The database of three servers goes away while robots call: each call is taken all the same, and carried once when the database is back. No server is restarted for it.</summary>
[Collection(Alone.Name)]
public sealed class DatabaseAwayTests(DatabaseAwayTests.Fixture fixture) : IClassFixture<DatabaseAwayTests.Fixture>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public sealed class Fixture : SharedServers;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_that_come_while_the_database_is_stopped_are_carried_once_those_of_a_killed_server_when_it_is_started_again()
    {
        var killed = fixture.Group.Servers[^1];
        await using var calls = await SteadyCalls.BeginAsync(fixture.Stage, Cancelled, Pause);

        fixture.Postgres.Stop();
        await SparedAsync();
        await calls.StopAsync();
        await killed.KillAsync();
        fixture.Postgres.Start();

        // What the others have taken goes on without it; what it has taken waits with it.
        var alive = fixture.Group.Servers.Where(server => server != killed).ToList();
        await StageExtensions.UntilAsync(() => alive.All(server => Spared(server) == TakenIn(server)), "the others bring their calls to the database");
        Assert.Contains(calls.Workflows, workflow => workflow.State == WorkflowState.Running);
        await killed.StartAsync(Cancelled);

        await AssertCarriedAsync(calls);
    }

    [Fact]
    public async Task Calls_that_come_while_the_database_takes_no_connections_are_carried_once()
    {
        await using var calls = await SteadyCalls.BeginAsync(fixture.Stage, Cancelled, Pause);

        fixture.Postgres.Execute("postgres", $"ALTER DATABASE {fixture.Database} CONNECTION LIMIT 0");
        EndConnections();
        await SparedAsync();
        fixture.Postgres.Execute("postgres", $"ALTER DATABASE {fixture.Database} CONNECTION LIMIT -1");

        await AssertCarriedAsync(calls);
    }

    [Fact]
    public async Task Calls_that_come_while_the_database_is_read_only_are_carried_once()
    {
        await using var calls = await SteadyCalls.BeginAsync(fixture.Stage, Cancelled, Pause);

        fixture.Postgres.Execute("postgres", $"ALTER DATABASE {fixture.Database} SET default_transaction_read_only = on");
        EndConnections();
        await SparedAsync();

        // Connections that began meanwhile stay read-only; the servers have to leave them by themselves.
        fixture.Postgres.Execute("postgres", $"ALTER DATABASE {fixture.Database} SET default_transaction_read_only = off");

        await AssertCarriedAsync(calls);
    }

    private void EndConnections() =>
        fixture.Postgres.Execute("postgres", $"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{fixture.Database}'");

    /// <summary>Waits until each server has taken a call that waits beside the database.</summary>
    private async Task SparedAsync()
    {
        var before = fixture.Group.Servers.Select(Spared).ToList();
        await StageExtensions.UntilAsync(() => fixture.Group.Servers.Zip(before).All(server => Spared(server.First) > server.Second), "each server has calls beside the database");
    }

    private static int Spared(AppProcess server) => server.Output.Count(line => line.Contains("waits beside the database", StringComparison.Ordinal));

    /// <summary>How many of these calls have come to the database since.</summary>
    private static int TakenIn(AppProcess server) => server.Output.Where(line => line.Contains("calls that came while the database was away are in it now", StringComparison.Ordinal)).Sum(line =>
    {
        var words = line[..line.IndexOf(" robots' calls", StringComparison.Ordinal)].Split(' ');
        return int.Parse(words[^1], CultureInfo.InvariantCulture);
    });

    private async Task AssertCarriedAsync(SteadyCalls calls)
    {
        var figures = await calls.EndAsync();
        Assert.All(calls.Workflows, workflow => Assert.Equal("created", RobotResult.Of(workflow).Status));
        Assert.Equal(0, fixture.Group.Balancer.Unanswered);
        Assert.All(fixture.Group.Servers, server => Assert.True(server.IsRunning));
        TestContext.Current.TestOutputHelper!.WriteLine(figures);
    }
}
