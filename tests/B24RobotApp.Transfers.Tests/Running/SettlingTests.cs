using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Transfers.Queue;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>A create whose answer is lost: the ESB may go on with it for a minute from when it got it, whatever the clocks say and however long the request had waited for its turn.</summary>
public sealed class SettlingTests : IAsyncLifetime
{
    /// <summary>With its product rows the deal travels in a batch.</summary>
    private const string Create = "crm.item.productrow.set";

    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task It_may_have_left_at_any_moment_until_it_was_given_up()
    {
        var id = await LoseCreateAsync();

        // It was given up 30 seconds after the intent was noted; it may have left right before that.
        await AttemptAfterAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(("OUTCOME_PENDING", 0), (await LastErrorAsync(id), _pair.EsbDeals.Count));

        await AttemptAfterAsync(TimeSpan.FromSeconds(6));
        Assert.Equal(TransferState.Done, (await _pair.FindAsync(id)).State);
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task A_clock_that_is_put_forward_does_not_shorten_it()
    {
        var id = await LoseCreateAsync();

        _pair.AppClock.Offset = TimeSpan.FromHours(2);
        await AttemptAfterAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(("OUTCOME_PENDING", 0), (await LastErrorAsync(id), _pair.EsbDeals.Count));
    }

    [Fact]
    public async Task Whoever_starts_anew_counts_from_his_start()
    {
        var id = await LoseCreateAsync();
        _pair.Clock.Advance(TimeSpan.FromDays(1));

        _pair.Restart();
        await AttemptAfterAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(("OUTCOME_PENDING", 0), (await LastErrorAsync(id), _pair.EsbDeals.Count));

        await AttemptAfterAsync(TimeSpan.FromSeconds(6));
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task It_holds_up_nothing_when_the_deal_is_found()
    {
        var (_, id) = await _pair.SendAsync(AddDeal());
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.ResetAfter, Create, count: 1));
        await _pair.AttemptAsync();

        await AttemptAfterAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(TransferState.Done, (await _pair.FindAsync(id)).State);
        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public void What_was_never_answered_is_not_kept_for_ever()
    {
        var settling = _pair.Stores.Settling;
        for (var i = 0; i < 100; i++)
        {
            settling.Note($"{i}");
            _pair.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(settling.Count, 1, 3);
        Assert.Null(settling.PendingUntil("0"));
        Assert.NotNull(settling.PendingUntil("99"));
    }

    private async Task<TransferId> LoseCreateAsync()
    {
        var (_, id) = await _pair.SendAsync(AddDeal());
        await _pair.LoseCallAsync(Create);
        Assert.Empty(_pair.EsbDeals);
        return id;
    }

    private long AddDeal()
    {
        var deal = _pair.AddDeal();
        SetRows(_pair.Source, deal, Row("Станок"));
        return deal;
    }

    private async Task AttemptAfterAsync(TimeSpan time)
    {
        _pair.Clock.Advance(time);
        await _pair.AttemptAsync();
    }

    private async Task<string?> LastErrorAsync(TransferId id) => (await _pair.Stores.Transfers.AttemptsAsync(id, TestContext.Current.CancellationToken))[^1].ErrorCode;
}
