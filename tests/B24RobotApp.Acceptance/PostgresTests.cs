using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Acceptance;

/// <summary>The app with a PostgreSQL database: it carries, is killed, loses its database, and nothing is lost or doubled.</summary>
public sealed class PostgresTests(PostgresTests.Fixture fixture) : StageTests(fixture), IClassFixture<PostgresTests.Fixture>
{
    public sealed class Fixture : StageFixture, IDisposable
    {
        public Fixture()
        {
            Server = PostgresServer.StartOwn();
            Name = Server.MakeDatabase();
        }

        public PostgresServer Server { get; }

        /// <summary>The database.</summary>
        public string Name { get; }

        public string ConnectionString => Server.ConnectionStringTo(Name);

        protected override StageOptions Options => base.Options with
        {
            Settings = new Dictionary<string, string>(Impatient) { ["Storage__Provider"] = "postgres", ["Storage__ConnectionString"] = ConnectionString },
        };

        public void Dispose() => Server.Dispose();
    }

    public static TheoryData<string> Steps => [.. KillPoint.All.Select(point => point.Step)];

    [Fact]
    public async Task A_deal_arrives_and_its_robot_is_answered()
    {
        var deal = Source.AddDeal("На PostgreSQL", rows: Crm.Rows, contactIds: Source.AddContact("Через PostgreSQL", email: "postgres@example.com"));

        var workflow = Stage.Send(deal);
        var result = await workflow.ResultAsync();

        Assert.Equal(WorkflowState.Completed, workflow.State);
        AssertOne(deal, result);
        Assert.False(File.Exists(Path.Combine(Stage.DataDirectory, "b24robot.sqlite3")));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Killed_at_a_step_and_started_again_there_is_one_deal(string step)
    {
        var point = KillPoint.All.Single(point => point.Step == step);
        var contact = Source.AddContact(step, email: $"kill-{Guid.NewGuid():N}@example.com");
        var deal = Source.AddDeal($"Убит: {step}", rows: Crm.Rows, contactIds: contact);
        var rule = (point.AtEsb ? Esb : Source).Faults.Add(new FaultRule(point.Fault, point.Method, count: 1));

        var workflow = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => rule.Struck > 0, $"the app calls {point.Method}");
        await KillAndStartAsync();

        AssertOne(deal, await workflow.ResultAsync());
    }

    [Fact]
    public async Task A_database_that_is_started_anew_while_deals_are_carried_loses_and_doubles_none()
    {
        var deals = Enumerable.Range(1, 10).Select(number => Source.AddDeal($"База перезапущена {number}", rows: Crm.Rows)).ToList();
        var hang = Esb.Faults.Add(new FaultRule(FaultKind.Hang, "crm.item.productrow.set", count: 1));
        var workflows = deals.ConvertAll(Stage.Send);
        await StageExtensions.UntilAsync(() => hang.Struck > 0, "deals are under way");
        await StageExtensions.UntilAsync(() => Source.Automation.Calls.All(call => call.IsDone), "all calls are taken");

        fixture.Server.Stop();
        fixture.Server.Start();

        foreach (var (deal, workflow) in deals.Zip(workflows))
        {
            AssertOne(deal, await workflow.ResultAsync());
        }
    }

    [Fact]
    public async Task Commands_work_beside_the_server_and_say_what_there_is_instead_of_a_backup()
    {
        string[] store = [$"--Storage:Provider=postgres", $"--Storage:ConnectionString={fixture.ConnectionString}"];
        var deal = Source.AddDeal("Для команд", rows: Crm.Rows);
        await Stage.SendToEndAsync(deal);

        var (_, check) = await RunAsync(["check", .. store]);
        var (shown, transfer) = await RunAsync(["transfers", "show", "--deal", $"{deal}", .. store]);
        var (allowed, _) = await RunAsync(["portals", "allow", "partner.bitrix24.ru", .. store]);
        var (migrated, migration) = await RunAsync(["migrate", .. store]);
        var (saved, backup) = await RunAsync(["backup", "--json", .. store]);
        var (noted, restore) = await RunAsync(["restore", "--made-at", "2026-01-31T02:00Z", .. store]);

        Assert.Contains($"PostgreSQL, 127.0.0.1/{fixture.Name}", check, StringComparison.Ordinal);
        Assert.Equal((0, 0, 0, 1, 0), (shown, allowed, migrated, saved, noted));
        Assert.Contains("Для команд", transfer, StringComparison.Ordinal);
        Assert.Contains("up to date", migration, StringComparison.Ordinal);
        Assert.Contains("pg_dump", backup, StringComparison.Ordinal);
        Assert.Contains("2026-01-31 02:00:00 UTC", restore, StringComparison.Ordinal);
    }

    private void AssertOne(long deal, RobotResult result)
    {
        Assert.Equal(("created", "", ""), (result.Status, result.ErrorCode, result.ErrorMessage));
        Assert.Equal(Stage.OneEsbDealOf(deal)["id"]!.GetValue<long>(), result.EsbDealId);
        Assert.Equal(2, Stage.EsbRowsOf(result.EsbDealId).Count);
    }
}
