using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Settings;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Portals;

/// <summary>A form that was posted, or why it is refused.</summary>
/// <param name="Form"><see langword="null"/> if it is refused.</param>
/// <param name="Status">The HTTP status of the refusal.</param>
/// <param name="Problem">Why, in one sentence.</param>
internal readonly record struct PostedForm(PhpForm? Form, int Status, string Problem);

/// <summary>Reads posted forms within the size limit, over the raw bytes.</summary>
internal sealed class FormReader(IOptions<AppOptions> options)
{
    private static readonly PhpFormLimits Limits = new();

    public async Task<PostedForm> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            return new PostedForm(null, StatusCodes.Status415UnsupportedMediaType, "The body must be application/x-www-form-urlencoded.");
        }

        var max = options.Value.MaxRequestBytes;
        if (request.ContentLength > max)
        {
            return TooLarge(max);
        }

        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancellationToken);
                if (read.Buffer.Length > max)
                {
                    return TooLarge(max);
                }

                if (!read.IsCompleted)
                {
                    request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                var body = read.Buffer.IsSingleSegment ? read.Buffer.FirstSpan : System.Buffers.BuffersExtensions.ToArray(read.Buffer);
                return PhpForm.TryParse(body, Limits, out var form, out var problem)
                    ? new PostedForm(form, StatusCodes.Status200OK, "")
                    : new PostedForm(null, StatusCodes.Status400BadRequest, problem);
            }
        }
        catch (BadHttpRequestException exception)
        {
            return new PostedForm(null, exception.StatusCode, "The body is larger than the server accepts, or it ended early.");
        }
    }

    private static PostedForm TooLarge(long max) =>
        new(null, StatusCodes.Status413PayloadTooLarge, $"The body is larger than {max} bytes (App:MaxRequestBytes).");
}
