using System.Net;
using System.Net.Http.Headers;
using B24RobotApp.Bitrix24.Files;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>The JSON of one request, perhaps with a file in it. It knows whether the connection has asked for it: before that the portal cannot have seen the call.</summary>
internal sealed class RequestBody : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json") { CharSet = "utf-8" };

    private readonly ReadOnlyMemory<byte> _json;
    private readonly ReadOnlyMemory<byte> _afterFile;
    private readonly FileContent? _file;

    public RequestBody(ReadOnlyMemory<byte> json, FileContent? file = null)
    {
        (_json, _afterFile) = file is null ? (json, default) : file.Split(json);
        _file = file;
        Headers.ContentType = Json;
    }

    public bool IsUnderWay { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        IsUnderWay = true;
        await stream.WriteAsync(_json, cancellationToken);
        if (_file is not null)
        {
            await _file.WriteAsync(stream, cancellationToken);
            await stream.WriteAsync(_afterFile, cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _json.Length + (_file?.EncodedLength ?? 0) + _afterFile.Length;
        return true;
    }
}
