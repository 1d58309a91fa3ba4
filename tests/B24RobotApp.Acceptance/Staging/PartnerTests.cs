using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>A test with a partner's portal of its own.</summary>
public abstract class PartnerTests(StageFixture fixture) : StageTests(fixture)
{
    private static int _portals;

    /// <summary>A new portal with two administrators and one who is none.</summary>
    protected async Task<SandboxPortal> AddPortalAsync()
    {
        var portal = await Stage.Sandbox.AddPortalAsync(
            new PortalOptions
            {
                Code = $"partner{Interlocked.Increment(ref _portals)}",
                Users =
                [
                    new SandboxUser(1, "Анна", "Кузнецова") { IsAdmin = true },
                    new SandboxUser(2, "Борис", "Крылов") { IsAdmin = true },
                    new SandboxUser(7, "Олег", "Ветров"),
                ],
            },
            Cancelled);
        portal.Crm.SetPipeline(
            0, "Продажи", new("NEW", "Новая"), new(Stage.RobotStage, "Передать партнёру"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
        return portal;
    }

    protected Task<AppInstallation> InstallAsync(SandboxPortal portal) => Stage.InstallAsync(portal, Cancelled);

    /// <summary>A deal in the currency that every portal has.</summary>
    protected static long AddDeal(SandboxPortal portal) =>
        portal.Add(Crm.Deal, new JsonObject { ["title"] = "Сделка партнёра", ["opportunity"] = 100, ["currencyId"] = "USD", ["stageId"] = "NEW" });

    /// <summary>Sends a new deal of the partner's.</summary>
    internal async Task<RobotResult> SendAsync(AppInstallation app)
    {
        Stage.PlaceRobots(installation: app);
        return await Stage.Send(app.Portal, AddDeal(app.Portal)).ResultAsync();
    }

    /// <summary>Posts a form as a portal does, or somebody who plays one.</summary>
    protected static async Task<(HttpStatusCode Status, string Body)> PostAsync(Uri address, JsonObject form)
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent(PhpForm.Build(form), new MediaTypeHeaderValue("application/x-www-form-urlencoded")),
        };
        using var answer = await http.SendAsync(request, Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
    }
}
