using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Testing;

namespace B24RobotApp.Acceptance;

/// <summary>Three servers on one PostgreSQL, behind a balancer, and three partners' portals. One is killed, one stands still for longer than its lease and goes on as if nothing had been, one comes anew.</summary>
public sealed partial class ServersTests : IAsyncLifetime
{
    private const int StopSignal = 19;
    private const int ContinueSignal = 18;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);

    private readonly PostgresServer _postgres = PostgresServer.StartOwn();
    private readonly Balancer _balancer = new();
    private readonly List<string> _folders = [];
    private readonly List<AppProcess> _servers = [];
    private Stage _stage = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static ITestOutputHelper Output => TestContext.Current.TestOutputHelper!;

    public async ValueTask InitializeAsync()
    {
        _stage = await Stage.StartAsync(
            new StageOptions
            {
                Program = BuiltApp.Program,
                PublicUrl = _balancer.Url,
                MorePortals = [new PortalOptions { Code = "source2", Title = "Второй партнёр" }, new PortalOptions { Code = "source3", Title = "Третий партнёр" }],
                Settings = new Dictionary<string, string>
                {
                    ["Storage__Provider"] = "postgres",
                    ["Storage__ConnectionString"] = _postgres.ConnectionStringTo(_postgres.MakeDatabase()),
                    ["Sharing__Lease"] = Lease.ToString(),
                    ["Bitrix24__RequestTimeout"] = "00:00:03",
                    ["Transfers__OutcomeSettlesAfter"] = "00:00:02",
                    ["Transfers__AnswerNotBefore"] = "00:00:00",
                },
            },
            Cancelled);
        _servers.Add(_stage.App);
        await AddServerAsync();
        await AddServerAsync();
        foreach (var portal in Portals)
        {
            portal.Crm.SetPipeline(0, "Продажи", new("NEW", "Новая"), new("PREPARATION", "Подготовка"), new(Stage.RobotStage, "Передать партнёру"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
            var installation = await _stage.InstallAsync(portal, Cancelled);
            _stage.PlaceRobots(installation: installation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Skip(1))
        {
            await server.KillAsync();
        }

        await _stage.DisposeAsync();
        await _balancer.DisposeAsync();
        _postgres.Dispose();
        _folders.ForEach(folder => Directory.Delete(folder, recursive: true));
    }

    private IReadOnlyList<SandboxPortal> Portals => [_stage.Source, _stage.Sandbox.Portals["source2"], _stage.Sandbox.Portals["source3"]];

    [Fact]
    public async Task Nothing_is_lost_doubled_or_unanswered_while_servers_are_killed_stand_still_and_come_anew()
    {
        var sent = new List<(SandboxPortal Portal, Workflow Workflow)>();
        await SendAsync(sent, 20);

        // Killed while it works; its connections end at once, and the balancer turns to the others.
        var killed = _servers[1];
        await killed.KillAsync();
        var at = TimeProvider.System.GetTimestamp();
        _balancer.Servers = [_servers[0].Url, _servers[2].Url];
        await SendAsync(sent, 20);
        await StageExtensions.UntilAsync(() => _servers.Any(server => Said(server, "has not been heard of")), "the killed server's portals are taken over");
        var takenOver = TimeProvider.System.GetElapsedTime(at);

        // Stands still in the middle of its work, is taken for dead, and goes on.
        var still = _servers[2];
        _balancer.Servers = [_servers[0].Url];
        await SendAsync(sent, 20);
        var entered = Entered(still);
        Assert.Equal(0, Signal(still.ProcessId, StopSignal));
        await SendAsync(sent, 20);
        await Task.Delay(2 * Lease, TimeProvider.System, Cancelled);
        Assert.Equal(0, Signal(still.ProcessId, ContinueSignal));
        await StageExtensions.UntilAsync(() => Entered(still) > entered, "the one that stood still begins anew");

        await AddServerAsync();
        _balancer.Servers = [_servers[0].Url, still.Url, _servers[^1].Url];
        await SendAsync(sent, 20);
        foreach (var (_, workflow) in sent.Where(one => IsAcknowledged(one.Portal, one.Workflow)))
        {
            await Stage.CompletedAsync(workflow, Cancelled, TimeSpan.FromMinutes(2));
        }

        var acknowledged = sent.Where(one => IsAcknowledged(one.Portal, one.Workflow)).ToList();
        var lost = acknowledged.Count(one => Stage.EsbDealsOf(one.Workflow.DealId, one.Portal, _stage.Esb).Count == 0);
        var doubled = acknowledged.Count(one => Stage.EsbDealsOf(one.Workflow.DealId, one.Portal, _stage.Esb).Count > 1);
        var unanswered = acknowledged.Count(one => one.Workflow.Returned.Values.FirstOrDefault()?["status"]?.ToString() != "created");
        Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{acknowledged.Count} of {sent.Count} calls acknowledged; lost {lost}, doubled {doubled}, unanswered {unanswered}; a killed server's portals were taken over after {takenOver.TotalSeconds:0.0} s"));
        Assert.Equal((0, 0, 0), (lost, doubled, unanswered));
        Assert.True(acknowledged.Count > sent.Count / 2);
    }

    /// <summary>How often a server has come among the others.</summary>
    private static int Entered(AppProcess server) => server.Output.Count(line => line.Contains("This is server", StringComparison.Ordinal));

    private static bool Said(AppProcess server, string text) => server.Output.Any(line => line.Contains(text, StringComparison.Ordinal));

    private static bool IsAcknowledged(SandboxPortal portal, Workflow workflow) =>
        portal.Deliveries.History.Last(delivery => delivery.IsRobotCall && delivery.Form["workflow_id"]?.ToString() == workflow.Id).Status == 200;

    /// <summary>Deals on all portals, a few at a time, as sales people move them.</summary>
    private async Task SendAsync(List<(SandboxPortal Portal, Workflow Workflow)> sent, int each)
    {
        for (var number = 0; number < each; number++)
        {
            foreach (var portal in Portals)
            {
                sent.Add((portal, Stage.Send(portal, portal.Add(Crm.Deal, new JsonObject { ["title"] = $"Сделка {sent.Count}", ["stageId"] = "PREPARATION" }))));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancelled);
        }
    }

    private async Task AddServerAsync()
    {
        var folder = Directory.CreateTempSubdirectory("b24robot-server-").FullName;
        _folders.Add(folder);
        var server = new AppProcess(BuiltApp.Program, AppProcess.FreePort(), new Dictionary<string, string>(_stage.Settings) { ["App__DataDirectory"] = folder }, TimeProvider.System);
        _servers.Add(server);
        await server.StartAsync(Cancelled);
        _balancer.Servers = [.. _servers.Where(one => one.IsRunning).Select(one => one.Url)];
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
