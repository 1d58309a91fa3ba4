using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Storage;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

public sealed class LinkImportTests : IAsyncLifetime
{
    private PortalPair _pair = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task Deals_of_this_portal_become_links_others_and_those_of_mode_create_do_not()
    {
        var first = AddEsb("15");
        AddEsb("16:0123456789abcdef0123456789abcdef");
        AddEsb("17", "b24:00000000000000000000000000000001");
        AddEsb("15");

        Assert.True(await ImportAsync());

        Assert.Equal(first, (await FindAsync(15))!.EsbId);
        Assert.Null(await FindAsync(16));
        Assert.Null(await FindAsync(17));
    }

    [Fact]
    public async Task Once_complete_the_esb_is_not_asked_again()
    {
        await ImportAsync();
        _pair.Esb.Journal.Clear();

        Assert.True(await ImportAsync());

        Assert.Equal(0, _pair.Esb.Journal.RequestCount);
    }

    [Fact]
    public async Task More_deals_than_one_batch_lists_are_all_linked()
    {
        for (var deal = 1; deal <= 2600; deal++)
        {
            AddEsb($"{deal}");
        }

        Assert.True(await ImportAsync());

        Assert.NotNull(await FindAsync(1));
        Assert.NotNull(await FindAsync(2600));
        Assert.Equal(3, _pair.Esb.Journal.RequestCount);
    }

    [Fact]
    public async Task What_is_known_already_is_not_replaced_by_an_older_copy()
    {
        AddEsb("15");
        await _pair.Stores.Links.SaveAsync([new Link(_pair.DealKey(15), 4711, "a.b.c")], Durability.Full, Cancel);

        await ImportAsync();

        Assert.Equal((4711L, "a.b.c"), ((await FindAsync(15))!.EsbId, (await FindAsync(15))!.Hash));
    }

    [Fact]
    public async Task An_esb_that_does_not_answer_leaves_it_incomplete()
    {
        AddEsb("15");
        _pair.Esb.Faults.Add(new FaultRule(FaultKind.BadGatewayBefore, count: 1));

        await Assert.ThrowsAsync<Bitrix24Exception>(ImportAsync);

        Assert.True(await ImportAsync());
        Assert.NotNull(await FindAsync(15));
    }

    private long AddEsb(string origin, string? originator = null) => Add(
        _pair.Esb, 2, new JsonObject { ["title"] = "Раньше", ["originatorId"] = originator ?? $"b24:{_pair.Source.MemberId}", ["originId"] = origin });

    private Task<bool> ImportAsync() => _pair.Import.IsCompleteAsync(_pair.Portal, _pair.Connection, Cancel);

    private async Task<Link?> FindAsync(long deal) => (await _pair.Stores.Links.FindAsync([_pair.DealKey(deal)], Cancel)).GetValueOrDefault(_pair.DealKey(deal));
}
