using B24RobotApp.Testing;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Links;

public abstract class UnsettledClientsContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    [Fact]
    public async Task A_create_that_is_under_way_is_known_by_each_of_its_names_even_after_a_restart()
    {
        await Stores.UnsettledClients.NoteAsync(["phone", "mail"], Cancel);
        Clock.Advance(TimeSpan.FromSeconds(25));
        await Stores.UnsettledClients.NoteAsync(["mail"], Cancel);

        Assert.Equal(Given.Now.AddSeconds(65), await Stores.UnsettledClients.FindAsync(["phone", "other"], Cancel));
        Assert.Equal(Given.Now.AddSeconds(90), await Stores.UnsettledClients.FindAsync(["phone", "mail"], Cancel));
        Assert.Null(await Stores.UnsettledClients.FindAsync(["other"], Cancel));

        // Until it ended, the process before may have sent them.
        Clock.Advance(TimeSpan.FromSeconds(30));
        Restart();
        Assert.Equal(Given.Now.AddSeconds(120), await Stores.UnsettledClients.FindAsync(["phone"], Cancel));
        Assert.Null(await Stores.UnsettledClients.FindAsync(["other"], Cancel));
    }

    [Fact]
    public async Task It_is_over_when_it_was_answered_or_its_time_has_passed()
    {
        await Stores.UnsettledClients.NoteAsync(["answered", "passed"], Cancel);

        await Stores.UnsettledClients.ForgetAsync(["answered"], Cancel);
        Assert.Null(await Stores.UnsettledClients.FindAsync(["answered"], Cancel));
        Assert.NotNull(await Stores.UnsettledClients.FindAsync(["passed"], Cancel));
        Clock.Advance(TimeSpan.FromSeconds(65));

        Assert.Null(await Stores.UnsettledClients.FindAsync(["passed"], Cancel));
    }
}
