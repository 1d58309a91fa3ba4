using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

public abstract class TransferQueueContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    private PortalId _portal;

    private Lane Main => new(_portal, "main");

    private TransferStore Store => Stores.Transfers;

    public override async ValueTask InitializeAsync() => _portal = (await InstallAsync()).Id;

    [Fact]
    public async Task An_event_that_the_portal_delivers_twice_is_one_transfer()
    {
        var transfer = Given.Transfer(_portal, eventToken: "e-1");

        Assert.True(await Store.TryAddAsync(transfer, Cancel));
        Assert.False(await Store.TryAddAsync(Given.Transfer(_portal, eventToken: "e-1"), Cancel));

        Assert.Equal(transfer.Id, Assert.Single(await Store.ListAsync(new TransferQuery(), Cancel)).Id);
    }

    [Fact]
    public async Task The_same_event_token_of_another_portal_is_another_transfer()
    {
        var other = await InstallAsync(2);
        await Store.TryAddAsync(Given.Transfer(_portal, eventToken: "e-1"), Cancel);

        Assert.True(await Store.TryAddAsync(Given.Transfer(other.Id, eventToken: "e-1"), Cancel));
    }

    [Fact]
    public async Task A_transfer_comes_back_as_it_was_added_also_after_a_restart()
    {
        var request = Given.Transfer(_portal, deal: 42, properties: """{"connection":["main"],"comment":["Привет"]}""") with
        {
            UserId = null,
            Waits = false,
            TimesOutAt = Given.Now.AddMinutes(10),
        };
        await Store.TryAddAsync(request, Cancel);
        Restart();

        var transfer = await Store.FindAsync(request.Id, Cancel);

        Assert.Equal(
            new Transfer { Request = request, Sequence = 1, State = TransferState.Queued, DueAt = Given.Now, Attempt = 0 },
            transfer);
        Assert.Equal(transfer, await Store.FindByEventTokenAsync(_portal, request.EventToken, Cancel));
        Assert.Null(await Store.FindAsync(TransferId.New(Given.Now), Cancel));
    }

    [Fact]
    public async Task Calls_that_come_all_at_once_with_repetitions_are_one_transfer_each()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => Task.Run(
            () => Store.TryAddAsync(Given.Transfer(_portal, deal: i % 250, eventToken: $"e-{i % 250}"), Cancel), Cancel)));

        Assert.Equal(250, added.Count(isNew => isNew));
        Assert.Equal(250, (await Store.CountsAsync(_portal, Cancel))[TransferState.Queued]);
    }

    [Fact]
    public async Task Claims_take_what_is_due_longest_and_count_the_attempt()
    {
        await PutOffAsync(3, TimeSpan.FromMinutes(3));
        Clock.Advance(TimeSpan.FromMinutes(2));
        var late = await AddAsync(1, Given.Now.AddMinutes(2));
        var early = await AddAsync(2, Given.Now.AddMinutes(1));

        var claimed = await Store.ClaimAsync(Main, 10, Cancel);

        Assert.Equal([early, late], claimed.Select(transfer => transfer.Id));
        Assert.All(claimed, transfer => Assert.Equal((TransferState.Running, 1), (transfer.State, transfer.Attempt)));
        Assert.Equal(claimed[0], await Store.FindAsync(early, Cancel));
        Assert.Empty(await Store.ClaimAsync(Main, 10, Cancel));
    }

    [Fact]
    public async Task A_claim_takes_no_more_than_it_asks_for_and_only_of_its_lane()
    {
        var other = await InstallAsync(2);
        for (var deal = 1; deal <= 5; deal++)
        {
            await AddAsync(deal);
            await Store.TryAddAsync(Given.Transfer(_portal, deal, connection: "second"), Cancel);
            await Store.TryAddAsync(Given.Transfer(other.Id, deal), Cancel);
        }

        Assert.Equal([1, 2, 3], (await Store.ClaimAsync(Main, 3, Cancel)).Select(transfer => transfer.Request.ItemId));
        Assert.Equal([4, 5], (await Store.ClaimAsync(Main, 3, Cancel)).Select(transfer => transfer.Request.ItemId));
        Assert.Equal(5, (await Store.ClaimAsync(new Lane(_portal, "second"), 9, Cancel)).Count);
    }

    [Fact]
    public async Task Transfers_of_one_deal_to_one_connection_run_one_after_the_other_in_the_order_of_their_arrival()
    {
        var first = await AddAsync(7);
        var second = await AddAsync(7);
        var third = await AddAsync(7);
        var otherConnection = Given.Transfer(_portal, 7, connection: "second");
        await Store.TryAddAsync(otherConnection, Cancel);

        Assert.Equal([first], await ClaimIdsAsync());
        Assert.Empty(await ClaimIdsAsync());
        Assert.Equal(otherConnection.Id, Assert.Single(await Store.ClaimAsync(new Lane(_portal, "second"), 9, Cancel)).Id);
        await Store.FinishAsync(first, answered: true, Given.Attempt(), Cancel);
        Assert.Equal([second], await ClaimIdsAsync());
        await Store.ParkAsync(second, Given.Attempt(), Cancel);
        Assert.Equal([third], await ClaimIdsAsync());
    }

    [Fact]
    public async Task A_transfer_that_is_put_off_keeps_the_later_ones_of_its_deal_waiting_and_no_others()
    {
        var first = await AddAsync(7);
        await AddAsync(7);
        await ClaimIdsAsync();
        var otherDeal = await AddAsync(8);

        await Store.RescheduleAsync(first, TimeSpan.FromMinutes(5), Given.Attempt(failure: "NotExecuted"), Cancel);

        Assert.Equal([otherDeal], await ClaimIdsAsync());
        Assert.Equal(Given.Now.AddMinutes(5), await Store.NextDueAsync(Main, Cancel));
        Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(first, Assert.Single(await Store.ClaimAsync(Main, 9, Cancel)).Id);
    }

    [Fact]
    public async Task The_backlog_names_each_lane_with_its_earliest_claimable_transfer()
    {
        var other = await InstallAsync(2);
        await PutOffAsync(1, TimeSpan.FromMinutes(3));
        await PutOffAsync(2, TimeSpan.FromMinutes(2));
        await PutOffAsync(3, TimeSpan.FromMinutes(9), "second");
        await Store.TryAddAsync(Given.Transfer(_portal, 4, connection: ""), Cancel);
        await Store.TryAddAsync(Given.Transfer(other.Id, 5), Cancel);
        await Store.TryAddAsync(Given.Transfer(other.Id, 6, connection: "unverified", verified: false), Cancel);

        var backlog = await Store.BacklogAsync(Cancel);

        Assert.Equal(
            [
                new LaneBacklog(new Lane(_portal, ""), Given.Now),
                new LaneBacklog(Main, Given.Now.AddMinutes(2)),
                new LaneBacklog(new Lane(_portal, "second"), Given.Now.AddMinutes(9)),
                new LaneBacklog(new Lane(other.Id, "main"), Given.Now),
            ],
            backlog);
    }

    [Fact]
    public async Task An_empty_queue_has_no_backlog_and_nothing_due()
    {
        Assert.Empty(await Store.BacklogAsync(Cancel));
        Assert.Null(await Store.NextDueAsync(Main, Cancel));
        Assert.Empty(await ClaimIdsAsync());
    }

    [Fact]
    public async Task What_was_under_way_when_the_process_ended_is_due_at_the_next_start()
    {
        var id = await AddAsync(7);
        await AddAsync(7);
        await ClaimIdsAsync();
        Restart();
        Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(1, await Store.ReleaseClaimsAsync(null, [], Cancel));

        Assert.Equal(id, Assert.Single(await Store.ClaimAsync(Main, 9, Cancel)).Id);
        Assert.Equal(2, (await Store.FindAsync(id, Cancel))?.Attempt);
    }

    [Fact]
    public async Task An_unverified_transfer_is_not_claimed_until_it_is_confirmed()
    {
        var request = Given.Transfer(_portal, verified: false);
        await Store.TryAddAsync(request, Cancel);
        Assert.Empty(await ClaimIdsAsync());
        Assert.Equal(request.Id, Assert.Single(await Store.UnverifiedAsync(Cancel)).Id);
        Assert.False((await Store.FindAsync(request.Id, Cancel))?.Request.Verified);

        Assert.True(await Store.ConfirmAsync(request.Id, Cancel));
        Assert.False(await Store.ConfirmAsync(request.Id, Cancel));

        Assert.Equal([request.Id], await ClaimIdsAsync());
        Assert.Empty(await Store.UnverifiedAsync(Cancel));
    }

    [Fact]
    public async Task A_confirmed_transfer_waits_for_the_one_of_its_deal_that_is_under_way()
    {
        var unverified = Given.Transfer(_portal, 7, verified: false);
        await Store.TryAddAsync(unverified, Cancel);
        var running = await AddAsync(7);
        await ClaimIdsAsync();

        await Store.ConfirmAsync(unverified.Id, Cancel);

        Assert.Empty(await ClaimIdsAsync());
        await Store.FinishAsync(running, answered: true, Given.Attempt(), Cancel);
        Assert.Equal([unverified.Id], await ClaimIdsAsync());
    }

    [Fact]
    public async Task A_discarded_transfer_leaves_no_trace_so_that_the_real_call_is_accepted()
    {
        var forged = Given.Transfer(_portal, eventToken: "e-1", verified: false);
        await Store.TryAddAsync(forged, Cancel);

        Assert.True(await Store.DiscardUnverifiedAsync(forged.Id, Cancel));

        Assert.Null(await Store.FindAsync(forged.Id, Cancel));
        Assert.True(await Store.TryAddAsync(Given.Transfer(_portal, eventToken: "e-1"), Cancel));
    }

    [Fact]
    public async Task A_verified_transfer_is_not_discarded()
    {
        var id = await AddAsync(7);

        Assert.False(await Store.DiscardUnverifiedAsync(id, Cancel));

        Assert.NotNull(await Store.FindAsync(id, Cancel));
    }

    [Fact]
    public async Task Parked_transfers_are_all_due_when_their_portal_is_connected_again_and_run_in_order()
    {
        const int Deals = 600;
        await Task.WhenAll(Enumerable.Range(0, Deals).Select(deal => AddAsync(deal)));
        await Task.WhenAll(Enumerable.Range(0, Deals).Select(deal => AddAsync(deal)));
        while (await Store.ClaimAsync(Main, 500, Cancel) is { Count: > 0 } claimed)
        {
            await Task.WhenAll(claimed.Select(transfer => Store.ParkAsync(transfer.Id, Given.Attempt(), Cancel)));
        }

        Assert.Equal(2 * Deals, (await Store.CountsAsync(_portal, Cancel))[TransferState.Parked]);

        Assert.Equal(2 * Deals, await Store.UnparkAsync(_portal, Cancel));

        var first = await Store.ClaimAsync(Main, 5000, Cancel);
        Assert.Equal(Deals, first.Count);
        Assert.All(first, transfer => Assert.InRange(transfer.Sequence, 1, Deals));
        await Task.WhenAll(first.Select(transfer => Store.FinishAsync(transfer.Id, answered: true, Given.Attempt(2), Cancel)));
        Assert.Equal(Deals, (await Store.ClaimAsync(Main, 5000, Cancel)).Count);
    }

    [Fact]
    public async Task Only_the_connected_portal_s_transfers_are_unparked()
    {
        var other = await InstallAsync(2);
        var request = Given.Transfer(other.Id);
        await Store.TryAddAsync(request, Cancel);
        await Store.ClaimAsync(new Lane(other.Id, "main"), 1, Cancel);
        await Store.ParkAsync(request.Id, Given.Attempt(), Cancel);

        Assert.Equal(0, await Store.UnparkAsync(_portal, Cancel));

        Assert.Equal(TransferState.Parked, (await Store.FindAsync(request.Id, Cancel))?.State);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_happens_no_two_transfers_of_a_deal_run_at_once_and_none_is_forgotten(int seed)
    {
        var random = new Random(seed);
        var running = new List<Transfer>();
        for (var step = 0; step < 300; step++)
        {
            switch (random.Next(8))
            {
                case 0 or 1:
                    await Store.TryAddAsync(Given.Transfer(_portal, random.Next(4), receivedAt: Clock.GetUtcNow(), verified: random.Next(4) > 0), Cancel);
                    break;
                case 2 or 3:
                    running.AddRange(await Store.ClaimAsync(Main, random.Next(1, 4), Cancel));
                    break;
                case 4 when running.Count > 0:
                    var ended = Take(running, random);
                    await Store.FinishAsync(ended.Id, answered: true, Given.Attempt(ended.Attempt), Cancel);
                    if (random.Next(2) == 0)
                    {
                        Assert.True(await Store.RetryAsync(ended.Id, Given.Now.AddDays(3), Cancel));
                    }

                    break;
                case 5 when running.Count > 0:
                    await Store.ParkAsync(Take(running, random).Id, Given.Attempt(), Cancel);
                    break;
                case 6 when running.Count > 0:
                    await Store.RescheduleAsync(Take(running, random).Id, TimeSpan.FromSeconds(random.Next(60)), Given.Attempt(), Cancel);
                    break;
                default:
                    Clock.Advance(TimeSpan.FromSeconds(random.Next(30)));
                    await Store.UnparkAsync(_portal, Cancel);
                    foreach (var transfer in await Store.UnverifiedAsync(Cancel))
                    {
                        await Store.ConfirmAsync(transfer.Id, Cancel);
                    }

                    break;
            }

            Assert.Equal(running.Count, running.DistinctBy(transfer => transfer.Request.ItemId).Count());
        }

        // From here on everything succeeds: all of it must come to its end.
        await Store.UnparkAsync(_portal, Cancel);
        foreach (var transfer in await Store.UnverifiedAsync(Cancel))
        {
            await Store.ConfirmAsync(transfer.Id, Cancel);
        }

        Clock.Advance(TimeSpan.FromHours(1));
        do
        {
            foreach (var transfer in running)
            {
                await Store.FinishAsync(transfer.Id, answered: true, Given.Attempt(transfer.Attempt), Cancel);
            }

            running = [.. await Store.ClaimAsync(Main, 100, Cancel)];
        }
        while (running.Count > 0);

        Assert.Equal([TransferState.Failed], (await Store.CountsAsync(_portal, Cancel)).Keys);
    }

    private static Transfer Take(List<Transfer> running, Random random)
    {
        var taken = running[random.Next(running.Count)];
        running.Remove(taken);
        return taken;
    }

    private async Task<TransferId> AddAsync(long deal, DateTimeOffset? receivedAt = null)
    {
        var transfer = Given.Transfer(_portal, deal, receivedAt: receivedAt);
        Assert.True(await Store.TryAddAsync(transfer, Cancel));
        return transfer.Id;
    }

    /// <summary>Adds a transfer, and puts it off after a first attempt.</summary>
    private async Task PutOffAsync(long deal, TimeSpan pause, string connection = "main")
    {
        await Store.TryAddAsync(Given.Transfer(_portal, deal, connection: connection), Cancel);
        var claimed = Assert.Single(await Store.ClaimAsync(new Lane(_portal, connection), 1, Cancel));
        await Store.RescheduleAsync(claimed.Id, pause, Given.Attempt(failure: "NotExecuted"), Cancel);
    }

    private async Task<IEnumerable<TransferId>> ClaimIdsAsync() => (await Store.ClaimAsync(Main, 100, Cancel)).Select(transfer => transfer.Id);
}
