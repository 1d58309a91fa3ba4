using System.Buffers;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Files;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.Values;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// Sends one request to a portal and brings its answer, curing on the way what needs no decision: an expired token, too many requests, a portal that
/// has moved to another address.
/// </summary>
internal sealed partial class PortalTransport(
    HttpClient http, PortalCredential credential, LeakyBucket bucket, PortalLimits limits, RequestLatency latency, TimeProvider clock, Random random, ILogger logger)
{
    /// <summary>The code of a request that was sent and left unanswered.</summary>
    public const string TimeoutCode = "TIMEOUT";

    /// <summary>How often a request is repeated after <c>QUERY_LIMIT_EXCEEDED</c> before its caller hears of it: about a minute in all.</summary>
    private const int MaxBackOffs = 6;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly MediaTypeWithQualityHeaderValue AcceptedJson = new("application/json");
    public static readonly ProductInfoHeaderValue Product = new("B24RobotApp", typeof(PortalTransport).Assembly.GetName().Version?.ToString(3));

    /// <summary>Sends a call for which the caller has taken a permit from the bucket.</summary>
    /// <param name="method">The method, or <c>batch</c>.</param>
    /// <param name="writeParameters">Writes the properties of the request's JSON, but for the token.</param>
    /// <param name="writes">Whether the call changes something on the portal.</param>
    /// <param name="file">A file whose mark stands among the parameters.</param>
    /// <exception cref="Bitrix24Exception">No result, and nothing that could be cured here.</exception>
    public async Task<PortalAnswer> SendAsync(string method, Action<Utf8JsonWriter> writeParameters, bool writes, FileContent? file = null)
    {
        var renewed = false;
        var moved = false;
        var backOffs = 0;
        while (true)
        {
            var authorization = await credential.AuthorizeAsync(CancellationToken.None);
            var response = await PostAsync(method, writeParameters, authorization, writes, file);
            var answer = response.Answer;
            if (answer.Succeeded)
            {
                PortalMetrics.Requested(Host, PortalMetrics.Answered, response.Duration);
                return answer;
            }

            if (response.Location is { } location && !moved && await TryMoveAsync(location, authorization, method))
            {
                moved = true;
                PortalMetrics.Requested(Host, PortalMetrics.Moved, response.Duration);
                Log.Moved(logger, credential.Portal.Authority);
                await bucket.TakeAsync(CancellationToken.None);
                continue;
            }

            var verdict = ErrorClassifier.Classify(answer.ToFacts(writes));
            switch (verdict.Cure)
            {
                case Cure.RenewToken when !renewed && await credential.RenewAsync(authorization, CancellationToken.None):
                    renewed = true;
                    PortalMetrics.Requested(Host, PortalMetrics.TokenExpired, response.Duration);
                    await bucket.TakeAsync(CancellationToken.None);
                    continue;
                case Cure.BackOff when backOffs < MaxBackOffs:
                    // With jitter: whoever shares our address was told the same at the same time.
                    var pause = TimeSpan.FromSeconds((1 << backOffs) * (1 + (random.NextDouble() / 4)));
                    backOffs++;
                    PortalMetrics.Requested(Host, PortalMetrics.RateLimited, response.Duration);
                    bucket.Overflow(pause);
                    Log.TooManyRequests(logger, credential.Portal.Authority, pause.TotalSeconds);
                    await bucket.TakeAsync(CancellationToken.None);
                    continue;
                default:
                    PortalMetrics.Requested(Host, verdict.Kind, response.Duration);
                    throw Failure(verdict.Kind, method, answer.CodeOrStatus, answer.DescriptionOrStatus);
            }
        }
    }

    private async Task<Response> PostAsync(
        string method, Action<Utf8JsonWriter> writeParameters, RequestAuthorization authorization, bool writes, FileContent? file)
    {
        var patience = TransferTime.Of(file?.EncodedLength ?? 0, limits);
        using var timeout = new CancellationTokenSource(patience, clock);
        var body = new RequestBody(Serialize(writeParameters, authorization.Token), file);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(authorization.RestEndpoint, method)) { Content = body };
        request.Headers.Accept.Add(AcceptedJson);
        request.Headers.UserAgent.Add(Product);
        var started = clock.GetTimestamp();
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            var answer = await PortalAnswer.ReadAsync(response, authorization, timeout.Token);
            return new Response(answer, answer.Status is 301 or 302 or 307 or 308 ? response.Headers.Location : null, clock.GetElapsedTime(started));
        }
        catch (OperationCanceledException)
        {
            throw body.IsUnderWay
                ? NoAnswer(method, writes, body, started, TimeoutCode, $"The portal did not answer within {patience.TotalSeconds:0} seconds.")
                : NoAnswer(method, writes, body, started, "CONNECT_TIMEOUT", "No connection to the portal could be made in time.");
        }
        catch (HttpRequestException exception)
        {
            throw NoAnswer(method, writes, body, started, CodeOf(exception), Describe(exception));
        }
        catch (InvalidDataException)
        {
            throw NoAnswer(method, writes, body, started, "ANSWER_UNREADABLE", $"The portal's answer is damaged, or longer than {PortalAnswer.Longest} bytes.");
        }
        catch (IOException)
        {
            throw NoAnswer(method, writes, body, started, nameof(HttpRequestError.ResponseEnded), "The connection broke before the answer was complete.");
        }
        finally
        {
            if (file is null)
            {
                // A file's way says nothing of the portal's pace.
                latency.Observe(clock.GetElapsedTime(started));
            }
        }
    }

    /// <summary>Accepts a new address of the portal: same path, another host. The same body is posted there; a client that follows by itself would turn it into a GET.</summary>
    private async Task<bool> TryMoveAsync(Uri location, RequestAuthorization authorization, string method)
    {
        var old = new Uri(authorization.RestEndpoint, method);
        var target = new Uri(old, location);
        return target.AbsolutePath == old.AbsolutePath
            && target.UserInfo.Length == 0
            && (target.Scheme == Uri.UriSchemeHttps || target.Scheme == old.Scheme)
            && target.GetLeftPart(UriPartial.Authority) != old.GetLeftPart(UriPartial.Authority)
            && await credential.MoveAsync(new Uri(target.GetLeftPart(UriPartial.Authority) + "/"), CancellationToken.None);
    }

    private static ReadOnlyMemory<byte> Serialize(Action<Utf8JsonWriter> writeParameters, AccessToken? token)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, WriterOptions);
        writer.WriteStartObject();
        writeParameters(writer);
        if (token is not null)
        {
            writer.WriteString("auth", token.Reveal());
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private Bitrix24Exception NoAnswer(string method, bool writes, RequestBody body, long started, string code, string description)
    {
        var kind = ErrorClassifier.Classify(new FailureFacts(0, null, null, writes, body.IsUnderWay)).Kind;
        PortalMetrics.Requested(Host, kind, clock.GetElapsedTime(started));
        return Failure(kind, method, code, description);
    }

    private static string CodeOf(HttpRequestException exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException socket)
            {
                return socket.SocketErrorCode.ToString();
            }
        }

        return exception.HttpRequestError.ToString();
    }

    // The transport's own message may hold the address, and that may be a webhook's.
    private static string Describe(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "The portal's host name is unknown.",
        HttpRequestError.ConnectionError => "No connection to the portal could be made.",
        HttpRequestError.SecureConnectionError => "The portal's certificate was not accepted.",
        HttpRequestError.ProxyTunnelError => "The proxy did not let the request through.",
        _ => "The connection broke before the answer was complete.",
    };

    private Bitrix24Exception Failure(FailureKind kind, string method, string code, string description) =>
        new(kind, Host, method, code, description);

    private string Host => credential.Portal.Authority;

    private readonly record struct Response(PortalAnswer Answer, Uri? Location, TimeSpan Duration);

    private static partial class Log
    {
        [LoggerMessage(1004, LogLevel.Information, "The portal is at {Host} from now on")]
        public static partial void Moved(ILogger logger, string host);

        [LoggerMessage(1005, LogLevel.Information, "{Host} counts too many requests from this address; all wait {PauseSeconds:0.0} s")]
        public static partial void TooManyRequests(ILogger logger, string host, double pauseSeconds);
    }
}
