using B24RobotApp.Commands;

namespace B24RobotApp.Tests.Settings;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("App:PublicUrl", "", "App:PublicUrl is missing")]
    [InlineData("App:PublicUrl", "robot", "App:PublicUrl is missing")]
    [InlineData("App:PublicUrl", "http://robot.example.com", "App:PublicUrl must begin with https://")]
    [InlineData("App:PublicUrl", "https://localhost", "a host with a dot")]
    [InlineData("App:PublicUrl", "https://user@robot.example.com", "App:PublicUrl must not contain")]
    [InlineData("App:DataDirectory", "", "App:DataDirectory")]
    [InlineData("App:MaxRequestBytes", "10", "App:MaxRequestBytes must be")]
    [InlineData("App:MaxRequestBytes", "many", "App:MaxRequestBytes")]
    [InlineData("App:EraseAfter", "-1", "App:EraseAfter must be")]
    [InlineData("App:LogFormat", "xml", "App:LogFormat must be")]
    [InlineData("App:PublicUlr", "https://robot.example.com", "App:PublicUlr is not a setting")]
    [InlineData("Bitrix24:OAuthServers:0", "http://oauth.bitrix.info", "Bitrix24:OAuthServers:0")]
    [InlineData("Bitrix24:OAuthServers:0", "https://oauth.bitrix.info/rest/", "Bitrix24:OAuthServers:0")]
    [InlineData("Bitrix24:OAuthServers:0", "", "Bitrix24:OAuthServers:0 is empty")]
    [InlineData("Bitrix24:AllowedPortals:0", "", "Bitrix24:AllowedPortals:0")]
    [InlineData("Bitrix24:AllowedPortals:0", "https://acme.bitrix24.ru", "Bitrix24:AllowedPortals:0")]
    [InlineData("Bitrix24:AllowedPortals:first", "acme.bitrix24.ru", "Bitrix24:AllowedPortals:first is not a setting")]
    [InlineData("Bitrix24:Applications:0:ClientId", "local.1", "Bitrix24:Applications:0")]
    [InlineData("Bitrix24:Applications:0:Secret", "s", "Bitrix24:Applications:0:Secret is not a setting")]
    [InlineData("Bitrix24:AllowHttp", "maybe", "Bitrix24:AllowHttp")]
    [InlineData("Bitrix24:RequestsPerSecond", "0", "Bitrix24:RequestsPerSecond must be")]
    [InlineData("Bitrix24:Burst", "0", "Bitrix24:Burst must be")]
    [InlineData("Bitrix24:MaxInFlight", "1000", "Bitrix24:MaxInFlight must be")]
    [InlineData("Bitrix24:RequestTimeout", "00:00:00", "Bitrix24:RequestTimeout must be")]
    [InlineData("Bitrix24:TrustedNetworks:0", "10.1.2.3.4", "Bitrix24:TrustedNetworks:0")]
    [InlineData("Bitrix24:ExtraCertificateAuthority", "/does/not/exist.pem", "Bitrix24:ExtraCertificateAuthority")]
    [InlineData("Bitrix24:Proxy", "proxy", "Bitrix24:Proxy must be")]
    [InlineData("Esb:Connections:0:Code", "a b", "Esb:Connections:0:Code must be")]
    [InlineData("Esb:Connections:0:Code", "esb", "Esb:Connections:0:WebhookUrl is missing")]
    [InlineData("Esb:Connections:0:WebhookUrl", "https://esb.bitrix24.ru/", "Esb:Connections:0:WebhookUrl:")]
    [InlineData("Esb:Connections:0:WebhookUrl", "http://esb.bitrix24.ru/rest/1/secret/", "Esb:Connections:0:WebhookUrl:")]
    [InlineData("Esb:Connections:0:Portals:0", "https://acme", "Esb:Connections:0:Portals:0")]
    [InlineData("Esb:Connections:0:Profile", "unknown", "Esb:Connections:0:Profile")]
    [InlineData("Esb:Connections:0:Webhook", "x", "Esb:Connections:0:Webhook is not a setting")]
    [InlineData("Esb:Profiles:0", "/does/not/exist.json", "Esb:Profiles:0")]
    [InlineData("Storage:Provider", "mysql", "Storage:Provider must be")]
    [InlineData("Storage:Provider", "postgres", "Storage:ConnectionString must name Host and Database")]
    [InlineData("Storage:ConnectionString", "x", "Storage:ConnectionString")]
    [InlineData("Transfers:GiveUpAfter", "00:00:00", "Transfers:GiveUpAfter must be")]
    [InlineData("Transfers:RetentionDays", "0", "Transfers:RetentionDays must be")]
    [InlineData("Transfers:Concurrency", "1", "Transfers:Concurrency must be")]
    [InlineData("Transfers:RetriesDays", "1", "Transfers:RetriesDays is not a setting")]
    public async Task A_wrong_setting_ends_the_start_with_a_line_that_names_its_key(string key, string value, string expected)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"b24robot-test-{Guid.NewGuid():N}");
        var settings = new Dictionary<string, string>
        {
            ["App:PublicUrl"] = "https://robot.example.com",
            ["App:DataDirectory"] = folder,
            [key] = value,
        };
        using var error = new StringWriter();

        var code = await CommandLine.RunAsync(
            ["serve", .. settings.Select(setting => $"--{setting.Key}={setting.Value}")], TextWriter.Null, error, TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.WrongUse, code);
        Assert.Contains(error.ToString().Split('\n'), line => line.Contains(expected, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Theory]
    [InlineData("srve")]
    [InlineData("serve", "--Bitrix24:Burst")]
    [InlineData("serve", "--verbose", "yes")]
    [InlineData("transfers")]
    [InlineData("transfers", "list", "--state", "lost")]
    [InlineData("transfers", "show")]
    public async Task Wrong_use_ends_with_2(params string[] words)
    {
        using var error = new StringWriter();

        var code = await CommandLine.RunAsync(words, TextWriter.Null, error, TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.WrongUse, code);
        Assert.NotEqual("", error.ToString());
    }
}
