using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;

namespace B24RobotApp.Bitrix24.Files;

/// <summary>A file inside a request's JSON: there stands a mark that no other text can contain, and base64 is produced in its place while the request is sent, so that memory stays flat.</summary>
internal sealed class FileContent(Stream content)
{
    /// <summary>A multiple of three, so that no piece but the last one is padded.</summary>
    private const int PieceLength = 48 * 1024;

    private readonly string _mark = $"file-{Guid.NewGuid():N}";

    /// <summary>Stands for the content in the request's parameters.</summary>
    public JsonNode Placeholder => JsonValue.Create(_mark);

    public long EncodedLength => (content.Length + 2) / 3 * 4;

    /// <summary>Takes the request's JSON apart at the mark.</summary>
    public (ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> After) Split(ReadOnlyMemory<byte> json)
    {
        var mark = Encoding.ASCII.GetBytes(_mark);
        var at = json.Span.IndexOf(mark);
        return at < 0 || json.Span[(at + 1)..].IndexOf(mark) >= 0
            ? throw new InvalidOperationException("The upload's parameters must contain its content exactly once.")
            : (json[..at], json[(at + mark.Length)..]);
    }

    /// <summary>Writes the whole content, from its beginning, as base64.</summary>
    public async Task WriteAsync(Stream target, CancellationToken cancellationToken)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(PieceLength);
        var text = ArrayPool<byte>.Shared.Rent(PieceLength / 3 * 4);
        try
        {
            content.Position = 0;
            int read;
            do
            {
                read = await content.ReadAtLeastAsync(bytes.AsMemory(0, PieceLength), PieceLength, throwOnEndOfStream: false, cancellationToken);
                Base64.EncodeToUtf8(bytes.AsSpan(0, read), text, out _, out var written);
                await target.WriteAsync(text.AsMemory(0, written), cancellationToken);
            }
            while (read == PieceLength);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<byte>.Shared.Return(text);
        }
    }
}
