using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Tests.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Portals;

public abstract class PortalStoreContract<TProvider> : StoreContract<TProvider>
    where TProvider : StoreProvider, new()
{
    [Fact]
    public async Task An_installation_makes_a_connected_portal_with_the_installer_s_tokens()
    {
        var portal = await Stores.Portals.SaveInstallationAsync(Given.Installation(address: "https://acme.bitrix24.com/", installer: 5), Cancel);

        Assert.Equal(
            new Portal
            {
                Id = portal.Id,
                MemberId = Given.Member(),
                Address = new Uri("https://acme.bitrix24.com/"),
                OAuthServer = new Uri("https://oauth.bitrix.info/"),
                State = PortalState.Connected,
                InstallerUserId = 5,
                Language = "en",
                InstalledAt = Given.Now,
            },
            portal);
        Assert.Equal(portal, await Stores.Portals.FindAsync(Given.Member(), Cancel));
        Assert.Equal(portal, await Stores.Portals.FindAsync(portal.Id, Cancel));
        Assert.Equal(Given.Tokens(), await Stores.Tokens.FindAsync(Given.Owner(user: 5), Cancel));
        Restart();
        Assert.Equal(portal, await Stores.Portals.FindAsync(Given.Member(), Cancel));
    }

    [Fact]
    public async Task An_unknown_portal_is_not_found()
    {
        await InstallAsync();

        Assert.Null(await Stores.Portals.FindAsync(Given.Member(2), Cancel));
        Assert.Null(await Stores.Portals.FindAsync(new PortalId(99), Cancel));
    }

    [Fact]
    public async Task A_portal_that_installs_again_is_the_same_portal_connected_with_the_new_administrator_s_tokens()
    {
        var first = await InstallAsync();
        await Stores.Tokens.FindAsync(Given.Owner(), Cancel);
        await Stores.Portals.UninstallAsync(first.Id, Given.Now.AddDays(1), Cancel);
        Clock.Advance(TimeSpan.FromHours(1));

        var again = await Stores.Portals.SaveInstallationAsync(
            Given.Installation(address: "https://renamed.bitrix24.com/", installer: 1, tokens: Given.Tokens("access-2", "refresh-2")), Cancel);

        Assert.Equal(first.Id, again.Id);
        Assert.Equal(PortalState.Connected, again.State);
        Assert.Equal(new Uri("https://renamed.bitrix24.com/"), again.Address);
        Assert.Null(again.EraseAt);
        Assert.Equal(Given.Now.AddHours(1), again.InstalledAt);
        Assert.Equal(new AccessToken("access-2"), (await Stores.Tokens.FindAsync(Given.Owner(), Cancel))?.Access);
        Assert.Single(await Stores.Portals.ListAsync(Cancel));
    }

    [Fact]
    public async Task Taking_over_a_portal_that_is_installed_keeps_when_it_was_installed()
    {
        await InstallAsync();
        Clock.Advance(TimeSpan.FromHours(1));

        var again = await Stores.Portals.SaveInstallationAsync(Given.Installation(installer: 8), Cancel);

        Assert.Equal(Given.Now, again.InstalledAt);
        Assert.Equal(8, again.InstallerUserId);
    }

    [Fact]
    public async Task The_application_token_is_recognised_and_no_other()
    {
        var portal = await InstallAsync();
        var other = await Stores.Portals.SaveInstallationAsync(Given.Installation(2, applicationToken: "application-token-2"), Cancel);

        Assert.True(await Stores.Portals.IsApplicationTokenAsync(portal.Id, new ApplicationToken("application-token-1"), Cancel));
        Assert.False(await Stores.Portals.IsApplicationTokenAsync(portal.Id, new ApplicationToken("application-token-2"), Cancel));
        Assert.False(await Stores.Portals.IsApplicationTokenAsync(other.Id, new ApplicationToken("application-token-1"), Cancel));
        Assert.False(await Stores.Portals.IsApplicationTokenAsync(new PortalId(99), new ApplicationToken("application-token-1"), Cancel));
    }

    [Fact]
    public async Task A_portal_without_an_application_token_recognises_none_until_one_is_saved()
    {
        var portal = await Stores.Portals.SaveInstallationAsync(Given.Installation(applicationToken: null), Cancel);
        Assert.False(await Stores.Portals.HasApplicationTokenAsync(portal.Id, Cancel));
        Assert.False(await Stores.Portals.IsApplicationTokenAsync(portal.Id, new ApplicationToken("application-token-1"), Cancel));

        await Stores.Portals.SaveApplicationTokenAsync(portal.Id, new ApplicationToken("application-token-1"), Cancel);

        Assert.True(await Stores.Portals.HasApplicationTokenAsync(portal.Id, Cancel));
        Assert.True(await Stores.Portals.IsApplicationTokenAsync(portal.Id, new ApplicationToken("application-token-1"), Cancel));
    }

    [Fact]
    public async Task An_installation_that_brings_no_application_token_leaves_the_stored_one()
    {
        var portal = await InstallAsync();

        await Stores.Portals.SaveInstallationAsync(Given.Installation(applicationToken: null), Cancel);

        Assert.True(await Stores.Portals.IsApplicationTokenAsync(portal.Id, new ApplicationToken("application-token-1"), Cancel));
    }

    [Fact]
    public async Task Credentials_make_tokens_renewable()
    {
        var portal = await InstallAsync();
        Assert.False(portal.HasCredentials);
        Assert.Null(await Stores.Tokens.FindAuthorityAsync(portal.MemberId, Cancel));

        await Stores.Portals.SaveCredentialsAsync(portal.Id, Given.Credentials(), Cancel);

        var authority = await Stores.Tokens.FindAuthorityAsync(portal.MemberId, Cancel);
        Assert.Equal(new Uri("https://oauth.bitrix.info/"), authority?.Server);
        Assert.Equal(Given.Credentials(), authority?.Application);
        var after = await Stores.Portals.FindAsync(portal.Id, Cancel);
        Assert.Equal("local.1", after?.ClientId);
        Assert.True(after?.HasCredentials);
    }

    [Fact]
    public async Task A_client_id_alone_is_kept_and_drops_the_secret_of_another_one_only()
    {
        var portal = await InstallAsync();
        await Stores.Portals.SaveCredentialsAsync(portal.Id, Given.Credentials("local.1"), Cancel);

        await Stores.Portals.SaveClientIdAsync(portal.Id, "local.1", Cancel);
        Assert.True((await Stores.Portals.FindAsync(portal.Id, Cancel))?.HasCredentials);
        await Stores.Portals.SaveClientIdAsync(portal.Id, "local.2", Cancel);

        var after = await Stores.Portals.FindAsync(portal.Id, Cancel);
        Assert.Equal("local.2", after?.ClientId);
        Assert.False(after?.HasCredentials);
        Assert.Null(await Stores.Tokens.FindAuthorityAsync(portal.MemberId, Cancel));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("local.1", true)]
    [InlineData("local.2", false)]
    public async Task An_installation_by_another_client_id_drops_the_secret(string? clientId, bool keeps)
    {
        var portal = await InstallAsync();
        await Stores.Portals.SaveCredentialsAsync(portal.Id, Given.Credentials("local.1"), Cancel);

        var again = await Stores.Portals.SaveInstallationAsync(Given.Installation(clientId: clientId), Cancel);

        Assert.Equal(keeps, again.HasCredentials);
        Assert.Equal(clientId ?? "local.1", again.ClientId);
    }

    [Fact]
    public async Task What_is_learnt_of_a_portal_is_seen_at_once_and_after_a_restart()
    {
        var portal = await InstallAsync();

        await Stores.Portals.SetStateAsync(portal.Id, PortalState.Disconnected, "invalid_grant", Cancel);
        await Stores.Portals.SetAddressAsync(portal.Id, new Uri("https://moved.bitrix24.com/"), Cancel);
        await Stores.Portals.SetLanguageAsync(portal.Id, "ru", Cancel);
        await Stores.Portals.SetInstallerAsync(portal.Id, 12, Cancel);
        await Stores.Portals.SetEraseAtAsync(portal.Id, Given.Now.AddDays(3), Cancel);

        var expected = portal with
        {
            State = PortalState.Disconnected,
            StateReason = "invalid_grant",
            Address = new Uri("https://moved.bitrix24.com/"),
            Language = "ru",
            InstallerUserId = 12,
            EraseAt = Given.Now.AddDays(3),
        };
        Assert.Equal(expected, await Stores.Portals.FindAsync(portal.MemberId, Cancel));
        Restart();
        Assert.Equal(expected, await Stores.Portals.FindAsync(portal.MemberId, Cancel));
    }

    [Fact]
    public async Task Registrations_are_kept_per_portal_and_forgotten_with_the_app_s_deletion()
    {
        var portal = await InstallAsync();
        var other = await InstallAsync(2);
        await Stores.Portals.SaveRegistrationAsync(portal.Id, "robot:send_to_esb", "hash-1", Cancel);
        await Stores.Portals.SaveRegistrationAsync(portal.Id, "robot:send_to_esb", "hash-2", Cancel);
        await Stores.Portals.SaveRegistrationAsync(portal.Id, "placement:tab", "hash-3", Cancel);
        await Stores.Portals.SaveRegistrationAsync(other.Id, "robot:send_to_esb", "hash-4", Cancel);
        await Stores.Portals.DeleteRegistrationAsync(portal.Id, "placement:tab", Cancel);

        Assert.Equal(new Dictionary<string, string> { ["robot:send_to_esb"] = "hash-2" }, await Stores.Portals.RegistrationsAsync(portal.Id, Cancel));
        await Stores.Portals.UninstallAsync(portal.Id, null, Cancel);

        Assert.Empty(await Stores.Portals.RegistrationsAsync(portal.Id, Cancel));
        Assert.Single(await Stores.Portals.RegistrationsAsync(other.Id, Cancel));
        Assert.Equal(PortalState.Uninstalled, (await Stores.Portals.FindAsync(portal.Id, Cancel))?.State);
    }

    [Fact]
    public async Task Reading_while_others_write_never_leaves_an_old_state_behind()
    {
        var portal = await InstallAsync();

        for (var i = 0; i < 100; i++)
        {
            var reading = Task.Run(() => Stores.Portals.FindAsync(portal.Id, Cancel).AsTask(), Cancel);
            await Stores.Portals.SetInstallerAsync(portal.Id, i, Cancel);
            Assert.Equal(i, (await Stores.Portals.FindAsync(portal.Id, Cancel))?.InstallerUserId);
            await reading;
            Assert.Equal(i, (await Stores.Portals.FindAsync(portal.Id, Cancel))?.InstallerUserId);
        }
    }
}
