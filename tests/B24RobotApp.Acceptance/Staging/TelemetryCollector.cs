using System.Collections.Concurrent;
using System.Net;
using B24RobotApp.Sandbox.Demo;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>Takes what the app sends by OTLP, as it comes over the wire: what is text is text in it.</summary>
internal sealed class TelemetryCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = new();

    public TelemetryCollector()
    {
        Url = new Uri($"http://127.0.0.1:{AppProcess.FreePort()}/");
        _listener.Prefixes.Add(Url.AbsoluteUri);
        _listener.Start();
        _ = ReceiveAsync();
    }

    public Uri Url { get; }

    /// <summary>Settings by which the app sends everything here, soon after it happened.</summary>
    public Dictionary<string, string> Settings => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Url.AbsoluteUri,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    /// <summary>What came under a path so far.</summary>
    public byte[] Of(string path) => [.. _received.Where(one => one.Path == path).SelectMany(one => one.Body)];

    public void Dispose() => _listener.Close();

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                _received.Enqueue((context.Request.Url!.AbsolutePath, body.ToArray()));
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // Closed, or the app was killed while it sent.
        }
    }
}
