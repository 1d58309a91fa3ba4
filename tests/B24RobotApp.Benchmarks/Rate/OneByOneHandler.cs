using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Benchmarks.Rate;

/// <summary>
/// What most integrations do, to compare with: each robot call is handled by itself with one request after the other, seven for a deal with a company and rows, and what is refused with 503 is asked again
/// a second later. Nothing is kept, nothing is looked up before a create, nobody is notified.
/// </summary>
internal sealed class OneByOneHandler : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly SandboxHost _sandbox;
    private readonly WebApplication _server;
    private readonly HttpClient _http;
    private readonly Uri _webhook;

    private OneByOneHandler(SandboxHost sandbox, WebApplication server)
    {
        _sandbox = sandbox;
        _server = server;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        _webhook = sandbox.Portals["esb"].CreateIncomingWebhook(1, "crm").Url;
    }

    public SandboxPortal Source => _sandbox.Portals["source"];

    public SandboxPortal Esb => _sandbox.Portals["esb"];

    /// <summary>Starts two portals and the handler, which registers its robot; the robot stands on its stage.</summary>
    public static async Task<OneByOneHandler> StartAsync()
    {
        var sandbox = await SandboxHost.StartAsync(new SandboxOptions { WithSampleData = true }, CancellationToken.None);
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var url = new Uri($"http://127.0.0.1:{AppProcess.FreePort()}/");
        var server = builder.Build();
        server.Urls.Add(url.AbsoluteUri);
        var handler = new OneByOneHandler(sandbox, server);
        server.MapPost("/install", async (HttpRequest request) =>
        {
            var token = (await request.ReadFormAsync())["auth[access_token]"].ToString();
            await handler.CallAsync(handler.Source.BaseUrl, "bizproc.robot.add", new JsonObject
            {
                ["CODE"] = Stage.RobotCode,
                ["HANDLER"] = new Uri(url, "robot").AbsoluteUri,
                ["AUTH_USER_ID"] = 1,
                ["USE_SUBSCRIPTION"] = "Y",
                ["NAME"] = "Robot",
                ["RETURN_PROPERTIES"] = new JsonObject { ["status"] = new JsonObject { ["Name"] = "Status", ["Type"] = "string" } },
                ["auth"] = token,
            });
            return Results.Ok();
        });
        server.MapPost("/robot", async (HttpRequest request) =>
        {
            var form = await request.ReadFormAsync();
            var (deal, token, answer) = (form["document_id[2]"].ToString()["DEAL_".Length..], form["auth[access_token]"].ToString(), form["event_token"].ToString());
            _ = handler.TransferAsync(long.Parse(deal, CultureInfo.InvariantCulture), token, answer);
            return Results.Ok();
        });
        await server.StartAsync();
        var installation = handler.Source.SaveLocalApplication(new LocalApplicationCard
        {
            Name = "One by one", HandlerUrl = new Uri(url, "app"), InstallUrl = new Uri(url, "install"), IsScriptOnly = true, Scopes = ["crm", "bizproc"],
        });
        await Eventually.TrueAsync(() => installation.Robots.ContainsKey(Stage.RobotCode), "the robot is registered", TimeProvider.System, CancellationToken.None);
        handler.Source.Automation.Place(Stage.RobotCategory, Stage.RobotStage, new AppRobotStep(installation.ClientId, Stage.RobotCode, []) { Waits = true });
        return handler;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
        await _sandbox.DisposeAsync();
    }

    private async Task TransferAsync(long dealId, string token, string eventToken)
    {
        Task<JsonNode> FromSource(string method, JsonObject parameters)
        {
            parameters["auth"] = token;
            return CallAsync(Source.BaseUrl, method, parameters);
        }

        var deal = (await FromSource("crm.item.get", new JsonObject { ["entityTypeId"] = 2, ["id"] = dealId }))["item"]!;
        var rows = (await FromSource("crm.item.productrow.list", new JsonObject { ["filter"] = new JsonObject { ["=ownerType"] = "D", ["=ownerId"] = dealId } }))["productRows"]!.AsArray();
        var company = (await FromSource("crm.item.get", new JsonObject { ["entityTypeId"] = 4, ["id"] = deal["companyId"]!.DeepClone() }))["item"]!;
        var found = (await ToEsb("crm.item.list", new JsonObject { ["entityTypeId"] = 4, ["filter"] = new JsonObject { ["=title"] = company["title"]!.DeepClone() } }))["items"]!.AsArray();
        var created = (await ToEsb("crm.item.add", new JsonObject
        {
            ["entityTypeId"] = 2,
            ["fields"] = new JsonObject
            {
                ["title"] = deal["title"]!.DeepClone(),
                ["companyId"] = found.Count > 0 ? found[0]!["id"]!.DeepClone() : 0,
                ["originatorId"] = $"b24:{Source.MemberId}",
                ["originId"] = dealId.ToString(CultureInfo.InvariantCulture),
            },
        }))["item"]!;
        await ToEsb("crm.item.productrow.set", new JsonObject
        {
            ["ownerType"] = "D",
            ["ownerId"] = created["id"]!.DeepClone(),
            ["productRows"] = new JsonArray([.. rows.Select(row => new JsonObject
            {
                ["productName"] = row!["productName"]!.DeepClone(), ["price"] = row["price"]!.DeepClone(), ["quantity"] = row["quantity"]!.DeepClone(),
            })]),
        });
        await FromSource("bizproc.event.send", new JsonObject { ["EVENT_TOKEN"] = eventToken, ["RETURN_VALUES"] = new JsonObject { ["status"] = "created" } });

        Task<JsonNode> ToEsb(string method, JsonObject parameters) => CallAsync(_webhook, method, parameters);
    }

    private async Task<JsonNode> CallAsync(Uri root, string method, JsonObject parameters)
    {
        var path = root == _webhook ? method : $"rest/{method}";
        while (true)
        {
            using var answer = await _http.PostAsJsonAsync(new Uri(root, path + ".json"), parameters);
            var body = await answer.Content.ReadFromJsonAsync<JsonNode>();
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                return body!["result"] ?? throw new InvalidOperationException($"{method}: {body}");
            }

            await Task.Delay(RetryAfter, TimeProvider.System);
        }
    }
}
