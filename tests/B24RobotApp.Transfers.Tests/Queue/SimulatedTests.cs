using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Tests.Running;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

/// <summary>The dispatcher at work between two portals, in time that is made to pass: from one event to the next.</summary>
public abstract class SimulatedTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    protected PortalPair Pair { get; private set; } = null!;

    protected TransferSignal Signal { get; } = new();

    protected TransferDispatcher Dispatcher { get; private set; } = null!;

    protected ConnectionPauses Pauses { get; private set; } = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Pair = await PortalPair.StartAsync();
        await StartAsync(Pair.Stores.Connections);
    }

    public async ValueTask DisposeAsync()
    {
        await Dispatcher.StopAsync(CancellationToken.None);
        Dispatcher.Dispose();
        Signal.Dispose();
        await Pair.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the dispatcher, as the end of the process would, and starts another that knows what is on disk.</summary>
    protected async Task RestartAsync()
    {
        await Dispatcher.StopAsync(Cancel);
        Dispatcher.Dispose();
        await StartAsync(Pair.Stores.OpenConnections());
    }

    private async Task StartAsync(ConnectionStore connections)
    {
        Pauses = new ConnectionPauses(connections, Pair.Stores.Transfers, Signal, Options.Create(new TransferOptions()), Pair.Clock, NullLogger<ConnectionPauses>.Instance);
        Dispatcher = new TransferDispatcher(
            Pair.Stores.Transfers, Pair.Runner, Signal, Pair.Circuits, connections, new SoleServer(), Options.Create(new TransferOptions()), Pair.Clock, NullLogger<TransferDispatcher>.Instance);
        await Dispatcher.StartAsync(Cancel);
    }

    /// <summary>Lets time pass; everything that falls due meanwhile is done in its time.</summary>
    protected async Task PassAsync(TimeSpan duration)
    {
        var end = Pair.Clock.GetUtcNow() + duration;
        while (true)
        {
            var wait = await IdleAsync();
            var next = Pair.Clock.GetUtcNow() + wait;
            if (next is null || next > end)
            {
                Pair.Clock.SetUtcNow(end);
                return;
            }

            Pair.Clock.SetUtcNow(next.Value);
        }
    }

    protected static string? Status(Workflow workflow) => (string?)workflow.Returned.Values.Single()["status"];

    /// <summary>Waits until nothing is under way.</summary>
    /// <returns>How long until something is due; <see langword="null"/> if nothing is.</returns>
    protected async Task<TimeSpan?> IdleAsync()
    {
        await Eventually.Async(() => Dispatcher.UntilNext != TimeSpan.Zero, Patience, Cancel);
        return Dispatcher.UntilNext;
    }

    /// <summary>The origins of all deals on the ESB.</summary>
    protected List<string> EsbOrigins()
    {
        var origins = new List<string>();
        for (JsonArray? page = null; page is null || page.Count == 50;)
        {
            var parameters = new JsonObject { ["entityTypeId"] = CrmEntityTypes.Deal, ["select"] = new JsonArray("*"), ["start"] = origins.Count };
            page = Pair.Esb.Call("crm.item.list", parameters)!["items"]!.AsArray();
            origins.AddRange(page.Select(deal => $"{deal!["originatorId"]} {deal["originId"]}"));
        }

        return origins;
    }
}
