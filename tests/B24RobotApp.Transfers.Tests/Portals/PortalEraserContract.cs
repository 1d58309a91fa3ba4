using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Portals;

public abstract class PortalEraserContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    [Fact]
    public async Task Nothing_is_erased_before_its_time()
    {
        var portal = await FilledPortalAsync();
        await Stores.Portals.UninstallAsync(portal.Id, Given.Now.AddDays(1), Cancel);

        Assert.Empty(await Stores.Eraser.EraseDueAsync(Given.Now.AddHours(23), Cancel));

        Assert.NotNull(await Stores.Tokens.FindAsync(Given.Owner(), Cancel));
        Assert.NotNull(await Stores.Transfers.FindByEventTokenAsync(portal.Id, "event-1", Cancel));
    }

    [Fact]
    public async Task What_is_due_is_erased_except_for_the_links()
    {
        var portal = await FilledPortalAsync();
        await Stores.Portals.UninstallAsync(portal.Id, Given.Now.AddDays(1), Cancel);

        var erased = await Stores.Eraser.EraseDueAsync(Given.Now.AddDays(1), Cancel);

        Assert.Equal(portal.Id, Assert.Single(erased).Id);
        Assert.Null(await Stores.Tokens.FindAsync(Given.Owner(), Cancel));
        Assert.Null(await Stores.Transfers.FindByEventTokenAsync(portal.Id, "event-1", Cancel));
        Assert.Null(await Stores.Connections.FindAsync("own", Cancel));
        Assert.Null(await Stores.Profiles.FindAsync("own", Cancel));
        Assert.Empty((await Stores.Tables.FindAsync(portal.Id, "own", Cancel)).Entries);
        Assert.Null(await Stores.Tokens.FindAuthorityAsync(portal.MemberId, Cancel));
        Assert.False(await Stores.Portals.IsApplicationTokenAsync(portal.Id, new ApplicationToken("application-token-1"), Cancel));
        Assert.Single(await Stores.Links.FindAsync([Given.LinkKey()], Cancel));
        Assert.Empty(await Stores.Eraser.EraseDueAsync(Given.Now.AddDays(2), Cancel));
    }

    [Fact]
    public async Task Others_lose_nothing()
    {
        var portal = await FilledPortalAsync();
        var other = await InstallAsync(2);
        await Stores.Transfers.TryAddAsync(Given.Transfer(other.Id, eventToken: "other"), Cancel);
        await Stores.Connections.SaveAsync(Given.Connection("host"), Cancel);
        await Stores.Profiles.SaveAsync("default", "{}", null, Cancel);
        await Stores.Portals.UninstallAsync(portal.Id, Given.Now, Cancel);

        await Stores.Eraser.EraseDueAsync(Given.Now, Cancel);

        Assert.NotNull(await Stores.Tokens.FindAsync(Given.Owner(2), Cancel));
        Assert.NotNull(await Stores.Transfers.FindByEventTokenAsync(other.Id, "other", Cancel));
        Assert.NotNull(await Stores.Connections.FindAsync("host", Cancel));
        Assert.NotNull(await Stores.Profiles.FindAsync("default", Cancel));
    }

    [Fact]
    public async Task A_portal_that_comes_back_in_time_keeps_everything()
    {
        var portal = await FilledPortalAsync();
        await Stores.Portals.UninstallAsync(portal.Id, Given.Now.AddDays(1), Cancel);
        await InstallAsync();

        Assert.Empty(await Stores.Eraser.EraseDueAsync(Given.Now.AddDays(2), Cancel));

        Assert.NotNull(await Stores.Connections.FindAsync("own", Cancel));
    }

    private async Task<Portal> FilledPortalAsync()
    {
        var portal = await InstallAsync();
        await Stores.Portals.SaveCredentialsAsync(portal.Id, Given.Credentials(), Cancel);
        await Stores.Transfers.TryAddAsync(Given.Transfer(portal.Id, eventToken: "event-1"), Cancel);
        await Stores.Connections.SaveAsync(Given.Connection("own", owner: portal.Id), Cancel);
        await Stores.Profiles.SaveAsync("own", "{}", portal.Id, Cancel);
        await Stores.Tables.SaveAsync(portal.Id, "own", [new("users", "7", "12")], Cancel);
        await Stores.Links.SaveAsync([Given.Link()], Durability.Full, Cancel);

        // So that the caches hold them.
        await Stores.Tokens.FindAsync(Given.Owner(), Cancel);
        await Stores.Connections.FindAsync("own", Cancel);
        await Stores.Profiles.FindAsync("own", Cancel);
        return portal;
    }
}
