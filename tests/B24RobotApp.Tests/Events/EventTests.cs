using System.Net;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Tests.Events;

public sealed class EventTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Bitrix24Stub _bitrix24 = new();

    public void Dispose() => _bitrix24.Dispose();

    [Fact]
    public async Task An_uninstalled_portal_keeps_its_data_unless_it_asked_for_deletion()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);

        using var response = await app.PostAsync("/events", Posts.Event(_bitrix24, "ONAPPUNINSTALL", null, ("data[CLEAN]", "0")));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var portal = await app.PortalAsync();
        Assert.Equal(PortalState.Uninstalled, portal.State);
        Assert.Null(portal.EraseAt);
    }

    [Fact]
    public async Task With_clean_its_secrets_are_erased_after_the_time_of_grace_and_not_before()
    {
        await using var app = await TestApp.StartAsync(_bitrix24, new() { ["App:EraseAfter"] = "2.00:00:00" });
        await app.InstallAsync(_bitrix24);
        var owner = new TokenOwner(MemberId.Parse(Bitrix24Stub.Member), 1);

        using var response = await app.PostAsync("/events", Posts.Event(_bitrix24, "ONAPPUNINSTALL", null, ("data[CLEAN]", "1")));

        Assert.Equal(app.Clock.GetUtcNow().AddDays(2).ToUnixTimeSeconds(), (await app.PortalAsync()).EraseAt?.ToUnixTimeSeconds());
        app.Clock.Advance(TimeSpan.FromDays(1));
        Assert.NotNull(await app.Get<TokenStore>().FindAsync(owner, TestContext.Current.CancellationToken));
        await Eventually.Async(
            async () =>
            {
                app.Clock.Advance(TimeSpan.FromHours(6));
                return await app.Get<TokenStore>().FindAsync(owner, TestContext.Current.CancellationToken) is null;
            },
            Limit,
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_transfer_that_finds_the_tokens_of_a_deleted_app_dead_does_not_make_it_a_disconnected_one()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        using var response = await app.PostAsync("/events", Posts.Event(_bitrix24, "ONAPPUNINSTALL"));

        await app.Portals.SetStateAsync((await app.PortalAsync()).Id, PortalState.Disconnected, "NO_TOKENS", TestContext.Current.CancellationToken);

        Assert.Equal(PortalState.Uninstalled, (await app.PortalAsync()).State);
    }

    [Fact]
    public async Task An_uninstallation_by_mistake_is_taken_back_by_installing_again()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        using var response = await app.PostAsync("/events", Posts.Event(_bitrix24, "ONAPPUNINSTALL", null, ("data[CLEAN]", "1")));

        await app.InstallAsync(_bitrix24);

        var portal = await app.PortalAsync();
        Assert.Equal(PortalState.Connected, portal.State);
        Assert.Null(portal.EraseAt);
    }

    [Theory]
    [InlineData("ONAPPUNINSTALL")]
    [InlineData("ONAPPUPDATE")]
    public async Task An_event_with_a_wrong_application_token_changes_nothing(string name)
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);

        using var response = await app.PostAsync("/events", Posts.Event(_bitrix24, name, null, ("auth[application_token]", "another-token")));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(PortalState.Connected, (await app.PortalAsync()).State);
    }

    [Fact]
    public async Task An_event_of_an_unknown_portal_is_refused()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.PostAsync("/events", Posts.Event(_bitrix24, "ONAPPUNINSTALL"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task An_update_of_the_app_brings_robots_back_and_may_bring_a_new_application_token()
    {
        await using var app = await TestApp.StartAsync(_bitrix24);
        await app.InstallAsync(_bitrix24);
        _bitrix24.Robots.Clear();
        _bitrix24.Events.Clear();

        using var response = await app.PostAsync(
            "/events", Posts.Event(_bitrix24, "ONAPPUPDATE", _bitrix24.Issue(), ("auth[application_token]", "new-token")));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(await app.Portals.IsApplicationTokenAsync((await app.PortalAsync()).Id, new ApplicationToken("new-token"), TestContext.Current.CancellationToken));
        await Eventually.Async(() => _bitrix24.Robots.ContainsKey("send_to_esb"), Limit, TestContext.Current.CancellationToken);
        await Eventually.Async(() => _bitrix24.Events.Count == 2, Limit, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("event", null)]
    [InlineData("event", "not a name")]
    [InlineData("auth[member_id]", "nobody")]
    public async Task An_event_that_makes_no_sense_is_refused(string field, string? value)
    {
        await using var app = await TestApp.StartAsync(_bitrix24);

        using var response = await app.PostAsync("/events", Posts.Event(_bitrix24, "ONAPPUPDATE", null, (field, value)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }
}
