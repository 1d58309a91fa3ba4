using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

public sealed class StorageServicesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("b24robot-test-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task All_stores_are_there_and_what_they_encrypt_opens_after_a_restart()
    {
        var folder = Path.Combine(_folder, "data");
        using (var provider = Build(folder))
        {
            await provider.GetRequiredService<PortalStore>().SaveInstallationAsync(Given.Installation(), Cancel);
        }

        using (var provider = Build(folder))
        {
            Assert.Equal(Given.Tokens(), await provider.GetRequiredService<ITokenStore>().FindAsync(Given.Owner(), Cancel));
            provider.GetRequiredService<PortalEraser>();
        }

        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(folder, "keys"), "key-*.xml"));
    }

    [Fact]
    public async Task A_data_directory_that_was_moved_still_opens_its_secrets()
    {
        var before = Path.Combine(_folder, "before");
        var after = Path.Combine(_folder, "after");
        using (var provider = Build(before))
        {
            await provider.GetRequiredService<PortalStore>().SaveInstallationAsync(Given.Installation(), Cancel);
        }

        Directory.Move(before, after);

        using var moved = Build(after);
        Assert.Equal(Given.Tokens(), await moved.GetRequiredService<TokenStore>().FindAsync(Given.Owner(), Cancel));
    }

    [Fact]
    public async Task Token_store_and_portal_store_share_what_they_know()
    {
        using var provider = Build(Path.Combine(_folder, "data"));
        var tokens = provider.GetRequiredService<ITokenStore>();
        var portals = provider.GetRequiredService<PortalStore>();
        await portals.SaveInstallationAsync(Given.Installation(), Cancel);
        await tokens.FindAsync(Given.Owner(), Cancel);

        await portals.SaveInstallationAsync(Given.Installation(tokens: Given.Tokens("access-2")), Cancel);

        Assert.Equal("access-2", (await tokens.FindAsync(Given.Owner(), Cancel))?.Access.Reveal());
    }

    private static ServiceProvider Build(string folder) => new ServiceCollection()
        .AddLogging()
        .AddStorage(options => options.DataDirectory = folder)
        .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
}
