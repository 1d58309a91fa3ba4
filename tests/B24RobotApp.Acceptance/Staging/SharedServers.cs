using System.Diagnostics.CodeAnalysis;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>Three servers on a PostgreSQL of their own, behind a balancer, installed and with the robot placed.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes it asynchronously.")]
public class SharedServers : IAsyncLifetime
{
    public PostgresServer Postgres { get; } = PostgresServer.StartOwn();

    /// <summary>The database's name; set before the first test, as all else.</summary>
    public string Database { get; private set; } = "";

    public ServerGroup Group { get; private set; } = null!;

    public Stage Stage => Group.Stage;

    public async ValueTask InitializeAsync()
    {
        Database = Postgres.MakeDatabase();
        Group = await ServerGroup.StartAsync(
            new StageOptions
            {
                Program = BuiltApp.Program,
                WithSampleData = true,
                Settings = new Dictionary<string, string>
                {
                    ["Storage__Provider"] = "postgres",
                    ["Storage__ConnectionString"] = Postgres.ConnectionStringTo(Database),

                    // Nothing is cut off here: what a portal does not answer in time is repeated, and would look like work done twice.
                    ["Bitrix24__RequestTimeout"] = "00:00:30",
                    ["Transfers__OutcomeSettlesAfter"] = "00:00:02",
                    ["Transfers__AnswerNotBefore"] = "00:00:00",
                    ["Sharing__StopAfter"] = "00:00:01",
                },
            },
            3,
            CancellationToken.None);
        await Stage.InstallAsync(CancellationToken.None);
        Stage.PlaceRobots();
        await Stage.EsbReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Group.DisposeAsync();
        Postgres.Dispose();
    }
}
