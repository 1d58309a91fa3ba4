using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sendings;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Tests.Running;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

/// <summary>Deals that are there already are sent: all, once, and behind those that robots send.</summary>
public sealed class SendingTests : IAsyncLifetime
{
    private readonly TransferSignal _signal = new();
    private PortalPair _pair = null!;
    private ExistingDeals _deals = null!;
    private SendingWorker _worker = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Lane Lane => new(_pair.Portal.Id, "main");

    public async ValueTask InitializeAsync()
    {
        _pair = await PortalPair.StartAsync();
        _deals = new ExistingDeals(_pair.SourcePortals, _pair.Stores.Links);
        Restart();
    }

    public async ValueTask DisposeAsync()
    {
        _worker.Dispose();
        _signal.Dispose();
        await _pair.DisposeAsync();
    }

    [Fact]
    public async Task A_preview_counts_and_tells_what_is_on_the_ESB_already()
    {
        var sent = _pair.AddDeal("Отправлена");
        await _pair.CarryAsync(sent);
        for (var i = 0; i < 60; i++)
        {
            _pair.AddDeal($"Старая {i}");
        }

        var preview = await _deals.PreviewAsync(_pair.Portal, "main", new SendingFilter(), Cancel);

        Assert.Equal((61, 50), (preview.Total, preview.First.Count));
        Assert.Equal((sent, "Отправлена", PortalPair.RobotStage, 1500.5m, "USD"), (preview.First[0].Id, preview.First[0].Title, preview.First[0].StageId, preview.First[0].Amount, preview.First[0].Currency));
        Assert.NotNull(preview.First[0].EsbDealId);
        Assert.Null(preview.First[1].EsbDealId);
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_found()
    {
        var a = _pair.AddDeal("a");
        var b = _pair.AddDeal("b", fields => fields["assignedById"] = 1);
        _pair.Source.Crm.MoveItem(2, b, PortalPair.RobotStage);

        Assert.Equal([a], await FindAsync(new SendingFilter { Stages = ["NEW"] }));
        Assert.Equal([b], await FindAsync(new SendingFilter { Stages = [PortalPair.RobotStage, "WON"], Pipeline = 0 }));
        Assert.Equal([b], await FindAsync(new SendingFilter { Responsible = [1] }));
        Assert.Equal([a], await FindAsync(new SendingFilter { Ids = [a, 999] }));
        Assert.Empty(await FindAsync(new SendingFilter { Pipeline = 5 }));
        Assert.Equal([a, b], await FindAsync(new SendingFilter { CreatedFrom = _pair.Clock.GetUtcNow().AddMinutes(-1), CreatedBefore = _pair.Clock.GetUtcNow().AddMinutes(1) }));
        Assert.Empty(await FindAsync(new SendingFilter { CreatedFrom = _pair.Clock.GetUtcNow().AddMinutes(1) }));
        Assert.Empty(await FindAsync(new SendingFilter { UpdatedFrom = _pair.Clock.GetUtcNow().AddMinutes(1) }));
    }

    [Fact]
    public async Task All_deals_arrive_once_however_often_the_app_starts_anew_and_nobody_is_told_in_passing()
    {
        var ids = Enumerable.Range(0, 120).Select(i => _pair.AddDeal($"Старая {i}")).ToList();
        var id = await BeginAsync();
        for (var rounds = 0; await StateAsync(id) == SendingState.Running; rounds++)
        {
            Assert.InRange(rounds, 0, 20);
            Restart();
            await _worker.StepAsync(Cancel);
            Assert.InRange((await FindAsync(id)).Open, 0, 50);
            await _pair.AttemptManyAsync(100);
        }

        var sending = await FindAsync(id);
        Assert.Equal((0, 120, 0), (sending.Open, sending.Arrived, sending.Failed));
        Assert.Equal((120, 120, SendingState.Done), (sending.Total, sending.Taken, sending.State));
        var origins = await _pair.Stores.Links.FindAsync([.. ids.Select(_pair.DealKey)], Cancel);
        Assert.Equal(120, origins.Values.Select(link => link.EsbId).Distinct().Count());
        Assert.DoesNotContain("crm.timeline.comment.add", PortalPair.Methods(_pair.Source));
        Assert.DoesNotContain("im.notify.system.add", PortalPair.Methods(_pair.Source));
    }

    [Fact]
    public async Task A_robots_deal_goes_first()
    {
        for (var i = 0; i < 60; i++)
        {
            _pair.AddDeal($"Старая {i}");
        }

        var id = await BeginAsync();
        await _pair.SendAsync(_pair.AddDeal("От робота"));

        await _worker.StepAsync(Cancel);
        Assert.Equal(0, (await FindAsync(id)).Taken);

        await _pair.AttemptAsync();
        await _worker.StepAsync(Cancel);
        Assert.Equal(50, (await FindAsync(id)).Taken);
    }

    [Fact]
    public async Task It_goes_on_though_an_outage_of_the_ESB_is_the_last_that_was_heard_of_it()
    {
        var id = await BeginAsync();
        _pair.AddDeal("Старая");
        var outage = new Bitrix24Exception(FailureKind.NotExecuted, "esb", "crm.item.add", "HTTP_502", "");
        for (var i = 0; i < 4; i++)
        {
            _pair.Circuits.LearnOfEsb("main", TransferId.New(_pair.Clock.GetUtcNow()), outage);
        }

        await _worker.StepAsync(Cancel);

        // Nobody else would try whether the ESB is back.
        Assert.NotNull(_pair.Circuits.FindOutage(Lane));
        Assert.Equal(1, (await FindAsync(id)).Open);
    }

    [Fact]
    public async Task Stopped_it_sends_nothing_more_and_what_waits_is_cancelled()
    {
        for (var i = 0; i < 60; i++)
        {
            _pair.AddDeal($"Старая {i}");
        }

        var id = await BeginAsync();
        await _worker.StepAsync(Cancel);
        await _pair.AttemptManyAsync(10);

        Assert.True(await _pair.Stores.Sendings.CancelAsync(id, "Отменено.", Cancel));
        Assert.False(await _pair.Stores.Sendings.CancelAsync(id, "Отменено.", Cancel));
        await _worker.StepAsync(Cancel);
        await _pair.AttemptManyAsync(100);

        var sending = await FindAsync(id);
        Assert.Equal((0, 10, 40), (sending.Open, sending.Arrived, sending.Failed));
        Assert.Equal(10, _pair.EsbDeals.Count);
        Assert.Equal(SendingState.Cancelled, await StateAsync(id));
    }

    [Fact]
    public async Task A_portal_that_is_down_is_asked_again_later_and_one_that_says_no_ends_it_with_its_words()
    {
        _pair.AddDeal();
        var id = await BeginAsync();
        _pair.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, "crm.item.list", count: 1));
        await _worker.StepAsync(Cancel);
        await _worker.StepAsync(Cancel);
        Assert.Equal(0, (await FindAsync(id)).Taken);

