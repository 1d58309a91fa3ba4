using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

public abstract class TransferListContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    private PortalId _portal;
    private PortalId _other;

    private TransferStore Store => Stores.Transfers;

    public override async ValueTask InitializeAsync()
    {
        _portal = (await InstallAsync()).Id;
        _other = (await InstallAsync(2)).Id;
    }

    [Fact]
    public async Task The_latest_of_a_kind_of_tokens_is_found_however_many_others_came_since()
    {
        var second = Given.Transfer(_portal, 2, "test 2");
        await Store.TryAddAsync(Given.Transfer(_portal, 1, "test 1"), Cancel);
        await Store.TryAddAsync(second, Cancel);
        await Store.TryAddAsync(Given.Transfer(_other, 3, "test 3"), Cancel);
        foreach (var (index, token) in "tess,test,test!,tesu,Test 3".Split(',').Index())
        {
            await Store.TryAddAsync(Given.Transfer(_portal, 10 + index, token), Cancel);
        }

        Assert.Equal(second.Id, (await Store.LatestOfTokensAsync(_portal, "test ", Cancel))?.Id);
        Assert.Null(await Store.LatestOfTokensAsync(_portal, "by hand ", Cancel));
    }

    [Fact]
    public async Task A_list_goes_back_in_time_page_by_page_and_misses_nothing()
    {
        for (var deal = 1; deal <= 25; deal++)
        {
            await AddAsync(deal % 2 == 0 ? _portal : _other, deal, finish: deal % 3 == 0);
        }

        var seen = new List<long>();
        long? before = null;
        while (await Store.ListAsync(new TransferQuery { Before = before, Most = 7 }, Cancel) is { Count: > 0 } page)
        {
            Assert.InRange(page.Count, 1, 7);
            seen.AddRange(page.Select(transfer => transfer.Request.ItemId));
            before = page[^1].Sequence;
        }

        Assert.Equal(Enumerable.Range(1, 25).Reverse().Select(deal => (long)deal), seen);
    }

    [Fact]
    public async Task A_list_can_be_of_one_portal_some_states_or_one_deal()
    {
        await AddAsync(_portal, 1, finish: true);
        await AddAsync(_portal, 2);
        await AddAsync(_portal, 2);
        await AddAsync(_other, 2);
        await Store.ClaimAsync(new Lane(_other, "main"), 1, Cancel);

        Assert.Equal([2, 2, 1], await ItemsAsync(new TransferQuery { Portal = _portal }));
        Assert.Equal([2, 2], await ItemsAsync(new TransferQuery { Portal = _portal, States = [TransferState.Queued] }));
        Assert.Equal([2, 1], await ItemsAsync(new TransferQuery { States = [TransferState.Running, TransferState.Done] }));
        Assert.Equal([2, 2, 2], await ItemsAsync(new TransferQuery { ItemId = 2 }));
        Assert.Equal([2, 2], await ItemsAsync(new TransferQuery { Portal = _portal, ItemId = 2 }));
        Assert.Equal([2], await ItemsAsync(new TransferQuery { ItemId = 2, States = [TransferState.Running] }));
        Assert.Empty(await ItemsAsync(new TransferQuery { Portal = _portal, States = [TransferState.Parked] }));
    }

    [Theory]
    [InlineData("ПОСТАВКА", true)]
    [InlineData("станков", true)]
    [InlineData("стадия", true)]
    [InlineData("MAPPING", true)]
    [InlineData("77", true)]
    [InlineData("7701", true)]
    [InlineData("770", false)]
    [InlineData("%", false)]
    [InlineData("Отгрузка", false)]
    public async Task A_text_is_searched_in_title_error_and_ids_whatever_its_case(string text, bool found)
    {
        var id = await AddAsync(_portal, 77);
        await Store.RecordReadAsync(id, "Поставка станков", 12, "default@1", null, Cancel);
        await Store.RecordOutcomeAsync(
            id, Given.Outcome(OutcomeStatus.Failed, 7701, "MAPPING", "На ЕСБ нет такой стадии: Стадия C5:NEW."), [], null, Durability.Full, Cancel);

        Assert.Equal(found, (await Store.ListAsync(new TransferQuery { Text = text }, Cancel)).Count == 1);
        Assert.Equal(found, (await Store.ListAsync(new TransferQuery { ItemId = 77, Text = text }, Cancel)).Count == 1);
    }

    [Fact]
    public async Task Counts_are_per_state()
    {
        await AddAsync(_portal, 1, finish: true);
        await AddAsync(_portal, 2);
        await AddAsync(_portal, 2);
        await AddAsync(_other, 3);

        Assert.Equal(
            new Dictionary<TransferState, long> { [TransferState.Done] = 1, [TransferState.Queued] = 2 }, await Store.CountsAsync(_portal, Cancel));
        Assert.Equal(
            new Dictionary<TransferState, long> { [TransferState.Done] = 1, [TransferState.Queued] = 3 }, await Store.CountsAsync(null, Cancel));
    }

    [Fact]
    public async Task Pruning_deletes_what_was_finished_long_ago_with_its_attempts_and_nothing_else()
    {
        var old = await AddAsync(_portal, 1, finish: true);
        Clock.Advance(TimeSpan.FromDays(10));
        var recent = await AddAsync(_portal, 2, finish: true);
        var waiting = await AddAsync(_portal, 3);
        await Stores.Links.SaveAsync([Given.Link(1)], Durability.Full, Cancel);

        Assert.Equal(1, await Store.PruneAsync(Given.Now.AddDays(5), Cancel));

        Assert.Null(await Store.FindAsync(old, Cancel));
        Assert.Empty(await Store.AttemptsAsync(old, Cancel));
        Assert.NotNull(await Store.FindAsync(recent, Cancel));
        Assert.NotNull(await Store.FindAsync(waiting, Cancel));
        Assert.Single(await Stores.Links.FindAsync([Given.LinkKey(1)], Cancel));
    }

    [Fact]
    public async Task Pruning_a_long_history_goes_on_to_its_end()
    {
        await Task.WhenAll(Enumerable.Range(0, 1200).Select(deal => Store.TryAddAsync(Given.Transfer(_portal, deal), Cancel)));
        var claimed = await Store.ClaimAsync(new Lane(_portal, "main"), 2000, Cancel);
        await Task.WhenAll(claimed.Select(transfer => Store.FinishAsync(transfer.Id, answered: true, Given.Attempt(), Cancel)));

        Assert.Equal(1200, await Store.PruneAsync(Given.Now.AddDays(1), Cancel));

        Assert.Empty(await Store.CountsAsync(null, Cancel));
    }

    private async Task<IEnumerable<long>> ItemsAsync(TransferQuery query) =>
        (await Store.ListAsync(query, Cancel)).Select(transfer => transfer.Request.ItemId);

    private async Task<TransferId> AddAsync(PortalId portal, long deal, bool finish = false)
    {
        var transfer = Given.Transfer(portal, deal);
        await Store.TryAddAsync(transfer, Cancel);
        if (finish)
        {
            await Store.RecordOutcomeAsync(transfer.Id, Given.Outcome(), [], null, Durability.Full, Cancel);
            await Store.FinishAsync(transfer.Id, answered: true, Given.Attempt(), Cancel);
        }

        return transfer.Id;
    }
}
