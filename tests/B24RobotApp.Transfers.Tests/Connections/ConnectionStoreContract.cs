using B24RobotApp.Testing;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Connections;

public abstract class ConnectionStoreContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    [Fact]
    public async Task A_connection_comes_back_as_it_was_saved()
    {
        var connection = Given.Connection(portals: ["*.bitrix24.com", "box.example.com:8443"]) with
        {
            Webhooks = [Given.Webhook(), Given.Webhook("https://esb.bitrix24.com/rest/7/webhooksecret7/")],
            CreateMissingFields = true,
        };

        Assert.True(await Stores.Connections.SaveAsync(connection, Cancel));

        AssertSame(connection, await Stores.Connections.FindAsync("main", Cancel));
        Restart();
        AssertSame(connection, await Stores.Connections.FindAsync("main", Cancel));
        Assert.Null(await Stores.Connections.FindAsync("other", Cancel));
    }

    [Fact]
    public async Task Changes_and_deletions_are_seen_at_once()
    {
        await Stores.Connections.SaveAsync(Given.Connection("b"), Cancel);
        await Stores.Connections.SaveAsync(Given.Connection("a"), Cancel);
        Assert.Equal(["a", "b"], (await Stores.Connections.ListAsync(Cancel)).Select(connection => connection.Code));

        await Stores.Connections.SaveAsync(Given.Connection("a") with { Name = "Renamed" }, Cancel);
        Assert.True(await Stores.Connections.DeleteAsync("b", Cancel));
        Assert.False(await Stores.Connections.DeleteAsync("b", Cancel));

        Assert.Equal("Renamed", Assert.Single(await Stores.Connections.ListAsync(Cancel)).Name);
    }

    [Fact]
    public async Task A_code_that_is_pointed_at_another_ESB_forgets_the_links_to_the_first_one()
    {
        await Stores.Connections.SaveAsync(Given.Connection(), Cancel);
        await Stores.Links.SaveAsync([Given.Link(7), Given.Link(7, 301, LinkedEntity.Contact)], Durability.Full, Cancel);
        await Stores.Links.MarkCompleteAsync(Given.Member(), "main", Cancel);
        await Stores.Links.SaveAsync([Given.Link(7) with { Key = Given.LinkKey(7, connection: "other") }], Durability.Full, Cancel);

        // Another webhook of the same portal changes nothing; neither does a connection that goes and comes back.
        await Stores.Connections.SaveAsync(Given.Connection(webhook: Given.Webhook("https://esb.bitrix24.com/rest/7/webhooksecret7/")), Cancel);
        await Stores.Connections.DeleteAsync("main", Cancel);
        await Stores.Connections.SaveAsync(Given.Connection(), Cancel);
        Assert.Equal(2, (await Stores.Links.FindAsync([Given.LinkKey(7), Given.LinkKey(7, LinkedEntity.Contact)], Cancel)).Count);
        Assert.True(await Stores.Links.IsCompleteAsync(Given.Member(), "main", Cancel));

        await Stores.Connections.DeleteAsync("main", Cancel);
        await Stores.Connections.SaveAsync(Given.Connection(webhook: Given.Webhook("https://second.bitrix24.com/rest/1/webhooksecret1/")), Cancel);

        Assert.Empty(await Stores.Links.FindAsync([Given.LinkKey(7), Given.LinkKey(7, LinkedEntity.Contact)], Cancel));
        Assert.False(await Stores.Links.IsCompleteAsync(Given.Member(), "main", Cancel));
        Assert.Single(await Stores.Links.FindAsync([Given.LinkKey(7, connection: "other")], Cancel));
    }

    [Fact]
    public async Task A_code_belongs_to_whoever_had_it_first()
    {
        var portal = await InstallAsync();
        var other = await InstallAsync(2);
        await Stores.Connections.SaveAsync(Given.Connection("host"), Cancel);
        await Stores.Connections.SaveAsync(Given.Connection("own", owner: portal.Id), Cancel);

        Assert.False(await Stores.Connections.SaveAsync(Given.Connection("host", owner: portal.Id) with { Name = "Taken" }, Cancel));
        Assert.False(await Stores.Connections.SaveAsync(Given.Connection("own", owner: other.Id) with { Name = "Taken" }, Cancel));
        Assert.False(await Stores.Connections.SaveAsync(Given.Connection("own") with { Name = "Taken" }, Cancel));
        Assert.True(await Stores.Connections.SaveAsync(Given.Connection("own", owner: portal.Id) with { Name = "Mine" }, Cancel));

        Assert.Equal(["Head office", "Mine"], (await Stores.Connections.ListAsync(Cancel)).Select(connection => connection.Name));
    }

    [Fact]
    public async Task A_portal_may_use_its_own_connections_and_those_of_the_host_that_name_it()
    {
        var portal = await InstallAsync();
        var other = await InstallAsync(2);
        await Stores.Connections.SaveAsync(Given.Connection("all", portals: ["*.bitrix24.com"]), Cancel);
        await Stores.Connections.SaveAsync(Given.Connection("named", portals: ["portal1.bitrix24.com"]), Cancel);
        await Stores.Connections.SaveAsync(Given.Connection("nobody"), Cancel);
        await Stores.Connections.SaveAsync(Given.Connection("own", owner: portal.Id), Cancel);
        await Stores.Connections.SaveAsync(Given.Connection("theirs", owner: other.Id, portals: ["*.bitrix24.com"]), Cancel);

        Assert.Equal(["all", "named", "own"], (await Stores.Connections.UsableByAsync(portal, Cancel)).Select(connection => connection.Code));
        Assert.Equal(["all", "theirs"], (await Stores.Connections.UsableByAsync(other, Cancel)).Select(connection => connection.Code));
    }

    // A record with lists compares the lists themselves.
    private static void AssertSame(EsbConnection expected, EsbConnection? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Webhooks, actual.Webhooks);
        Assert.Equal(expected.Portals, actual.Portals);
        Assert.Equal(expected, actual with { Webhooks = expected.Webhooks, Portals = expected.Portals });
    }
}
