using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Values;
using WireMock.Server;
using RequestBuilder = WireMock.RequestBuilders.Request;
using ResponseBuilder = WireMock.ResponseBuilders.Response;

namespace B24RobotApp.Tests.Infrastructure;

/// <summary>An ESB that answers every call by a webhook with an empty result and tells 12.34 seconds of execution time.</summary>
internal sealed class WebhookStub : IDisposable
{
    private readonly WireMockServer _server = WireMockServer.Start();

    public WebhookStub() => _server.Given(RequestBuilder.Create()).RespondWith(ResponseBuilder.Create()
        .WithHeader("Content-Type", "application/json")
        .WithBody(new JsonObject { ["result"] = new JsonObject(), ["time"] = new JsonObject { ["duration"] = 0.1, ["operating"] = 12.34 } }.ToJsonString()));

    public string Host => $"127.0.0.1:{_server.Port}";

    public WebhookUrl Webhook(int user) =>
        WebhookUrl.TryParse($"http://{Host}/rest/{user}/secretof{user}/", allowHttp: true, out var url, out var problem) ? url : throw new InvalidOperationException(problem);

    public void Dispose() => _server.Dispose();
}
