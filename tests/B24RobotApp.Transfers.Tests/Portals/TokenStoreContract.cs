using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Portals;

public abstract class TokenStoreContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    [Fact]
    public async Task Tokens_of_different_users_are_never_mixed()
    {
        await InstallAsync();
        await InstallAsync(2);
        await Stores.Tokens.SaveAsync(Given.Owner(1, 2), Given.Tokens("access-2", "refresh-2"), Cancel);

        Assert.Equal(Given.Tokens(), await Stores.Tokens.FindAsync(Given.Owner(1, 1), Cancel));
        Assert.Equal(Given.Tokens("access-2", "refresh-2"), await Stores.Tokens.FindAsync(Given.Owner(1, 2), Cancel));
        Assert.Null(await Stores.Tokens.FindAsync(Given.Owner(2, 2), Cancel));
    }

    [Fact]
    public async Task A_saved_pair_replaces_the_other_as_a_whole_and_survives_a_restart()
    {
        await InstallAsync();
        await Stores.Tokens.FindAsync(Given.Owner(), Cancel);

        await Stores.Tokens.SaveAsync(Given.Owner(), Given.Tokens("access-2", refresh: null, Given.Now.AddMinutes(5)), Cancel);

        Assert.Equal(Given.Tokens("access-2", null, Given.Now.AddMinutes(5)), await Stores.Tokens.FindAsync(Given.Owner(), Cancel));
        Restart();
        Assert.Equal(Given.Tokens("access-2", null, Given.Now.AddMinutes(5)), await Stores.Tokens.FindAsync(Given.Owner(), Cancel));
    }

    [Fact]
    public async Task Tokens_of_an_unknown_portal_are_not_kept()
    {
        await Stores.Tokens.SaveAsync(Given.Owner(9), Given.Tokens(), Cancel);

        Assert.Null(await Stores.Tokens.FindAsync(Given.Owner(9), Cancel));
    }

    [Fact]
    public async Task Dead_tokens_are_not_found_until_new_ones_come()
    {
        await InstallAsync();
        await Stores.Tokens.FindAsync(Given.Owner(), Cancel);

        await Stores.Tokens.MarkDeadAsync(Given.Owner(), Cancel);
        Assert.Null(await Stores.Tokens.FindAsync(Given.Owner(), Cancel));
        await Stores.Tokens.SaveAsync(Given.Owner(), Given.Tokens("access-2"), Cancel);

        Assert.Equal(new AccessToken("access-2"), (await Stores.Tokens.FindAsync(Given.Owner(), Cancel))?.Access);
    }

    [Theory]
    [InlineData(-10, "access-1")]
    [InlineData(0, "access-1")]
    [InlineData(4, "access-1")]
    [InlineData(5, "access-2")]
    [InlineData(55, "access-2")]
    public async Task A_token_that_a_call_brings_is_kept_if_it_ends_five_minutes_later_or_more(int minutesLater, string kept)
    {
        await InstallAsync();

        await Stores.Tokens.KeepAsync(Given.Owner(), Given.Tokens("access-2", "refresh-2", Given.Now.AddMinutes(60 + minutesLater)), Cancel);

        Assert.Equal(new AccessToken(kept), (await Stores.Tokens.FindAsync(Given.Owner(), Cancel))?.Access);
    }

    [Fact]
    public async Task A_call_that_brings_no_refresh_token_leaves_the_stored_one()
    {
        await InstallAsync();

        await Stores.Tokens.KeepAsync(Given.Owner(), Given.Tokens("access-2", refresh: null, Given.Now.AddHours(2)), Cancel);

        Assert.Equal(Given.Tokens("access-2", "refresh-1", Given.Now.AddHours(2)), await Stores.Tokens.FindAsync(Given.Owner(), Cancel));
    }

    [Fact]
    public async Task A_dead_refresh_token_does_not_come_back_with_the_access_token_of_a_call()
    {
        await InstallAsync();
        await Stores.Tokens.MarkDeadAsync(Given.Owner(), Cancel);

        await Stores.Tokens.KeepAsync(Given.Owner(), Given.Tokens("access-2", refresh: null, Given.Now.AddMinutes(30)), Cancel);

        Assert.Equal(Given.Tokens("access-2", null, Given.Now.AddMinutes(30)), await Stores.Tokens.FindAsync(Given.Owner(), Cancel));
    }

    [Fact]
    public async Task Of_tokens_that_come_at_the_same_time_the_newest_stays()
    {
        await InstallAsync();
        var minutes = Enumerable.Range(70, 40).ToArray();
        new Random(7).Shuffle(minutes);

        await Task.WhenAll(minutes.Select(minute => Task.Run(
            () => Stores.Tokens.KeepAsync(Given.Owner(), Given.Tokens($"access-{minute}", $"refresh-{minute}", Given.Now.AddMinutes(minute)), Cancel), Cancel)));

        // One that ends less than five minutes after the stored one is not worth a write, so the very last may be missing.
        var kept = await Stores.Tokens.FindAsync(Given.Owner(), Cancel);
        Assert.InRange(kept!.ExpiresAt, Given.Now.AddMinutes(105), Given.Now.AddMinutes(109));
        Assert.Equal($"refresh-{(kept.ExpiresAt - Given.Now).TotalMinutes}", kept.Refresh?.Reveal());
    }

    [Fact]
    public async Task The_freshest_are_those_of_the_first_preferred_user_who_has_living_ones()
    {
        var portal = await InstallAsync();
        await Stores.Tokens.SaveAsync(Given.Owner(user: 2), Given.Tokens("access-2", "refresh-2", Given.Now.AddMinutes(10)), Cancel);
        await Stores.Tokens.SaveAsync(Given.Owner(user: 3), Given.Tokens("access-3", "refresh-3", Given.Now.AddHours(5)), Cancel);
        await Stores.Tokens.SaveAsync(Given.Owner(user: 4), Given.Tokens("access-4", null, Given.Now.AddMinutes(-1)), Cancel);
        await Stores.Tokens.MarkDeadAsync(Given.Owner(user: 1), Cancel);

        Assert.Equal(2, (await Stores.Tokens.FreshestAsync(portal.Id, [1, 4, 2, 3], Cancel))?.Owner.UserId);
        Assert.Equal(3, (await Stores.Tokens.FreshestAsync(portal.Id, [1, 77], Cancel))?.Owner.UserId);
        Assert.Equal(Given.Tokens("access-3", "refresh-3", Given.Now.AddHours(5)), (await Stores.Tokens.FreshestAsync(portal.Id, [], Cancel))?.Tokens);
    }

    [Fact]
    public async Task There_are_no_freshest_tokens_when_all_are_dead()
    {
        var portal = await InstallAsync();
        await Stores.Tokens.MarkDeadAsync(Given.Owner(), Cancel);

        Assert.Null(await Stores.Tokens.FreshestAsync(portal.Id, [1], Cancel));
    }

    [Fact]
    public async Task Reading_while_tokens_are_replaced_never_leaves_the_old_pair_behind()
    {
        await InstallAsync();

        for (var i = 0; i < 100; i++)
        {
            var reading = Task.Run(() => Stores.Tokens.FindAsync(Given.Owner(), Cancel).AsTask(), Cancel);
            await Stores.Tokens.SaveAsync(Given.Owner(), Given.Tokens($"access-{i}", $"refresh-{i}"), Cancel);
            await reading;
            Assert.Equal(Given.Tokens($"access-{i}", $"refresh-{i}"), await Stores.Tokens.FindAsync(Given.Owner(), Cancel));
        }
    }
}
