using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Browser.Staging;

/// <summary>The sandbox and the SDK's host page: installed on the source portal, with a robot that has a settings slider, a tab in deals' cards and a background widget.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes it asynchronously.")]
public sealed class HostStage : IAsyncLifetime
{
    public SandboxHost Sandbox { get; private set; } = null!;

    public HostedApp Host { get; private set; } = null!;

    public AppInstallation App { get; private set; } = null!;

    public SandboxPortal Source => Sandbox.Portals["source"];

    public async ValueTask InitializeAsync()
    {
        Sandbox = await SandboxHost.StartAsync(new SandboxOptions { WithSampleData = true, ControlPort = 0 });
        Host = await HostedApp.StartAsync();
        App = Source.SaveLocalApplication(Card("SDK") with { InstallUrl = null });
        await CallAsync("bizproc.robot.add", """
            {
              "CODE": "settings", "HANDLER": "{url}robot", "AUTH_USER_ID": 1, "USE_SUBSCRIPTION": "N", "NAME": "With a slider", "USE_PLACEMENT": "Y", "PLACEMENT_HANDLER": "{url}settings",
              "PROPERTIES": {
                "mode": { "Name": { "ru": "Режим", "en": "Mode" }, "Type": "string", "Default": "update" },
                "fields": { "Name": "Fields", "Type": "string", "Multiple": "Y" },
                "count": { "Name": "Count", "Type": "int" }
              }
            }
            """);
        await CallAsync("placement.bind", """{ "PLACEMENT": "CRM_DEAL_DETAIL_TAB", "HANDLER": "{url}tab", "LANG_ALL": { "ru": { "TITLE": "Вкладка" }, "en": { "TITLE": "Tab" } } }""");
        await CallAsync("placement.bind", """{ "PLACEMENT": "PAGE_BACKGROUND_WORKER", "HANDLER": "{url}worker", "TITLE": "Worker" }""");
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        await Host.DisposeAsync();
    }

    /// <summary>The card of an application whose pages are the host's.</summary>
    public LocalApplicationCard Card(string name) => new()
    {
        Name = name,
        HandlerUrl = new Uri(Host.Url, "main"),
        InstallUrl = new Uri(Host.Url, "install"),
        Scopes = ["crm", "bizproc", "placement", "user_basic"],
    };

    private async Task CallAsync(string method, [StringSyntax(StringSyntaxAttribute.Json)] string parameters)
    {
        var body = JsonNode.Parse(parameters.Replace("{url}", Host.Url.AbsoluteUri, StringComparison.Ordinal))!.AsObject();
        body["auth"] = Sandbox.OAuthServer.Issue(App, 1).AccessToken;
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var http = new HttpClient(handler);
        using var answer = await http.PostAsJsonAsync(new Uri(Source.BaseUrl, $"rest/{method}"), body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
