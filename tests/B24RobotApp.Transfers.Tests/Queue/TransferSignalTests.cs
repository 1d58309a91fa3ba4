using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

public sealed class TransferSignalTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly TransferSignal _signal = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _signal.Dispose();

    [Fact]
    public async Task Who_was_woken_before_the_wait_is_not_forgotten()
    {
        _signal.Wake(Lane(1));
        _signal.Wake(Lane(2));
        _signal.Wake(Lane(1));

        Assert.Equal([Lane(1), Lane(2)], (await WaitAsync(null, _clock, Cancel)).OrderBy(lane => lane.Portal.Value));
    }

    [Fact]
    public async Task A_wait_ends_by_time_and_the_next_one_hears_what_came_meanwhile()
    {
        var waiting = WaitAsync(TimeSpan.FromSeconds(5), _clock, Cancel);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(await waiting);
        _signal.Wake(Lane(1));

        Assert.Equal([Lane(1)], await WaitAsync(TimeSpan.FromSeconds(5), _clock, Cancel));
    }

    [Fact]
    public async Task A_wait_of_no_time_at_all_loses_no_wake_up()
    {
        _signal.Wake(Lane(1));
        var heard = new List<Lane>();
        heard.AddRange(await WaitAsync(TimeSpan.Zero, _clock, Cancel));
        heard.AddRange(await WaitAsync(heard.Count == 0 ? null : TimeSpan.Zero, _clock, Cancel));

        Assert.Equal([Lane(1)], heard);
    }

    [Fact]
    public async Task Every_wake_up_of_many_is_heard()
    {
        var heard = new HashSet<Lane>();
        var calling = Task.Run(() => Parallel.For(1, 5001, i => _signal.Wake(Lane(i))), Cancel);

        while (heard.Count < 5000)
        {
            heard.UnionWith(await WaitAsync(null, _clock, Cancel));
        }

        await calling;
    }

    [Fact]
    public async Task Stopping_ends_the_wait()
    {
        using var stop = new CancellationTokenSource();
        var waiting = WaitAsync(null, _clock, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static Lane Lane(long portal) => new(new PortalId(portal), "main");

    private async Task<List<Lane>> WaitAsync(TimeSpan? atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        var lanes = new List<Lane>();
        await _signal.WaitAsync(atMost, clock, lanes.Add, cancellationToken);
        return lanes;
    }
}
