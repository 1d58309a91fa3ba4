using B24RobotApp.Testing;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Links;

public abstract class LinkStoreContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    [Fact]
    public async Task Links_are_found_by_portal_connection_kind_and_id()
    {
        await Stores.Links.SaveAsync([Given.Link(7, 701), Given.Link(7, 301, LinkedEntity.Contact, hash: null)], Durability.Full, Cancel);
        Restart();

        var found = await Stores.Links.FindAsync(
            [
                Given.LinkKey(7),
                Given.LinkKey(7, LinkedEntity.Contact),
                Given.LinkKey(7, LinkedEntity.Company),
                Given.LinkKey(8),
                Given.LinkKey(7, member: 2),
                Given.LinkKey(7, connection: "other"),
            ],
            Cancel);

        Assert.Equal(2, found.Count);
        Assert.Equal(Given.Link(7, 701), found[Given.LinkKey(7)]);
        Assert.Equal(Given.Link(7, 301, LinkedEntity.Contact, hash: null), found[Given.LinkKey(7, LinkedEntity.Contact)]);
    }

    [Fact]
    public async Task A_link_that_is_saved_again_replaces_the_earlier_one()
    {
        await Stores.Links.SaveAsync([Given.Link(7, 701, hash: "old")], Durability.Relaxed, Cancel);

        await Stores.Links.SaveAsync([Given.Link(7, 702, hash: "new")], Durability.Relaxed, Cancel);

        Assert.Equal(Given.Link(7, 702, hash: "new"), Assert.Single(await Stores.Links.FindAsync([Given.LinkKey(7)], Cancel)).Value);
    }

    [Fact]
    public async Task A_deleted_link_is_gone()
    {
        await Stores.Links.SaveAsync([Given.Link(7), Given.Link(8)], Durability.Full, Cancel);

        await Stores.Links.DeleteAsync(Given.LinkKey(7), Cancel);

        Assert.Equal(Given.LinkKey(8), Assert.Single(await Stores.Links.FindAsync([Given.LinkKey(7), Given.LinkKey(8)], Cancel)).Key);
    }

    [Fact]
    public async Task Whether_the_links_are_complete_is_known_per_portal_and_connection()
    {
        await Stores.Links.MarkCompleteAsync(Given.Member(), "main", Cancel);
        await Stores.Links.MarkCompleteAsync(Given.Member(), "main", Cancel);

        Assert.True(await Stores.Links.IsCompleteAsync(Given.Member(), "main", Cancel));
        Assert.False(await Stores.Links.IsCompleteAsync(Given.Member(), "other", Cancel));
        Assert.False(await Stores.Links.IsCompleteAsync(Given.Member(2), "main", Cancel));
    }
}
