using B24RobotApp.Acceptance.Chaos;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Crm;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance;

/// <summary>Several servers on one PostgreSQL, behind a balancer, three partners' portals and one ESB, while everything goes wrong that can: the short run here, longer ones by <c>scripts/chaos --servers</c>.</summary>
[Collection(Alone.Name)]
public sealed class ServersTests
{
    [Fact]
    public async Task Nothing_is_lost_doubled_or_unanswered_while_servers_are_killed_stand_still_and_come_anew_and_the_database_is_restarted()
    {
        var options = ChaosOptions.FromEnvironment();
        var lease = TimeSpan.FromSeconds(6);
        using var postgres = PostgresServer.StartOwn();
        var database = postgres.MakeDatabase();
        await using var group = await ServerGroup.StartAsync(
            new StageOptions
            {
                Program = BuiltApp.Program,
                WithSampleData = true,
                MorePortals = [new PortalOptions { Code = "source2", Title = "Второй партнёр" }, new PortalOptions { Code = "source3", Title = "Третий партнёр" }],
                Settings = new Dictionary<string, string>
                {
                    ["Storage__Provider"] = "postgres",
                    ["Storage__ConnectionString"] = postgres.ConnectionStringTo(database),
                    ["Sharing__Lease"] = lease.ToString(),
                    ["Bitrix24__RequestTimeout"] = "00:00:03",
                    ["Transfers__OutcomeSettlesAfter"] = ChaosRun.OutcomeSettlesAfter.ToString(),
                    ["Transfers__ConfirmAnswersAfter"] = "00:00:03",
                },
            },
            options.Servers,
            TestContext.Current.CancellationToken);
        foreach (var portal in group.Stage.Sandbox.Portals.Values)
        {
            // Before a server learns by when a method's execution time comes back, and remembers it for ten minutes.
            portal.Settings.IsCloud = false;
        }

        SampleData.FillSource(group.Stage.Sandbox.Portals["source2"]);
        SampleData.FillSource(group.Stage.Sandbox.Portals["source3"]);
        List<AppInstallation> installations = [];
        foreach (var code in new[] { "source", "source2", "source3" })
        {
            var installation = await group.Stage.InstallAsync(group.Stage.Sandbox.Portals[code], TestContext.Current.CancellationToken);
            group.Stage.PlaceRobots(installation: installation);
            installations.Add(installation);
        }

        await group.Stage.EsbReadyAsync();

        var accidents = new ServerAccidents(group, postgres, new Takeovers(postgres, database), lease, new Random(options.Seed + 2), options, Tell);
        await new ChaosRun(group.Stage, installations, accidents, options, Tell).RunAsync(() => group.Servers);
    }

    private static void Tell(string line) => Console.WriteLine(line);
}
