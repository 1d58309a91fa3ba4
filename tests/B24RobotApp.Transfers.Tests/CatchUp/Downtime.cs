using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Tests.Running;
using B24RobotApp.Transfers.Waits;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace B24RobotApp.Transfers.Tests.CatchUp;

/// <summary>A source portal with a robot on its stage, an ESB, and an app between them that listens, or does not: then the portal's queue calls nobody and never again.</summary>
internal sealed class Downtime : IAsyncDisposable
{
    private readonly TransferSignal _signal = new();

    private Downtime(PortalPair pair)
    {
        Pair = pair;
        Traces = new PortalTraces(pair.SourcePortals);
        Search = new CatchUpSearch(
            pair.Stores.RobotStages, pair.Stores.Listening, pair.Stores.Choices, pair.Stores.Transfers, pair.Stores.Waits, pair.Stores.Connections, Traces,
            new EsbHoldings(pair.Stores.Links, pair.EsbPortals), pair.Clock);
        Sender = new CatchUpSender(pair.Stores.Transfers, _signal, Options.Create(new TransferOptions()), pair.Clock, NullLogger<CatchUpSender>.Instance);
        Stuck = new StuckWorkflows(Search, Traces, pair.Stores.Transfers, pair.Stores.Waits, pair.SourcePortals, NullLogger<StuckWorkflows>.Instance);
    }

    public PortalPair Pair { get; }

    public SandboxPortal Source => Pair.Source;

    public PortalTraces Traces { get; }

    public CatchUpSearch Search { get; }

    public TransferSignal Signal => _signal;

    public CatchUpSender Sender { get; }

