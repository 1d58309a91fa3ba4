using B24RobotApp.Bitrix24.Files;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

public sealed class SecretsAtRestTests : IDisposable
{
    private readonly TestDatabase _database = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task No_secret_stands_in_the_files_in_clear_text()
    {
        var stores = _database.Stores(TimeProvider.System);
        var portal = await stores.Portals.SaveInstallationAsync(Given.Installation(), Cancel);
        await stores.Portals.SaveCredentialsAsync(portal.Id, Given.Credentials(), Cancel);
        await stores.Tokens.KeepAsync(Given.Owner(user: 2), Given.Tokens("access-2", "refresh-2"), Cancel);
        await stores.Connections.SaveAsync(Given.Connection(), Cancel);
        await stores.Transfers.TryAddAsync(Given.Transfer(portal.Id, properties: """{"comment":["said openly"]}"""), Cancel);

        // The search does find what is not secret, in the log as well as in the database file.
        Assert.True(_database.Holds("said openly"));
        AssertNoSecrets();
        _database.Close();
        Assert.True(_database.Holds("said openly"));
        AssertNoSecrets();
    }

    [Fact]
    public async Task What_was_erased_is_overwritten()
    {
        var stores = _database.Stores(TimeProvider.System);
        var portal = await stores.Portals.SaveInstallationAsync(Given.Installation(), Cancel);
        for (var deal = 0; deal < 50; deal++)
        {
            var transfer = Given.Transfer(portal.Id, deal, properties: $$"""{"comment":["a customer's words {{new string('x', 3000)}}"]}""");
            await stores.Transfers.TryAddAsync(transfer, Cancel);
            await stores.Transfers.RecordReadAsync(transfer.Id, "a customer's title", 12, "default@1", null, Cancel);
        }

        await stores.Portals.UninstallAsync(portal.Id, Given.Now, Cancel);
        await stores.Eraser.EraseDueAsync(Given.Now, Cancel);
        _database.Close();

        Assert.False(_database.Holds("a customer's"));
    }

    [Fact]
    public async Task An_application_token_is_kept_as_a_hash()
    {
        var stores = _database.Stores(TimeProvider.System);
        await stores.Portals.SaveInstallationAsync(Given.Installation(), Cancel);

        var stored = await _database.Open().ReadAsync(connection => connection.ExecuteScalar<string>("SELECT application_token_hash FROM portals"), Cancel);

        // SHA-256 of "application-token-1", from another implementation.
        Assert.Equal("5fe5e6c4a04696db29937c3bffc6836001af66a34475d76bccdd81d0b3888040", stored);
    }

    [Fact]
    public async Task Secrets_without_their_keys_are_said_to_be_unreadable_and_not_shown()
    {
        var stores = _database.Stores(TimeProvider.System);
        await stores.Portals.SaveInstallationAsync(Given.Installation(), Cancel);
        using var stranger = new TestDatabase();
        var tokens = new TokenStore(_database.Open(), stranger.Protection, new SoleServer(), TimeProvider.System);

        var failure = await Assert.ThrowsAsync<StorageException>(() => tokens.FindAsync(Given.Owner(), Cancel).AsTask());

        Assert.Contains("keys", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_of_one_kind_does_not_open_as_another()
    {
        var ciphertext = _database.Protection.Tokens.Protect("access-1");

        Assert.Equal("access-1", _database.Protection.Tokens.Unprotect(ciphertext));
        Assert.Throws<StorageException>(() => _database.Protection.Webhooks.Unprotect(ciphertext));
        Assert.Throws<StorageException>(() => _database.Protection.Credentials.Unprotect(ciphertext));
    }

    [Fact]
    public void No_record_of_ours_shows_its_secrets_as_text()
    {
        object[] records =
        [
            Given.Tokens(),
            Given.Installation(),
            Given.Credentials(),
            Given.Connection(),
            new OwnedTokens(Given.Owner(), Given.Tokens()),
            new TokenAuthority(new Uri("https://oauth.bitrix.info/"), Given.Credentials()),
        ];

        Assert.All(records, record =>
        {
            var text = record.ToString();
            Assert.All(Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Every_kind_of_secret_is_three_stars_as_text()
    {
        // What is private to a class does not leave it.
        var kinds = typeof(Secret).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Secret)) && !type.IsNestedPrivate).ToList();
        Secret[] examples = [new AccessToken("a"), new RefreshToken("a"), new ApplicationToken("a"), new ClientSecret("a"), new FileLink("a"), Given.Webhook()];

        Assert.Equal(kinds.Select(kind => kind.Name).Order(StringComparer.Ordinal), examples.Select(secret => secret.GetType().Name).Order(StringComparer.Ordinal));
        Assert.All(examples, secret =>
        {
            Assert.Equal("***", secret.ToString());
            Assert.Equal("***", $"{secret}");
        });
    }

    private static readonly string[] Secrets =
        ["access-1", "refresh-1", "access-2", "refresh-2", "application-token-1", "client-secret-1", "webhooksecret1"];

    private void AssertNoSecrets() => Assert.All(Secrets, secret => Assert.False(_database.Holds(secret), secret));
}
