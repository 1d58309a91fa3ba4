using System.Net;
using System.Net.Http.Headers;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>The JSON of one request. It knows whether the connection has asked for it: before that the portal cannot have seen the call.</summary>
internal sealed class RequestBody : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json") { CharSet = "utf-8" };

    private readonly ReadOnlyMemory<byte> _json;

    public RequestBody(ReadOnlyMemory<byte> json)
    {
        _json = json;
        Headers.ContentType = Json;
    }

    public bool IsUnderWay { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        IsUnderWay = true;
        return stream.WriteAsync(_json, cancellationToken).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _json.Length;
        return true;
    }
}
