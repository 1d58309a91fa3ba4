using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Tests.Running;
using B24RobotApp.Transfers.Waits;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Waits;

/// <summary>Two portals, and everything of the app that waits, as a process has it after its start.</summary>
public sealed class WaitStage : IAsyncDisposable
{
    private EsbLooks _looks = null!;

    private WaitStage(PortalPair pair)
    {
        Pair = pair;
        Restart();
    }

    public PortalPair Pair { get; }

    public WaitStore Store => Pair.Stores.Waits;

    public EsbHints Hints => Pair.Hints;

    public WaitWorker Worker { get; private set; } = null!;

    public EsbWatcher Watcher { get; private set; } = null!;

    public WaitEnding Ending { get; private set; } = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<WaitStage> StartAsync() => new(await PortalPair.StartAsync());

    public async ValueTask DisposeAsync()
    {
        Worker.Dispose();
        Watcher.Dispose();
        await Pair.DisposeAsync();
    }

    /// <summary>A process that knows what is on disk.</summary>
    public void Restart()
    {
        Pair.Restart();
        Worker?.Dispose();
        Watcher?.Dispose();
        var options = Options.Create(new TransferOptions { AnswerNotBefore = TimeSpan.Zero });
        var clock = Pair.AppClock;
        var stores = Pair.Stores;
        var signal = new WaitSignal();
        Ending = new WaitEnding(stores.Waits, stores.Portals, stores.Connections, signal, clock, NullLogger<WaitEnding>.Instance);
        var seeker = new WaitSeeker(stores.Waits, Ending, stores.Portals, stores.Connections, stores.Links, Hints, options, clock);
        var reporter = new WaitReporter(stores.Waits, stores.Portals, Pair.SourcePortals, options, clock, NullLogger<WaitReporter>.Instance);
        var upkeep = new WaitUpkeep(stores.Waits, Ending, stores.Portals, Pair.SourcePortals, Pair.Workflows, clock, NullLogger<WaitUpkeep>.Instance);
        Worker = new WaitWorker(stores.Waits, seeker, reporter, Ending, upkeep, signal, new SoleServer(), clock, NullLogger<WaitWorker>.Instance);
        _looks = new EsbLooks(stores.Waits, stores.Portals, Pair.EsbPortals, Pair.Users, Pair.Schemas, Hints, signal, Pair.Following, options, clock, NullLogger<EsbLooks>.Instance);
        Watcher = new EsbWatcher(
            stores.Waits, stores.Followed, _looks, Hints, Ending, stores.Connections, Pair.Clients, Options.Create(new WaitOptions()), new SoleServer(), clock, NullLogger<EsbWatcher>.Instance);
    }

    /// <summary>Another one that looks, within a portal's limits; requests themselves take no time.</summary>
    public EsbWatcher WatcherWithin(PortalLimits limits, TimeProvider? clock = null) => new(
        Store, Pair.Stores.Followed, _looks, Hints, Ending, Pair.Stores.Connections, Pair.ClientsWithin(limits), Options.Create(new WaitOptions()), new SoleServer(), clock ?? Pair.AppClock, NullLogger<EsbWatcher>.Instance);

    /// <summary>Moves a source deal to the stage of the robot that waits.</summary>
    public Task<(Workflow Workflow, string Id)> WaitForAsync(long dealId, TimeSpan? timeout = null, int kind = CrmEntityTypes.Deal, params (string Name, string Value)[] properties) =>
        WaitForAsync(dealId, timeout, kind, null, properties);

    /// <inheritdoc cref="WaitForAsync(long, TimeSpan?, int, ValueTuple{string, string}[])"/>
    public async Task<(Workflow Workflow, string Id)> WaitForAsync(long dealId, TimeSpan? timeout, int kind, string? trace, params (string Name, string Value)[] properties)
    {
        Pair.Source.Automation.Clear(0, "UC_WAIT");
        Pair.Source.Crm.SetPipeline(
            0, "Продажи", new("NEW", "Новая"), new(PortalPair.RobotStage, "Передать"), new("UC_WAIT", "Ждать"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
        Pair.Source.Automation.Place(0, "UC_WAIT", new AppRobotStep(Pair.App.ClientId, "wait_for_esb", []) { Waits = true, Timeout = timeout ?? TimeSpan.Zero });
        Pair.Source.Crm.MoveItem(kind, dealId, "NEW");
        Pair.Source.Crm.MoveItem(kind, dealId, "UC_WAIT");
        var form = Pair.Source.Automation.Calls[^1].Form;
        var now = Pair.AppClock.GetUtcNow();
        var wait = new NewWait
        {
            Id = TransferId.New(now).Value,
            Portal = Pair.Portal.Id,
            EventToken = form["event_token"]!.ToString(),
            WorkflowId = form["workflow_id"]!.ToString(),
            EntityTypeId = kind,
            ItemId = dealId,
            UserId = 1,
            Connection = "main",
            Properties = PortalPair.Properties(properties).ToJsonString(),
            NamesDeal = properties.Any(property => property.Name == WaitSettings.DealProperty),
            Waits = true,
            TimesOutAt = timeout is { } time ? now + time : null,
            CalledAt = now,
            ReceivedAt = now,
            Verified = true,
            Trace = trace,
        };
        Assert.True(await Store.TryAddAsync(wait, Cancel));
        return (Pair.Source.Automation.Workflows[^1], wait.Id);
    }

    /// <summary>Sends a deal and lets its workflow go on to the robot that waits.</summary>
    public async Task<(long EsbId, Workflow Workflow, string Id)> SendAndWaitAsync(TimeSpan? timeout = null, params (string Name, string Value)[] properties)
    {
        var deal = Pair.AddDeal();
        var (transfer, _) = await Pair.CarryAsync(deal);
        var (workflow, id) = await WaitForAsync(deal, timeout, CrmEntityTypes.Deal, properties);
        await StepAsync();
        return (transfer.Outcome!.EsbDealId!.Value, workflow, id);
    }

    /// <summary>Does what is due now.</summary>
    public async Task StepAsync()
    {
        await Worker.StepAsync(Cancel);
        await Watcher.StepAsync(Cancel);
        await Worker.StepAsync(Cancel);
        await Pair.Source.WhenIdleAsync();
    }

    /// <summary>Lets time pass in steps of some seconds, and what is due be done.</summary>
    public async Task PassAsync(TimeSpan duration, TimeSpan? step = null)
    {
        for (var passed = TimeSpan.Zero; passed < duration; passed += step ?? TimeSpan.FromSeconds(5))
        {
            Pair.Clock.Advance(step ?? TimeSpan.FromSeconds(5));
            await StepAsync();
        }
    }

    public static JsonObject Returned(Workflow workflow) => workflow.Returned.Values.Single();

    public async Task<Wait> FindAsync(string id) => (await Store.FindAsync(id, Cancel))!;
}
