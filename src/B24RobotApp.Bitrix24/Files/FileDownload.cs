using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;

namespace B24RobotApp.Bitrix24.Files;

/// <summary>
/// Fetches files by their links, with the headers that a portal's front server demands: without them it answers 404 though the file is there. Redirects are not followed.
/// Source: settings/how-to-call-rest-api/general-principles.md.
/// </summary>
public sealed class FileDownload
{
    /// <summary>The code of a link that does not lead to the portal it came from.</summary>
    public const string ElsewhereCode = "LINK_ELSEWHERE";

    private const string Name = "urlMachine";
    private const int PieceLength = 80 * 1024;

    /// <summary>An answer that is no file is looked at this far for an error's code.</summary>
    private const int LongestError = 64 * 1024;

    private static readonly MediaTypeWithQualityHeaderValue Anything = new("*/*");

    private readonly HttpClient _http;
    private readonly PortalCredential _credential;
    private readonly LeakyBucket _bucket;
    private readonly PortalLimits _limits;
    private readonly TimeProvider _clock;

    internal FileDownload(HttpClient http, PortalCredential credential, LeakyBucket bucket, PortalLimits limits, TimeProvider clock) =>
        (_http, _credential, _bucket, _limits, _clock) = (http, credential, bucket, limits, clock);

    internal async Task<DownloadedFile> RunAsync(FileLink link, Stream target, long longest, CancellationToken cancellationToken)
    {
        var address = AddressOf(link) ?? throw Failure(FailureKind.Refused, ElsewhereCode, "The file's link does not lead to its portal.");

        // The link is answered by a REST method, and counts as any other request.
        await _bucket.TakeAsync(cancellationToken);
        using var timeout = new CancellationTokenSource(TransferTime.Of(longest, _limits), _clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.Add(Anything);
        request.Headers.AcceptLanguage.ParseAdd("en-US,en;q=0.9");
        request.Headers.Referrer = _credential.Portal;
        request.Headers.UserAgent.Add(PortalTransport.Product);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending.Token);
            var disposition = response.Content.Headers.NonValidated.TryGetValues("Content-Disposition", out var values) ? values.ToString() : null;
            if (response.StatusCode != HttpStatusCode.OK || disposition is null)
            {
                throw await ReadFailureAsync(response, ending.Token);
            }

            var name = FileNames.Read(disposition);
            if (response.Content.Headers.ContentLength > longest)
            {
                return new DownloadedFile(name, 0) { IsTooLarge = true };
            }

            await using var content = await response.Content.ReadAsStreamAsync(ending.Token);
            return await CopyAsync(content, target, longest, ending.Token) is { } length
                ? new DownloadedFile(name, length)
                : new DownloadedFile(name, 0) { IsTooLarge = true };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(FailureKind.NotExecuted, PortalTransport.TimeoutCode, "The portal did not give the file in time.");
        }
        catch (HttpRequestException exception)
        {
            // The transport's own words may hold the address.
            throw Failure(FailureKind.NotExecuted, exception.HttpRequestError.ToString(), "The connection to the portal could not be made, or it broke.");
        }
    }

    private Uri? AddressOf(FileLink link)
    {
        var portal = _credential.Portal;
        return Uri.TryCreate(portal, link.Reveal(), out var address)
            && address.UserInfo.Length == 0
            && address.Authority.Equals(portal.Authority, StringComparison.OrdinalIgnoreCase)
            && address.Scheme == portal.Scheme
                ? address
                : null;
    }

    /// <returns><see langword="null"/> if there is more than is taken.</returns>
    private async Task<long?> CopyAsync(Stream content, Stream target, long longest, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceLength);
        try
        {
            var length = 0L;
            while (await ReadAsync(content, buffer, cancellationToken) is > 0 and var read)
            {
                length += read;
                if (length > longest)
                {
                    return null;
                }

                await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What the connection does is told from what the target does: a full disk is not the portal's.</summary>
    private async Task<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException)
        {
            throw Failure(FailureKind.NotExecuted, nameof(HttpRequestError.ResponseEnded), "The connection broke before the file was complete.");
        }
    }

    /// <summary>What came instead of the file. The portal's text is not passed on, since it may quote the link.</summary>
    private async Task<Bitrix24Exception> ReadFailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (await ReadErrorCodeAsync(response, cancellationToken) is { } code)
        {
            var verdict = ErrorClassifier.Classify(new FailureFacts(status, code, null, Writes: false));
            return Failure(
                verdict.Kind == FailureKind.NotExecuted ? FailureKind.NotExecuted : FailureKind.Refused, code, "The portal did not give the file.");
        }

        return status is >= 500 or 429 or 408
            ? Failure(FailureKind.NotExecuted, $"HTTP_{status}", $"The portal answered with HTTP status {status}.")
            : Failure(FailureKind.Refused, status == 200 ? "NO_FILE" : $"HTTP_{status}", "The portal did not give the file.");
    }

    private static async Task<string?> ReadErrorCodeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[LongestError];
        try
        {
            var length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            var code = PortalAnswer.ReadError(JsonElement.Parse(buffer.AsSpan(0, length))).Code;

            // A code is a word; anything else is not repeated.
            return code is { Length: > 0 and <= 60 } && code.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_') ? code : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            return null;
        }
    }

    private Bitrix24Exception Failure(FailureKind kind, string code, string description) => new(kind, _credential.Portal.Authority, Name, code, description);
}
