using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Rest;
using Microsoft.AspNetCore.Http;

namespace B24RobotApp.Sandbox.Tests;

/// <summary>An application's server that writes down every request it gets.</summary>
public sealed class RecordingApp : IAsyncDisposable
{
    private readonly ConcurrentQueue<Heard> _requests = new();
    private Listener? _listener;

    public Uri Url => _listener!.Url;

    public IReadOnlyList<Heard> Requests => [.. _requests];

    /// <summary>What it answers.</summary>
    public int Status { get; set; } = 200;

    /// <summary>Waits with its answer until this is done.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    public static async Task<RecordingApp> StartAsync()
    {
        var application = new RecordingApp();
        application._listener = await Listener.StartAsync(0, application.HandleAsync, CancellationToken.None);
        return application;
    }

    public IEnumerable<Heard> At(string path) => _requests.Where(request => request.Path == path);

    public ValueTask DisposeAsync() => _listener!.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        _requests.Enqueue(new Heard(
            context.Request.Method, context.Request.Path.Value!, PhpQuery.Parse(context.Request.QueryString.Value!.TrimStart('?')),
            PhpQuery.Parse(body), body, context.Request.ContentType ?? ""));
        await Hold.WaitAsync(context.RequestAborted);
        context.Response.StatusCode = Status;
        await context.Response.WriteAsync("<html>ok</html>");
    }

    public sealed record Heard(string Method, string Path, JsonObject Query, JsonObject Form, string Body, string ContentType);
}
