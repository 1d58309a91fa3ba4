using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Tests.Running;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Queue;

public sealed class TransferDispatcherTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TransferSignal _signal = new();
    private PortalPair _pair = null!;
    private TransferDispatcher _dispatcher = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _pair = await StartAsync();
        _dispatcher = _pair.MakeDispatcher(_signal, new SoleServer());
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_dispatcher.StopAsync(CancellationToken.None));
        _dispatcher.Dispose();
        _signal.Dispose();
        await _pair.DisposeAsync();
    }

    [Fact]
    public async Task What_waits_at_the_start_is_worked_on_and_so_is_what_comes_later()
    {
        var (_, before) = await _pair.SendAsync(_pair.AddDeal("До"));
        await _dispatcher.StartAsync(Cancel);
        await IsInStateAsync(before, TransferState.Done);
        var (_, after) = await _pair.SendAsync(_pair.AddDeal("После"));

        _signal.Wake(new Lane(_pair.Portal.Id, "main"));

        await IsInStateAsync(after, TransferState.Done);
    }

    [Fact]
    public async Task What_was_under_way_when_the_process_ended_goes_on()
    {
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.Stores.Transfers.ClaimAsync(new Lane(_pair.Portal.Id, "main"), 1, Cancel);

        await _dispatcher.StartAsync(Cancel);

        await IsInStateAsync(id, TransferState.Done);
    }

    [Fact]
    public async Task Transfers_of_one_deal_run_one_after_the_other_in_their_order()
    {
        var deal = _pair.AddDeal("Один");
        var ids = new List<TransferId>();
        foreach (var title in new[] { "A", "B", "C" })
        {
            ids.Add((await _pair.SendAsync(deal, Properties(("deal_title", title), ("timeline", "N")))).Id);
        }

        await _dispatcher.StartAsync(Cancel);
        foreach (var id in ids)
        {
            await IsInStateAsync(id, TransferState.Done);
        }

        Assert.Equal("C", Assert.Single(_pair.EsbDeals)["title"]!.ToString());
        var outcomes = new List<OutcomeStatus>();
        foreach (var id in ids)
        {
            outcomes.Add((await _pair.FindAsync(id)).Outcome!.Status);
        }

        Assert.Equal([OutcomeStatus.Created, OutcomeStatus.Updated, OutcomeStatus.Updated], outcomes);
    }

    [Fact]
    public async Task A_connection_that_hangs_takes_no_one_elses_places()
    {
        var slow = await _pair.AddEsbAsync("slow");
        slow.Faults.Add(new FaultRule(FaultKind.Hang));
        for (var i = 0; i < 40; i++)
        {
            await _pair.Stores.Transfers.TryAddAsync(
                Given.Transfer(_pair.Portal.Id, _pair.AddDeal(), connection: "slow", receivedAt: _pair.Clock.GetUtcNow()), Cancel);
        }

        var (_, id) = await _pair.SendAsync(_pair.AddDeal());

        await _dispatcher.StartAsync(Cancel);

        await IsInStateAsync(id, TransferState.Done);
    }

    [Fact]
    public async Task A_transfer_that_was_put_off_runs_again_when_its_time_has_come()
    {
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, "crm.item.fields", count: 1));
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        await _dispatcher.StartAsync(Cancel);
        await Eventually.Async(async () => await _pair.FindAsync(id) is { State: TransferState.Queued, Attempt: 1 }, Patience, Cancel);

        await Eventually.Async(
            async () =>
            {
                _pair.Clock.Advance(TimeSpan.FromSeconds(10));
                return (await _pair.FindAsync(id)).State == TransferState.Done;
            },
            Patience,
            Cancel);
    }

    [Fact]
    public async Task A_store_that_cannot_write_for_a_while_stops_nothing_for_good()
    {
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        using (_pair.Database.HoldWrites())
        {
            await _dispatcher.StartAsync(Cancel);
            await Assert.ThrowsAsync<StorageUnavailableException>(() => _pair.Stores.Transfers.DiscardUnverifiedAsync(id, Cancel));
            Assert.Equal(TransferState.Queued, (await _pair.FindAsync(id)).State);
        }

        await Eventually.Async(
            async () =>
            {
                _pair.Clock.Advance(TimeSpan.FromSeconds(5));
                return (await _pair.FindAsync(id)).State == TransferState.Done;
            },
            Patience,
            Cancel);
        Assert.False(_dispatcher.ExecuteTask!.IsFaulted);
    }

    [Fact]
    public async Task Stopping_waits_for_the_request_that_was_sent_and_records_what_it_brought()
    {
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.Slow, "crm.item.add", count: 1) { Delay = TimeSpan.FromSeconds(20) });
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        await _dispatcher.StartAsync(Cancel);
        await Eventually.Async(async () => (await _pair.FindAsync(id)).IntendedDeal && _pair.EsbDeals.Count == 1, Patience, Cancel);

        var stopping = _dispatcher.StopAsync(CancellationToken.None);
        Assert.False(stopping.IsCompleted);
        await StopAsync(stopping);

        var transfer = await _pair.FindAsync(id);
        Assert.Equal(OutcomeStatus.Created, transfer.Outcome!.Status);
    }

    /// <summary>Lets time pass, so that requests without an answer time out.</summary>
    private Task StopAsync(Task stopping) => Eventually.Async(
        () =>
        {
            _pair.Clock.Advance(TimeSpan.FromSeconds(1));
            return stopping.IsCompleted;
        },
        Patience,
        CancellationToken.None);

    private Task IsInStateAsync(TransferId id, TransferState state) =>
        Eventually.Async(async () => (await _pair.FindAsync(id)).State == state, Patience, Cancel);
}
