using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Control;

/// <summary>Maps a method and a path to something that takes a <see cref="ControlRequest"/> and gives JSON.</summary>
internal sealed class ControlRoutes(IEndpointRouteBuilder routes, SandboxHost host)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Get(string path, Func<ControlRequest, JsonNode?> handler) => Map("GET", path, request => Task.FromResult(handler(request)));

    public void Post(string path, Func<ControlRequest, JsonNode?> handler) => Map("POST", path, request => Task.FromResult(handler(request)));

    public void Delete(string path, Func<ControlRequest, JsonNode?> handler) => Map("DELETE", path, request => Task.FromResult(handler(request)));

    public void Map(string method, string path, Func<ControlRequest, Task<JsonNode?>> handler) =>
        routes.MapMethods($"/control/{path}", [method], context => HandleAsync(context, handler));

    private async Task HandleAsync(HttpContext context, Func<ControlRequest, Task<JsonNode?>> handler)
    {
        var (status, answer) = (200, (JsonNode?)null);
        try
        {
            var request = new ControlRequest(context, host, await ReadAsync(context.Request));
            answer = await handler(request);
        }
        catch (ControlError error)
        {
            (status, answer) = (error.Status, Error(error.Message));
        }
        catch (RestError error)
        {
            (status, answer) = (error.Status, error.ToBody());
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or HttpRequestException)
        {
            (status, answer) = (400, Error(exception.Message));
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.AccessControlAllowOrigin = "*";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes((answer ?? new JsonObject()).ToJsonString(Readable)), context.RequestAborted);
    }

    private static JsonObject Error(string message) => new() { ["error"] = message };

    private static async Task<JsonObject> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        if (text.Length == 0)
        {
            return [];
        }
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new ControlError(400, "The body is no JSON object.");
        }
        catch (JsonException)
        {
            throw new ControlError(400, "The body is no JSON.");
        }
    }
}