        _pair.Clock.Advance(TimeSpan.FromSeconds(31));
        _pair.Source.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.item.list") { Code = "ACCESS_DENIED", Status = 403 });
        await _worker.StepAsync(Cancel);

        var sending = await FindAsync(id);
        Assert.Equal(SendingState.Failed, sending.State);
        Assert.StartsWith("ACCESS_DENIED", sending.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_portal_that_was_down_is_asked_again_in_time_though_the_clock_was_put_back()
    {
        _pair.AppClock.Offset = TimeSpan.FromHours(2);
        _pair.AddDeal();
        var id = await BeginAsync();
        _pair.Source.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, "crm.item.list", count: 1));
        await _worker.StepAsync(Cancel);

        _pair.AppClock.Offset = TimeSpan.Zero;
        _pair.Clock.Advance(TimeSpan.FromSeconds(31));
        await _worker.StepAsync(Cancel);

        Assert.Equal(1, (await FindAsync(id)).Taken);
    }

    private void Restart()
    {
        _worker?.Dispose();
        _worker = new SendingWorker(
            _pair.Stores.Sendings, _deals, _pair.Stores.Portals, _signal, Options.Create(new TransferOptions()), new SoleServer(), _pair.AppClock, NullLogger<SendingWorker>.Instance);
    }

    private async Task<long> BeginAsync()
    {
        var preview = await _deals.PreviewAsync(_pair.Portal, "main", new SendingFilter(), Cancel);
        return await _pair.Stores.Sendings.AddAsync(_pair.Portal.Id, "main", new SendingFilter(), 1, preview.Total, Cancel);
    }

    private async Task<Sending> FindAsync(long id) => (await _pair.Stores.Sendings.FindAsync(id, Cancel))!;

    private async Task<SendingState> StateAsync(long id) => (await FindAsync(id)).State;

    private async Task<List<long>> FindAsync(SendingFilter filter) => [.. (await _deals.PreviewAsync(_pair.Portal, "main", filter, Cancel)).First.Select(deal => deal.Id)];
}
