using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Tests.Running;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Sharing;

/// <summary>A dispatcher that shares the work with others: it runs the transfers of its portals, and gives portals back when nothing of them is under way.</summary>
public sealed class DispatcherShareTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TransferSignal _signal = new();
    private readonly GivenShare _share = new();
    private PortalPair _pair = null!;
    private TransferDispatcher _dispatcher = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Lane Lane => new(_pair.Portal.Id, "main");

    public async ValueTask InitializeAsync()
    {
        _pair = await PortalPair.StartAsync();
        _dispatcher = _pair.MakeDispatcher(_signal, _share);
        await _dispatcher.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _pair.Source.Faults.Clear();
        await _dispatcher.StopAsync(CancellationToken.None);
        _dispatcher.Dispose();
        _signal.Dispose();
        await _pair.DisposeAsync();
    }

    [Fact]
    public async Task Another_servers_transfers_are_not_run_here_and_it_is_told_of_them()
    {
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());

        await IsToldAsync();

        Assert.Equal(TransferState.Queued, (await _pair.FindAsync(id)).State);
    }

    [Fact]
    public async Task A_portal_that_is_taken_over_goes_on_with_what_was_under_way_and_what_waits()
    {
        var (_, underWay) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.Stores.Transfers.ClaimAsync(Lane, 1, Cancel);
        var (_, waiting) = await _pair.SendAsync(_pair.AddDeal());

        _share.Give(_pair.Portal.Id);

        await IsInStateAsync(underWay, TransferState.Done);
        await IsInStateAsync(waiting, TransferState.Done);
    }

    [Fact]
    public async Task A_portal_is_given_back_when_what_is_under_way_has_ended_and_nothing_more_of_it_is_begun()
    {
        _share.Give(_pair.Portal.Id);
        var (_, before) = await _pair.SendAsync(_pair.AddDeal());
        var held = _pair.Source.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.*", count: 1));
        _signal.Wake(Lane);
        await Eventually.Async(() => Task.FromResult(held.Struck == 1), Patience, Cancel);

        _share.Give();
        var (_, after) = await _pair.SendAsync(_pair.AddDeal());
        await IsToldAsync();
        Assert.Empty(_share.Returned);
        held.Release();

        await Eventually.Async(() => Task.FromResult(_share.Returned.Contains(_pair.Portal.Id)), Patience, Cancel);
        Assert.Equal(TransferState.Done, (await _pair.FindAsync(before)).State);
        Assert.Equal(TransferState.Queued, (await _pair.FindAsync(after)).State);
    }

    [Fact]
    public async Task A_portal_that_comes_back_before_it_was_given_back_is_not_begun_a_second_time()
    {
        _share.Give(_pair.Portal.Id);
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        var held = _pair.Source.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.*", count: 1));
        _signal.Wake(Lane);
        await Eventually.Async(() => Task.FromResult(held.Struck == 1), Patience, Cancel);

        _share.Give();
        await IsToldAsync();
        _share.Give(_pair.Portal.Id);
        held.Release();

        await IsInStateAsync(id, TransferState.Done);
        Assert.Equal(1, (await _pair.FindAsync(id)).Attempt);
        Assert.Empty(_share.Returned);
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task A_portal_that_came_and_went_before_anybody_looked_is_given_back_too()
    {
        _share.Leave(_pair.Portal.Id);

        await Eventually.Async(() => Task.FromResult(_share.Returned.Contains(_pair.Portal.Id)), Patience, Cancel);
    }

    [Fact]
    public async Task A_transfer_that_another_server_took_in_is_found_though_what_it_said_of_it_was_lost()
    {
        _share.Give(_pair.Portal.Id);
        var (_, first) = await _pair.SendAsync(_pair.AddDeal());
        _signal.Wake(Lane);
        await IsInStateAsync(first, TransferState.Done);

        var (_, second) = await _pair.SendAsync(_pair.AddDeal());
        await Eventually.Async(
            async () =>
            {
                _pair.Clock.Advance(TimeSpan.FromSeconds(1));
                return (await _pair.FindAsync(second)).State == TransferState.Done;
            },
            Patience,
            Cancel);
    }

    /// <summary>Once the dispatcher knows that the portal is another server's, it passes on what it hears of it.</summary>
    private Task IsToldAsync() => Eventually.Async(
        () =>
        {
            _signal.Wake(Lane);
            return Task.FromResult(_share.Told.Contains(Lane));
        },
        Patience,
        Cancel);

    private Task IsInStateAsync(TransferId id, TransferState state) =>
        Eventually.Async(async () => (await _pair.FindAsync(id)).State == state, Patience, Cancel);

    /// <summary>A share as the test gives it.</summary>
    private sealed class GivenShare : IWorkShare
    {
        private readonly Lock _lock = new();
        private readonly HashSet<PortalId> _returned = [];
        private readonly HashSet<Lane> _told = [];
        private volatile HashSet<PortalId> _portals = [];
        private volatile HashSet<PortalId> _leaving = [];

        public event Action? Changed;

        public long? Number => 1;

        public IReadOnlySet<PortalId> Portals => _portals;

        public IReadOnlySet<PortalId> Leaving => _leaving;

        public IReadOnlyList<PortalId> Returned
        {
            get
            {
                lock (_lock)
                {
                    return [.. _returned];
                }
            }
        }

        public IReadOnlyList<Lane> Told
        {
            get
            {
                lock (_lock)
                {
                    return [.. _told];
                }
            }
        }

        public void Give(params PortalId[] portals)
        {
            _portals = [.. portals];
            Changed?.Invoke();
        }

        public void Leave(params PortalId[] portals)
        {
            _leaving = [.. portals];
            Changed?.Invoke();
        }

        public void Return(IReadOnlyCollection<PortalId> portals)
        {
            lock (_lock)
            {
                _returned.UnionWith(portals);
            }
        }

        public void Tell(Lane lane)
        {
            lock (_lock)
            {
                _told.Add(lane);
            }
        }

        public Task<Lead> LeadAsync(CancellationToken stoppingToken) => Task.FromResult(new Lead(null, CancellationToken.None));
    }
}
