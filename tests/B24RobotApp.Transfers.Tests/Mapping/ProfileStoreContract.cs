using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Mapping;

public abstract class ProfileStoreContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    [Fact]
    public async Task A_changed_profile_is_a_new_version_and_an_unchanged_one_is_not()
    {
        var first = await Stores.Profiles.SaveAsync("default", """{"a":1}""", null, Cancel);
        var same = await Stores.Profiles.SaveAsync("default", """{"a":1}""", null, Cancel);
        var second = await Stores.Profiles.SaveAsync("default", """{"a":2}""", null, Cancel);

        Assert.Equal(new StoredProfile("default", 1, """{"a":1}""", null), first);
        Assert.Equal(first, same);
        Assert.Equal(new StoredProfile("default", 2, """{"a":2}""", null), second);
        Assert.Equal(second, await Stores.Profiles.FindAsync("default", Cancel));
        Restart();
        Assert.Equal(second, await Stores.Profiles.FindAsync("default", Cancel));
    }

    [Fact]
    public async Task Old_versions_can_be_looked_up_for_ever()
    {
        await Stores.Profiles.SaveAsync("default", """{"a":1}""", null, Cancel);
        await Stores.Profiles.SaveAsync("default", """{"a":2}""", null, Cancel);

        Assert.Equal("""{"a":1}""", (await Stores.Profiles.FindVersionAsync("default", 1, Cancel))?.Json);
        Assert.Null(await Stores.Profiles.FindVersionAsync("default", 3, Cancel));
    }

    [Fact]
    public async Task The_list_has_the_newest_version_of_each()
    {
        var portal = await InstallAsync();
        await Stores.Profiles.SaveAsync("z", """{"a":1}""", null, Cancel);
        await Stores.Profiles.SaveAsync("z", """{"a":2}""", null, Cancel);
        await Stores.Profiles.SaveAsync("a", "{}", portal.Id, Cancel);

        Assert.Equal(
            [new StoredProfile("a", 1, "{}", portal.Id), new StoredProfile("z", 2, """{"a":2}""", null)],
            await Stores.Profiles.ListAsync(Cancel));
    }

    [Fact]
    public async Task A_code_belongs_to_whoever_had_it_first()
    {
        var portal = await InstallAsync();
        await Stores.Profiles.SaveAsync("default", "{}", null, Cancel);

        Assert.Null(await Stores.Profiles.SaveAsync("default", """{"mine":1}""", portal.Id, Cancel));

        Assert.Equal("{}", (await Stores.Profiles.FindAsync("default", Cancel))?.Json);
    }
}
