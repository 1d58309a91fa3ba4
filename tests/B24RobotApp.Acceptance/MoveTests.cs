using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance;

/// <summary>A server moves from SQLite to PostgreSQL while robots call steadily; the socket is held by whoever started it, as systemd does.</summary>
[Collection(Alone.Name)]
public sealed class MoveTests(MoveTests.Fixture fixture) : StageTests(fixture), IClassFixture<MoveTests.Fixture>
{
    public sealed class Fixture : StageFixture, IDisposable
    {
        public PostgresServer Postgres { get; } = PostgresServer.StartOwn();

        public void Dispose() => Postgres.Dispose();
    }

    [Fact]
    public async Task While_calls_come_everything_moves_to_PostgreSQL_and_each_deal_arrives_once()
    {
        var connectionString = fixture.Postgres.ConnectionStringTo(fixture.Postgres.MakeDatabase());
        await Stage.App.KillAsync();
        await using var socket = new HeldSocket(Stage.App.Url.Port);
        await socket.StartAsync(Stage, Cancelled);
        await using var calls = await SteadyCalls.BeginAsync(Stage, Cancelled);

        using var move = StartCommand("migrate-store", "--from", "sqlite", "--to", "postgres", $"--Storage:ConnectionString={connectionString}");
        var report = move.StandardOutput.ReadToEndAsync(Cancelled);
        Assert.Contains("Stop the server now", await move.StandardError.ReadLineAsync(Cancelled), StringComparison.Ordinal);
        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await socket.StopAsync(Cancelled));
        await move.WaitForExitAsync(Cancelled);
        Assert.Equal(0, move.ExitCode);
        await socket.StartAsync(
            new Dictionary<string, string>(Stage.Settings) { ["Storage__Provider"] = "postgres", ["Storage__ConnectionString"] = connectionString, ["App__DataDirectory"] = Path.Combine(Stage.DataDirectory, "new") },
            Cancelled);
        var downtime = TimeProvider.System.GetElapsedTime(began);
        await calls.MoreAnsweredAsync();

        TestContext.Current.TestOutputHelper!.WriteLine($"{await calls.EndAsync()}; nobody listened for {downtime.TotalMilliseconds:0} ms. {await report}");
        await socket.StopAsync(Cancelled);
    }
}