    public StuckWorkflows Stuck { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The app listens, and the robot has called for a few deals.</summary>
    public static async Task<Downtime> StartAsync(int callsBefore = 2, TimeSpan? timeout = null)
    {
        var downtime = new Downtime(await PortalPair.StartAsync());
        await downtime.Pair.Stores.Listening.BeginAsync(Cancel);
        downtime.Place(timeout: timeout);
        for (var i = 0; i < callsBefore; i++)
        {
            downtime.Pass(1);
            await downtime.HearAsync(downtime.Enter());
        }

        return downtime;
    }

    public void Place(string stage = PortalPair.RobotStage, int category = 0, int kind = CrmEntityTypes.Deal, TimeSpan? timeout = null) =>
        Source.Automation.Place(category, stage, new AppRobotStep(Pair.App.ClientId, "send_to_esb", []) { Waits = true, Timeout = timeout ?? TimeSpan.Zero }, kind);

    /// <summary>Lets minutes pass.</summary>
    public void Pass(double minutes) => Pair.Clock.Advance(TimeSpan.FromMinutes(minutes));

    /// <summary>A deal comes to the robot's stage from the one before.</summary>
    public long Enter(string title = "Поставка")
    {
        var deal = Pair.AddDeal(title);
        Source.Crm.MoveItem(CrmEntityTypes.Deal, deal, PortalPair.RobotStage);
        return deal;
    }

    /// <summary>A deal is created right on the robot's stage.</summary>
    public long Create(string title = "Создана") => Pair.AddDeal(title, fields => fields["stageId"] = PortalPair.RobotStage);

    /// <summary>A deal is imported to the robot's stage.</summary>
    public long Import(string title = "Импорт", string? createdAt = null)
    {
        var fields = new JsonObject { ["title"] = title, ["stageId"] = PortalPair.RobotStage, ["assignedById"] = PortalPair.Manager };
        if (createdAt is not null)
        {
            fields["createdTime"] = createdAt;
        }

        return Source.Call("crm.item.import", new JsonObject { ["entityTypeId"] = CrmEntityTypes.Deal, ["fields"] = fields })!["item"]!["id"]!.GetValue<long>();
    }

    public void Move(long deal, string stage) => Source.Crm.MoveItem(CrmEntityTypes.Deal, deal, stage);

    /// <summary>The robot's last call for an item as the inbox writes it.</summary>
    public NewTransfer CallOf(long itemId, string properties = "{}", int kind = CrmEntityTypes.Deal)
    {
        var document = CrmKind.Find(kind)!.Document;
        var form = Source.Automation.Calls.Last(call => call.Form["document_id"]![2]!.ToString() == string.Create(CultureInfo.InvariantCulture, $"{document}_{itemId}")).Form;
        var calledAt = DateTimeOffset.FromUnixTimeSeconds(form["ts"]!.GetValue<long>());
        var seconds = form["timeout_duration"]!.GetValue<long>();
        return Given.Transfer(Pair.Portal.Id, itemId, form["event_token"]!.ToString(), "main", Pair.Clock.GetUtcNow(), properties: properties) with
        {
            EntityTypeId = kind,
            WorkflowId = form["workflow_id"]!.ToString(),
            CalledAt = calledAt,
            TimesOutAt = seconds > 0 ? calledAt + TimeSpan.FromSeconds(seconds) : null,
        };
    }

    /// <summary>The app takes in the robot's call for an item and sends it.</summary>
    public async Task<Transfer> HearAsync(long itemId, string properties = "{}", int kind = CrmEntityTypes.Deal)
    {
        var id = await Pair.Stores.Transfers.TakeInAsync(CallOf(itemId, properties, kind), Cancel);
        return await Pair.RunAsync(id!.Value);
    }

    /// <summary>Puts the robot that waits behind the one that sends.</summary>
    public void PlaceWaiting() =>
        Source.Automation.Place(0, PortalPair.RobotStage, new AppRobotStep(Pair.App.ClientId, "wait_for_esb", []) { Waits = true });

    /// <summary>The app takes in the call of the robot that waits.</summary>
    public async Task HearWaitingAsync(long itemId)
    {
        var call = CallOf(itemId);
        var wait = new NewWait
        {
            Id = $"wait-{itemId}",
            Portal = call.Portal,
            EventToken = call.EventToken,
            WorkflowId = call.WorkflowId,
            EntityTypeId = call.EntityTypeId,
            ItemId = itemId,
            Connection = "main",
            Properties = "{}",
            NamesDeal = false,
            Waits = true,
            CalledAt = call.CalledAt,
            ReceivedAt = call.CalledAt,
            Verified = true,
        };
        Assert.True(await Pair.Stores.Waits.TryAddAsync(wait, Cancel));
    }

    /// <summary>The app stops listening.</summary>
    public Task StopAsync() => Pair.Stores.Listening.ContinueAsync(Cancel);

    /// <summary>The app listens again, and has done so for a while.</summary>
    public async Task ListenAsync()
    {
        await Pair.Stores.Listening.BeginAsync(Cancel);
        Pass(2);
        await Pair.Stores.Listening.ContinueAsync(Cancel);
    }

    public Task<CatchUpReport> FindAsync() => Search.FindAsync(Pair.Portal, Cancel);

    /// <summary>Catches up what a report lists, and sees it through.</summary>
    public async Task<int> SendAsync(params IEnumerable<CatchUpCandidate> candidates)
    {
        var sent = await Sender.SendAsync(Pair.Portal, candidates, Cancel);
        for (var due = sent; due > 0; due = await Pair.AttemptManyAsync(500))
        {
            Pass(0.1);
        }

        return sent;
    }

    /// <summary>Candidates by deal.</summary>
    public async Task<Dictionary<long, CatchUpCandidate>> CandidatesAsync() => (await FindAsync()).Candidates.ToDictionary(candidate => candidate.ItemId);

    public static IEnumerable<CatchUpSign> Signs(CatchUpCandidate candidate) => candidate.Reasons.Select(reason => reason.Sign);

    public static string Settings(Transfer transfer) => System.Text.RegularExpressions.Regex.Unescape(JsonSerializer.Serialize(JsonElement.Parse(transfer.Request.Properties)));

    public async ValueTask DisposeAsync()
    {
        _signal.Dispose();
        await Pair.DisposeAsync();
    }
}
