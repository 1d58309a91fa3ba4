using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Queue;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>The database is a backup: the ESB holds deals of which it knows nothing, and may be about to execute what the lost server has sent.</summary>
public sealed class RestoredTests : IAsyncLifetime
{
    private static readonly JsonObject MakesAnew = new() { ["mode"] = new JsonArray("create") };

    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_not_over_when_the_backup_was_made_is_found_by_its_origin(bool makesAnew)
    {
        var deal = _pair.AddDeal();
        var (workflow, id) = await _pair.SendAsync(deal, makesAnew ? MakesAnew : null);
        var esbId = AddEsb(makesAnew ? $"{deal}:{id}" : $"{deal}");
        await _pair.RestoreAsync();

        var transfer = await _pair.RunAsync(id);

        Assert.Equal((TransferState.Done, OutcomeStatus.Created, esbId), (transfer.State, transfer.Outcome!.Status, transfer.Outcome.EsbDealId));
        Assert.Single(_pair.EsbDeals);
        Assert.Equal("created", workflow.Returned.Values.Single()["status"]!.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_had_failed_and_is_begun_anew_by_hand_is_found_too(bool makesAnew)
    {
        var deal = _pair.AddDeal();
        var (_, id) = await _pair.SendAsync(deal, makesAnew ? MakesAnew : null);
        await _pair.Stores.Transfers.CancelAsync(id, "cancelled", TestContext.Current.CancellationToken);
        Assert.Equal(TransferState.Failed, (await _pair.RunAsync(id)).State);
        AddEsb(makesAnew ? $"{deal}:{id}" : $"{deal}");
        await _pair.RestoreAsync();

        await _pair.Stores.Transfers.RetryAsync(id, _pair.AppClock.GetUtcNow().AddDays(3), TestContext.Current.CancellationToken);
        await _pair.RunAsync(id);

        Assert.Single(_pair.EsbDeals);
    }

    [Fact]
    public async Task A_deal_that_was_first_sent_after_the_backup_is_found_though_the_links_were_complete()
    {
        await _pair.CarryAsync(_pair.AddDeal("До копии"));
        var deal = _pair.AddDeal("После копии");
        var esbId = AddEsb($"{deal}");
        await _pair.RestoreAsync();

        var (transfer, _) = await _pair.CarryAsync(deal);

        Assert.Equal((OutcomeStatus.Updated, esbId), (transfer.Outcome!.Status, transfer.Outcome.EsbDealId));
        Assert.Equal(2, _pair.EsbDeals.Count);
    }

    [Fact]
    public async Task That_it_is_not_there_counts_only_when_nothing_of_the_lost_server_can_be_under_way()
    {
        await _pair.CarryAsync(_pair.AddDeal());
        await _pair.RestoreAsync();
        var late = _pair.AddDeal("Придёт с опозданием");
        var (_, lateId) = await _pair.SendAsync(late);
        await _pair.AttemptAsync();
        var never = _pair.AddDeal("Не отправлена");
        var (_, neverId) = await _pair.SendAsync(never);
        await _pair.AttemptAsync();
        Assert.Single(_pair.EsbDeals);

        // The portal executes it now.
        AddEsb($"{late}");
        await _pair.RunAsync(lateId);
        await _pair.RunAsync(neverId);

        Assert.Equal(3, _pair.EsbDeals.Count);
        Assert.Equal([OutcomeStatus.Updated, OutcomeStatus.Created], [(await _pair.FindAsync(lateId)).Outcome!.Status, (await _pair.FindAsync(neverId)).Outcome!.Status]);
    }

    [Fact]
    public async Task A_restart_later_on_waits_for_nothing()
    {
        await _pair.CarryAsync(_pair.AddDeal());
        await _pair.RestoreAsync();
        await _pair.CarryAsync(_pair.AddDeal());

        _pair.Restart();
        var (_, id) = await _pair.SendAsync(_pair.AddDeal());
        await _pair.AttemptAsync();

        Assert.Equal(TransferState.Done, (await _pair.FindAsync(id)).State);
    }

    private long AddEsb(string originId) => Add(_pair.Esb, 2, new JsonObject
    {
        ["title"] = "Из потерянной базы", ["originatorId"] = $"b24:{_pair.Portal.MemberId}", ["originId"] = originId,
    });
}
