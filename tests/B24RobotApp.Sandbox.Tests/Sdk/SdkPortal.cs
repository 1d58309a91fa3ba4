using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.OAuth;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Tests.Sdk;

/// <summary>A sandbox with sample data for the SDK to call, and the settings that its clients are made of.</summary>
internal sealed class SdkPortal : IAsyncDisposable
{
    private SdkPortal(SandboxHost host)
    {
        Host = host;
        Portal = host.Portals["source"];
        App = Portal.SaveLocalApplication(new LocalApplicationCard
        {
            Name = "SDK",
            HandlerUrl = new Uri("https://app.example.com/app"),
            Scopes = ["crm", "bizproc", "placement", "im"],
        });
        Webhook = Portal.CreateIncomingWebhook(1, KnownScopes.All);
    }

    public SandboxHost Host { get; }

    public SandboxPortal Portal { get; }

    public AppInstallation App { get; }

    public IncomingWebhook Webhook { get; }

    public static async Task<SdkPortal> StartAsync(TimeProvider? clock = null) =>
        new(await SandboxHost.StartAsync(new SandboxOptions { Clock = clock ?? TimeProvider.System, WithSampleData = true }, TestContext.Current.CancellationToken));

    /// <summary>What the SDK's clients take: the webhook's address, an application's tokens as a frame or an event brings them, and its secret.</summary>
    public JsonObject Settings(TokenPair? tokens = null)
    {
        tokens ??= Host.OAuthServer.Issue(App, 1);
        return new JsonObject
        {
            ["webhook"] = Webhook.Url.ToString(),
            ["secret"] = new JsonObject { ["clientId"] = App.ClientId, ["clientSecret"] = App.ClientSecret },
            ["tokens"] = new JsonObject
            {
                ["applicationToken"] = App.ApplicationToken,
                ["userId"] = tokens.UserId,
                ["memberId"] = Portal.MemberId,
                ["accessToken"] = tokens.AccessToken,
                ["refreshToken"] = tokens.RefreshToken,
                ["expires"] = tokens.AccessExpires.ToUnixTimeSeconds(),
                ["expiresIn"] = TokenPair.AccessLifetimeSeconds,
                ["scope"] = string.Join(',', App.Scopes),
                ["domain"] = Portal.Domain,
                ["clientEndpoint"] = new Uri(Portal.BaseUrl, "rest/").ToString(),
                ["serverEndpoint"] = Host.OAuthServer.RestEndpoint.ToString(),
                ["status"] = "L",
            },
        };
    }

    /// <summary>Deals named "Сделка 1" and on.</summary>
    public void AddDeals(int count) => Portal.Run(() =>
    {
        for (var number = 1; number <= count; number++)
        {
            Portal.Call("crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = new JsonObject { ["title"] = $"Сделка {number}" } });
        }
    });

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
