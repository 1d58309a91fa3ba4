using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Tests.Running;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

/// <summary>The connection to the database is lost at a moment at which nobody can say what was written.</summary>
public sealed class InterruptionTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestPostgres _database = new();
    private readonly TransferSignal _signal = new();
    private PortalPair _pair = null!;
    private TransferDispatcher _dispatcher = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Lane Lane => new(_pair.Portal.Id, "main");

    public async ValueTask InitializeAsync()
    {
        _pair = await PortalPair.StartAsync(_database);
        _dispatcher = _pair.MakeDispatcher(_signal, new SoleServer());
        await _dispatcher.StartAsync(Cancel);
        await Eventually.Async(() => Task.FromResult(_signal.IsAsleep), Patience, Cancel);
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
    public async Task A_claim_that_was_made_though_nobody_heard_of_it_is_taken_up_when_the_connection_is_back()
    {
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        Assert.Single(await _pair.Stores.Transfers.ClaimAsync(Lane, 1, Cancel));

        await InterruptAsync();

        await IsInStateAsync(id, TransferState.Done);
    }

    [Fact]
    public async Task A_call_that_was_recorded_though_nobody_heard_of_it_is_looked_for()
    {
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());

        await InterruptAsync();

        await IsInStateAsync(id, TransferState.Done);
    }

    [Fact]
    public async Task What_is_under_way_is_not_begun_a_second_time()
    {
        var held = _pair.Source.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.*", count: 1));
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        _signal.Wake(Lane);
        await Eventually.Async(() => Task.FromResult(held.Struck == 1), Patience, Cancel);
        var (_, forgotten) = await _pair.SendAsync(_pair.AddDeal());
        Assert.Single(await _pair.Stores.Transfers.ClaimAsync(Lane, 1, Cancel));

        await InterruptAsync();
        await Eventually.Async(async () => (await _pair.FindAsync(forgotten)).Attempt == 2, Patience, Cancel);
        held.Release();

        await IsInStateAsync(forgotten, TransferState.Done);
        await IsInStateAsync(id, TransferState.Done);
        Assert.Equal(1, (await _pair.FindAsync(id)).Attempt);
        Assert.Equal(2, _pair.EsbDeals.Count);
    }

    /// <summary>The next write finds that the connection is gone, and gets another one.</summary>
    private async Task InterruptAsync()
    {
        _database.EndConnections();
        await Eventually.Async(
            async () =>
            {
                try
                {
                    await _database.Open().WriteAsync(connection => connection.Execute("UPDATE portals SET language = language"), Durability.Relaxed, Cancel);
                    return true;
                }
                catch (StorageUnavailableException)
                {
                    return false;
                }
            },
            Patience,
            Cancel);
    }

    private Task IsInStateAsync(TransferId id, TransferState state) => Eventually.Async(async () => (await _pair.FindAsync(id)).State == state, Patience, Cancel);
}
