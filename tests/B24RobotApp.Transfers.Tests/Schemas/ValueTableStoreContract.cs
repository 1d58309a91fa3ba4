using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Schemas;

public abstract class ValueTableStoreContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    [Fact]
    public async Task Entries_come_back_as_they_were_saved()
    {
        var portal = await InstallAsync();
        ValueTableEntry[] entries = [new("lists:UF_CRM_REGION", "Север", "North", "Регион"), new("stages", "C1:NEW", "NEW")];

        await Stores.Tables.SaveAsync(portal.Id, "main", entries, Cancel);
        Restart();

        var tables = await Stores.Tables.FindAsync(portal.Id, "main", Cancel);
        Assert.Equal(entries, tables.Entries);
        Assert.True(tables.TryFind("stages", "C1:NEW", out var stage));
        Assert.Equal("NEW", stage);
        Assert.False(tables.TryFind("stages", "C1:WON", out _));
    }

    [Fact]
    public async Task An_entry_is_replaced_or_removed_and_that_is_seen_at_once()
    {
        var portal = await InstallAsync();
        await Stores.Tables.SaveAsync(portal.Id, "main", [new("users", "7", "12"), new("users", "8", "13")], Cancel);
        Assert.Equal(2, (await Stores.Tables.FindAsync(portal.Id, "main", Cancel)).Entries.Count);

        await Stores.Tables.SaveAsync(portal.Id, "main", [new("users", "7", "14")], Cancel);
        Assert.True(await Stores.Tables.RemoveAsync(portal.Id, "main", "users", "8", Cancel));
        Assert.False(await Stores.Tables.RemoveAsync(portal.Id, "main", "users", "8", Cancel));

        Assert.Equal([new("users", "7", "14")], (await Stores.Tables.FindAsync(portal.Id, "main", Cancel)).Entries);
    }

    [Fact]
    public async Task Entries_of_one_portal_and_connection_never_reach_another()
    {
        var portal = await InstallAsync();
        var other = await InstallAsync(2);
        await Stores.Tables.SaveAsync(portal.Id, "main", [new("users", "7", "12")], Cancel);
        await Stores.Tables.SaveAsync(other.Id, "main", [new("users", "7", "99")], Cancel);

        Assert.Empty((await Stores.Tables.FindAsync(portal.Id, "second", Cancel)).Entries);
        Assert.Equal("12", Assert.Single((await Stores.Tables.FindAsync(portal.Id, "main", Cancel)).Entries).Esb);
        Assert.False(await Stores.Tables.RemoveAsync(portal.Id, "second", "users", "7", Cancel));

        await Stores.Tables.EraseAsync(portal.Id, Cancel);
        Assert.Empty((await Stores.Tables.FindAsync(portal.Id, "main", Cancel)).Entries);
        Assert.Single((await Stores.Tables.FindAsync(other.Id, "main", Cancel)).Entries);
    }

    [Theory]
    [InlineData("stages", true)]
    [InlineData("lists:UF_CRM_X", true)]
    [InlineData("statuses:INDUSTRY", true)]
    [InlineData("lists", false)]
    [InlineData("lists:", false)]
    [InlineData("stage", false)]
    public void Only_what_can_be_a_table_is_one(string kind, bool expected) => Assert.Equal(expected, ValueTables.IsKind(kind));
}
