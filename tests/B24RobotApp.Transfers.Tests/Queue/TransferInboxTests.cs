using System.Text;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

public sealed class TransferInboxTests : IAsyncLifetime
{
    private readonly TestStorage _database = TestStorage.Make();
    private readonly FakeTimeProvider _clock = new(Given.Now);
    private readonly TransferSignal _signal = new();
    private TestStores _stores = null!;
    private TransferInbox _inbox = null!;
    private Portal _portal = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stores = _database.Stores(_clock);
        _inbox = new TransferInbox(
            _stores.Transfers, _stores.Tokens, _stores.Portals, _stores.Connections, _signal, Options.Create(new TransferOptions()), _clock,
            NullLogger<TransferInbox>.Instance);
        _portal = await _stores.Portals.SaveInstallationAsync(Given.Installation(), Cancel);
    }

    public ValueTask DisposeAsync()
    {
        _signal.Dispose();
        _database.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Trap_1_when_it_returns_the_call_is_on_disk_with_all_it_asked_for()
    {
        var id = await AcceptAsync("&properties[mode]=skip&properties[fields][0]=A%3D1&properties[fields][1]=B%3D2&timeout_duration=660");

        _database.Reopen();
        var transfer = (await _database.Stores(_clock).Transfers.FindAsync(id!.Value, Cancel))!;
        Assert.Equal((15L, 2, "t1", 16L), (transfer.Request.ItemId, transfer.Request.EntityTypeId, transfer.Request.EventToken, transfer.Request.UserId));
        Assert.Equal("""{"mode":["skip"],"fields":["A=1","B=2"]}""", transfer.Request.Properties);
        Assert.Equal(Given.Now.AddSeconds(660), transfer.Request.TimesOutAt);
        Assert.Equal(Given.Now.AddHours(72), transfer.Request.GiveUpAt);
        Assert.False(_database.Holds("access-of-the-robot"));
    }

    [Fact]
    public async Task Trap_28_an_event_that_is_delivered_again_is_one_transfer()
    {
        Assert.NotNull(await AcceptAsync());
        Assert.Null(await AcceptAsync());
    }

    [Fact]
    public async Task Without_a_connection_the_first_usable_one_is_meant()
    {
        await _stores.Connections.SaveAsync(Given.Connection("b", null, null, "portal1.bitrix24.com"), Cancel);
        await _stores.Connections.SaveAsync(Given.Connection("a", null, null, "another.bitrix24.com"), Cancel);

        var id = await AcceptAsync();

        Assert.Equal("b", (await _stores.Transfers.FindAsync(id!.Value, Cancel))!.Request.Connection);
        Assert.Equal([new Lane(_portal.Id, "b")], await WaitAsync(null, _clock, Cancel));
    }

    [Fact]
    public async Task Trap_23_the_robots_tokens_are_kept_beside_the_installers()
    {
        await AcceptAsync();

        Assert.Equal("access-of-the-robot", (await _stores.Tokens.FindAsync(Given.Owner(user: 16), Cancel))!.Access.Reveal());
        Assert.Equal("access-1", (await _stores.Tokens.FindAsync(Given.Owner(), Cancel))!.Access.Reveal());
    }

    [Fact]
    public async Task A_call_from_a_portal_that_was_lost_after_it_was_looked_up_connects_it_and_what_was_parked_goes_on()
    {
        var parked = Given.Transfer(_portal.Id, 7);
        await _stores.Transfers.TryAddAsync(parked, Cancel);
        await _stores.Transfers.ClaimAsync(new Lane(_portal.Id, "main"), 1, Cancel);
        await _stores.Transfers.ParkAsync(parked.Id, Given.Attempt(), Cancel);
        await _stores.Portals.SetStateAsync(_portal.Id, PortalState.Disconnected, "NO_TOKENS", Cancel);

        await AcceptAsync();

        Assert.Equal(PortalState.Connected, (await _stores.Portals.FindAsync(_portal.Id, Cancel))!.State);
        Assert.Equal(TransferState.Queued, (await _stores.Transfers.FindAsync(parked.Id, Cancel))!.State);
        Assert.Contains(new Lane(_portal.Id, "main"), await WaitAsync(null, _clock, Cancel));
    }

    [Fact]
    public async Task An_unverified_call_is_kept_but_neither_run_nor_are_its_tokens()
    {
        var id = await AcceptAsync(verified: false);

        Assert.Equal(TransferState.Unverified, (await _stores.Transfers.FindAsync(id!.Value, Cancel))!.State);
        Assert.Null(await _stores.Tokens.FindAsync(Given.Owner(user: 16), Cancel));
    }

    private Task<TransferId?> AcceptAsync(string further = "", bool verified = true)
    {
        var body = "workflow_id=w1&code=send_to_esb&document_id[0]=crm&document_id[1]=CCrmDocumentDeal&document_id[2]=DEAL_15"
            + "&document_type[0]=crm&document_type[1]=CCrmDocumentDeal&document_type[2]=DEAL&event_token=t1&use_subscription=Y"
            + $"&ts={Given.Now.ToUnixTimeSeconds()}&auth[access_token]=access-of-the-robot&auth[refresh_token]=refresh-of-the-robot&auth[expires_in]=3600"
            + $"&auth[member_id]={Given.Member()}&auth[user_id]=16&auth[application_token]=application-token-1&auth[domain]=portal1.bitrix24.com" + further;
        Assert.True(PhpForm.TryParse(Encoding.UTF8.GetBytes(body), new PhpFormLimits(), out var form, out var problem), problem);
        Assert.True(RobotCall.TryParse(form, _clock.GetUtcNow(), out var call, out problem), problem);
        return _inbox.AcceptAsync(_portal, call, verified, Cancel);
    }

    private async Task<List<Lane>> WaitAsync(TimeSpan? atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        var lanes = new List<Lane>();
        await _signal.WaitAsync(atMost, clock, lanes.Add, cancellationToken);
        return lanes;
    }
}
