using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

public sealed class KeyRenewalTests : IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly DirectoryInfo _keys = Directory.CreateTempSubdirectory("b24robot-keys-test-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _database.Dispose();
        _keys.Delete(recursive: true);
    }

    [Fact]
    public async Task Everything_is_closed_with_the_newest_key_and_opens_without_the_older_ones()
    {
        using var before = OpenRing();
        var portal = await FillAsync(before);
        Assert.Single(_keys.GetFiles());
        var old = _keys.GetFiles().Single();
        using var after = AddKey(before);

        var renewed = await new KeyRenewal(_database.Open(), ProtectionOf(after)).RunAsync(Cancel);
        old.Delete();

        // Two pairs of tokens, two client secrets, the webhooks of a connection.
        Assert.Equal((7, 0), (renewed.Renewed, renewed.Unreadable));
        Assert.All(await CiphertextsAsync(), ciphertext => Assert.Equal(renewed.Key, SecretPurpose.KeyOf(ciphertext)));
        using var later = OpenRing();
        var stores = StoresWith(later);
        Assert.Equal("refresh-2", (await stores.Tokens.FindAsync(Given.Owner(user: 2), Cancel))!.Refresh!.Reveal());
        Assert.NotNull((await stores.Tokens.FindAuthorityAsync(portal.MemberId, Cancel))!.Former);
        Assert.NotEmpty((await stores.Connections.ListAsync(Cancel)).Single().Webhooks);
    }

    [Fact]
    public async Task What_a_server_writes_meanwhile_is_not_put_back()
    {
        using var before = OpenRing();
        await FillAsync(before);
        var server = StoresWith(before);
        using var after = AddKey(before);
        var renewal = new KeyRenewal(_database.Open(), ProtectionOf(after));
        var last = 0;
        var writing = Task.Run(
            async () =>
            {
                for (; last < 200; last++)
                {
                    await server.Tokens.SaveAsync(Given.Owner(user: 2), Given.Tokens($"access-{last}", $"refresh-{last}"), Cancel);
                }
            },
            Cancel);
        while (!writing.IsCompleted)
        {
            await renewal.RunAsync(Cancel);
        }

        await writing;
        var stored = (await StoresWith(after).Tokens.FindAsync(Given.Owner(user: 2), Cancel))!;
        Assert.Equal(($"access-{last - 1}", $"refresh-{last - 1}"), (stored.Access.Reveal(), stored.Refresh!.Reveal()));
    }

    [Fact]
    public async Task What_no_key_opens_stays_as_it_is_and_is_counted()
    {
        using (var lost = OpenRing())
        {
            await FillAsync(lost);
        }

        _keys.GetFiles().Single().Delete();
        var before = await CiphertextsAsync();
        using var other = OpenRing();

        var renewed = await new KeyRenewal(_database.Open(), ProtectionOf(other)).RunAsync(Cancel);

        Assert.Equal((null, 0), (renewed.Key, renewed.Renewed));
        Assert.InRange(renewed.Unreadable, 4, 7);
        Assert.Equal(before, await CiphertextsAsync());
    }

    private async Task<Portal> FillAsync(ServiceProvider ring)
    {
        var stores = StoresWith(ring);
        var portal = await stores.Portals.SaveInstallationAsync(Given.Installation(), Cancel);
        await stores.Portals.SaveCredentialsAsync(portal.Id, Given.Credentials(secret: "the-former-one"), Cancel);
        await stores.Portals.SaveCredentialsAsync(portal.Id, Given.Credentials(), Cancel);
        await stores.Tokens.SaveAsync(Given.Owner(user: 2), Given.Tokens("access-2", "refresh-2"), Cancel);
        await stores.Connections.SaveAsync(Given.Connection(), Cancel);
        return portal;
    }

    private TestStores StoresWith(ServiceProvider ring) => new(_database.Open(), ProtectionOf(ring), TimeProvider.System);

    private static SecretProtection ProtectionOf(ServiceProvider ring) => new(ring.GetRequiredService<IDataProtectionProvider>());

    private Task<List<string>> CiphertextsAsync() => _database.Open().ReadAsync(
        connection => connection.Query<string>(
            """
            SELECT access_protected FROM tokens UNION ALL SELECT refresh_protected FROM tokens UNION ALL SELECT client_secret_protected FROM portals
            UNION ALL SELECT former_secret_protected FROM portals UNION ALL SELECT webhooks_protected FROM connections
            """,
            null).ToList(),
        Cancel);

    /// <summary>The ring as a process reads it at its start.</summary>
    private ServiceProvider OpenRing()
    {
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("B24RobotApp").PersistKeysToFileSystem(_keys);
        return services.BuildServiceProvider();
    }

    /// <summary>A newer key, which is in use.</summary>
    private ServiceProvider AddKey(ServiceProvider ring)
    {
        var now = TimeProvider.System.GetUtcNow();
        ring.GetRequiredService<IKeyManager>().CreateNewKey(now, now.AddDays(90));
        return OpenRing();
    }
}
