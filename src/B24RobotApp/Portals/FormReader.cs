using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Settings;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Portals;

/// <summary>A form that was posted, or why it is refused.</summary>
/// <param name="Form"><see langword="null"/> if it is refused.</param>
/// <param name="Status">The HTTP status of the refusal.</param>
/// <param name="Problem">Why, in one sentence.</param>
/// <param name="Length">Bytes of the body.</param>
/// <param name="Body">The body as it came, where that was asked for.</param>
internal readonly record struct PostedForm(PhpForm? Form, int Status, string Problem, long Length = 0, byte[]? Body = null);

/// <summary>
/// Reads posted forms within the size limit, over the raw bytes. Anyone may post, and each body stands in memory until it is whole, so all big ones together have a limit too: calls of robots have
/// a few thousand bytes and pass whatever others send.
/// </summary>
internal sealed class FormReader(IOptions<AppOptions> options, TimeProvider clock)
{
    /// <summary>Bytes that a body may have without being counted.</summary>
    private const int Small = 64 * 1024;

    private static readonly PhpFormLimits Limits = new();

    /// <summary>A portal posts a call at once; whoever needs longer for it only holds the place of others.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly long _room = Math.Max(128 * 1024 * 1024, 2 * options.Value.MaxRequestBytes);
    private long _held;

    /// <summary>Reads a form as it was posted before.</summary>
    public static PhpForm? Read(ReadOnlySpan<byte> body) => PhpForm.TryParse(body, Limits, out var form, out _) ? form : null;

    /// <summary>Reads the form of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <param name="keepsBody">Whether the body is kept as it came, too.</param>
    public async Task<PostedForm> ReadAsync(HttpRequest request, CancellationToken cancellationToken, bool keepsBody = false)
    {
        if (request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            return new PostedForm(null, StatusCodes.Status415UnsupportedMediaType, "The body must be application/x-www-form-urlencoded.");
        }

        // What is packed could be anything unpacked; no portal packs.
        if (request.Headers.ContentEncoding.Count > 0)
        {
            return new PostedForm(null, StatusCodes.Status415UnsupportedMediaType, "The body must not be compressed.");
        }

        var max = options.Value.MaxRequestBytes;
        var held = 0L;
        using var timeout = new CancellationTokenSource(Patience, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        if (request.ContentLength > max)
        {
            return TooLarge(max);
        }

        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(ending.Token);
                if (read.Buffer.Length > max)
                {
                    return TooLarge(max);
                }

                if (read.Buffer.Length > Small)
                {
                    var more = read.Buffer.Length - held;
                    held += more;
                    if (Interlocked.Add(ref _held, more) > _room)
                    {
                        return new PostedForm(null, StatusCodes.Status503ServiceUnavailable, "Too many big bodies are being received at the same time. Send it again later.");
                    }
                }

                if (!read.IsCompleted)
                {
                    request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                var body = read.Buffer.IsSingleSegment ? read.Buffer.FirstSpan : System.Buffers.BuffersExtensions.ToArray(read.Buffer);
                var posted = PhpForm.TryParse(body, Limits, out var form, out var problem)
                    ? new PostedForm(form, StatusCodes.Status200OK, "", body.Length, keepsBody ? body.ToArray() : null)
                    : new PostedForm(null, StatusCodes.Status400BadRequest, problem);
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return posted;
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new PostedForm(null, StatusCodes.Status408RequestTimeout, $"The body did not arrive within {Patience.TotalSeconds:0} seconds.");
        }
        catch (BadHttpRequestException exception)
        {
            return new PostedForm(null, exception.StatusCode, "The body is larger than the server accepts, or it ended early.");
        }
        finally
        {
            Interlocked.Add(ref _held, -held);
        }
    }

    private static PostedForm TooLarge(long max) =>
        new(null, StatusCodes.Status413PayloadTooLarge, $"The body is larger than {max} bytes (App:MaxRequestBytes).");
}
