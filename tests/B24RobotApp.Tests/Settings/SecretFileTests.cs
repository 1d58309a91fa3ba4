using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Settings;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Tests.Settings;

public sealed class SecretFileTests : IDisposable
{
    private const string Token = "a-token-for-prometheus";

    private readonly Bitrix24Stub _bitrix24 = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("b24robot-test-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _bitrix24.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("App:MetricsToken_FILE")]
    [InlineData("App:MetricsTokenFile")]
    [InlineData("app:metricstoken_file")]
    public async Task A_secret_may_stand_in_a_file(string key)
    {
        await using var app = await TestApp.StartAsync(_bitrix24, new() { [key] = FileOf("token", Token + "\n") });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);

        using var answer = await app.Http.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public void Files_in_the_folder_of_credentials_are_settings_of_their_name_whichever_way_systemd_names_them()
    {
        FileOf("App__MetricsToken", Token);
        FileOf("secrets_Esb__Connections__0__WebhookUrl", "https://esb.example.com/rest/1/secret1/\n");
        FileOf("client-secret", "one that another setting names");

        var configuration = Read(
            ("CREDENTIALS_DIRECTORY", _folder.FullName),
            ("Bitrix24:Applications:0:ClientSecret_FILE", Path.Combine(_folder.FullName, "client-secret")),
            ("Esb:Connections:1:WebhookUrls:0_FILE", FileOf("second", "https://esb.example.com/rest/2/secret2/")));

        Assert.Equal(Token, configuration["App:MetricsToken"]);
        Assert.Equal("https://esb.example.com/rest/1/secret1/", configuration["Esb:Connections:0:WebhookUrl"]);
        Assert.Equal("one that another setting names", configuration["Bitrix24:Applications:0:ClientSecret"]);
        Assert.Equal("https://esb.example.com/rest/2/secret2/", configuration["Esb:Connections:1:WebhookUrls:0"]);
    }

    [Fact]
    public void A_file_that_is_not_there_or_empty_and_a_secret_that_is_given_twice_end_the_start_without_being_said()
    {
        var problems = Assert.Throws<OptionsValidationException>(() => Read(
            ("App:MetricsToken", Token),
            ("App:MetricsToken_FILE", FileOf("token", "another-token-of-the-host")),
            ("Alerts:WebhookUrl_FILE", Path.Combine(_folder.FullName, "missing")),
            ("Bitrix24:Proxy_FILE", FileOf("empty", "\n")))).Failures.ToList();

        Assert.Equal(3, problems.Count);
        Assert.Contains("App:MetricsToken is given twice, by itself and by App:MetricsToken_FILE; keep one of them.", problems);
        Assert.Contains(problems, problem => problem.StartsWith("Alerts:WebhookUrl_FILE names a file that cannot be read", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("Bitrix24:Proxy_FILE", StringComparison.Ordinal) && problem.EndsWith("which is empty.", StringComparison.Ordinal));
        Assert.DoesNotContain("another-token", string.Concat(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_that_is_no_secret_is_not_read_from_a_file()
    {
        var configuration = Read(("App:PublicUrl_FILE", FileOf("url", "https://robot.example.com")));

        var problem = Assert.ThrowsAny<Exception>(() => SettingsServices.Check(configuration));

        Assert.Contains("App:PublicUrl_FILE is not a setting", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_ring_goes_from_one_certificate_to_the_next_and_gets_new_keys_while_everything_stored_stays_readable()
    {
        var (old, newer) = (Certificate("old"), Certificate("newer"));
        var first = await StartAsync(null, old);
        await first.InstallAsync(_bitrix24);
        var access = await AccessAsync(first);
        await first.StopAsync();
        Assert.All(Keys(first), key => Assert.DoesNotContain("<masterKey", key, StringComparison.Ordinal));

        var second = await StartAsync(first.Folder, newer, old);
        Assert.Equal(access, await AccessAsync(second));
        second.Get<IKeyManager>().CreateNewKey(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(90));
        await second.StopAsync();

        var third = await StartAsync(first.Folder, newer, old);
        Assert.Equal(access, await AccessAsync(third));
        var owner = new TokenOwner(MemberId.Parse(Bitrix24Stub.Member), 1);
        await third.Get<TokenStore>().SaveAsync(owner, new PortalTokens { Access = new AccessToken("by-the-new-key"), ExpiresAt = third.Clock.GetUtcNow() }, Cancel);
        await third.StopAsync();
        Assert.Equal(2, Keys(first).Count);

        // What the newer key has closed needs the old certificate no more.
        await using (var fourth = await StartAsync(first.Folder, newer))
        {
            Assert.Equal("by-the-new-key", await AccessAsync(fourth));
        }

        Directory.Delete(first.Folder, recursive: true);
    }

    [Fact]
    public async Task Without_its_certificate_the_key_ring_opens_nothing_and_the_message_says_what_is_missing()
    {
        var first = await StartAsync(null, Certificate("old"));
        await first.InstallAsync(_bitrix24);
        await first.StopAsync();

        await using (var second = await StartAsync(first.Folder))
        {
            var exception = await Assert.ThrowsAsync<StorageException>(() => AccessAsync(second));
            Assert.Contains("its certificate is not given", exception.Message, StringComparison.Ordinal);
        }

        Directory.Delete(first.Folder, recursive: true);
    }

    [Fact]
    public async Task The_key_ring_lies_where_the_host_says()
    {
        var keys = Path.Combine(_folder.FullName, "ring");
        await using var app = await TestApp.StartAsync(_bitrix24, new() { ["App:KeyDirectory"] = keys });
        await app.InstallAsync(_bitrix24);

        Assert.NotEmpty(Directory.GetFiles(keys, "*.xml"));
        Assert.False(Directory.Exists(Path.Combine(app.Folder, "keys")));
    }

    [Fact]
    public async Task A_client_secret_is_changed_in_the_settings_and_on_the_portal_in_any_order_without_losing_it()
    {
        var first = await StartWithSecretAsync(null, Bitrix24Stub.ClientSecret);
        await first.InstallAsync(_bitrix24);
        await first.StopAsync();

        await using (var second = await StartWithSecretAsync(first.Folder, "the-newer-secret"))
        {
            // The portal does not know it yet.
            await RefreshAsync(second);

            _bitrix24.AcceptedSecret = "the-newer-secret";
            await RefreshAsync(second);
            Assert.Equal(PortalState.Connected, (await second.PortalAsync()).State);
            Assert.DoesNotContain("newer-secret", second.Log, StringComparison.Ordinal);
        }

        Directory.Delete(first.Folder, recursive: true);
    }

    private static async Task RefreshAsync(TestApp app)
    {
        var owner = new TokenOwner(MemberId.Parse(Bitrix24Stub.Member), 1);
        var before = (await app.Get<TokenStore>().FindAsync(owner, Cancel))!;

        var after = await app.Get<TokenRefresher>().RefreshAsync(owner, before.Access, Cancel);

        Assert.NotEqual(before.Access, after.Access);
    }

    private static async Task<string?> AccessAsync(TestApp app) =>
        (await app.Get<TokenStore>().FindAsync(new TokenOwner(MemberId.Parse(Bitrix24Stub.Member), 1), Cancel))?.Access.Reveal();

    private static List<string> Keys(TestApp app) => [.. Directory.GetFiles(Path.Combine(app.Folder, "keys"), "key-*.xml").Select(File.ReadAllText)];

    private Task<TestApp> StartWithSecretAsync(string? folder, string secret) => TestApp.StartAsync(
        _bitrix24,
        new()
        {
            ["Bitrix24:Applications:0:ClientId"] = Bitrix24Stub.ClientId,
            ["Bitrix24:Applications:0:ClientSecret"] = secret,
            ["Bitrix24:Applications:0:Portal"] = _bitrix24.Portal.Authority,
        },
        folder);

    private Task<TestApp> StartAsync(string? folder, params string[] certificates) => TestApp.StartAsync(
        _bitrix24, certificates.Select((file, i) => (Key: $"App:KeyCertificates:{i}:File", Value: (string?)file)).ToDictionary(one => one.Key, one => one.Value), folder);

    private string Certificate(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        return FileOf($"{name}.pem", certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
    }

    private static ConfigurationManager Read(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        configuration.AddSecretFiles();
        return configuration;
    }

    private string FileOf(string name, string text)
    {
        var file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }
}
