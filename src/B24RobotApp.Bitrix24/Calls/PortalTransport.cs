using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// Sends one request to a portal and brings its answer, curing on the way what needs no decision: an expired token, too many requests, a portal that
/// has moved to another address.
/// </summary>
internal sealed class PortalTransport(
    HttpClient http, PortalCredential credential, LeakyBucket bucket, PortalLimits limits, TimeProvider clock)
{
    /// <summary>How often a request is repeated after <c>QUERY_LIMIT_EXCEEDED</c> before its caller hears of it: about a minute in all.</summary>
    private const int MaxBackOffs = 6;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly MediaTypeHeaderValue JsonContent = new("application/json") { CharSet = "utf-8" };

    /// <summary>Sends a call for which the caller has taken a permit from the bucket.</summary>
    /// <exception cref="Bitrix24Exception">No result, and nothing that could be cured here.</exception>
    public async Task<PortalAnswer> SendAsync(string method, JsonObject parameters, bool writes)
    {
        var renewed = false;
        var moved = false;
        var backOffs = 0;
        while (true)
        {
            var authorization = await credential.AuthorizeAsync(CancellationToken.None);
            var response = await PostAsync(method, parameters, authorization, writes);
            if (response.Location is { } location && !moved && await TryMoveAsync(location, authorization, method))
            {
                moved = true;
                await bucket.TakeAsync(CancellationToken.None);
                continue;
            }

            var answer = response.Answer;
            if (answer.Succeeded)
            {
                return answer;
            }

            var verdict = response.Location is null
                ? ErrorClassifier.Classify(answer.ToFacts(writes))
                // Nobody ran the call: the old address only says where to go, and that place is not accepted.
                : new Verdict(FailureKind.Refused);
            switch (verdict.Cure)
            {
                case Cure.RenewToken when !renewed && await credential.RenewAsync(authorization, CancellationToken.None):
                    renewed = true;
                    await bucket.TakeAsync(CancellationToken.None);
                    continue;
                case Cure.BackOff when backOffs < MaxBackOffs:
                    bucket.Overflow(TimeSpan.FromSeconds(1 << backOffs));
                    backOffs++;
                    await bucket.TakeAsync(CancellationToken.None);
                    continue;
                default:
                    throw Failure(verdict.Kind, method, answer.CodeOrStatus, answer.DescriptionOrStatus);
            }
        }
    }

    private async Task<Response> PostAsync(string method, JsonObject parameters, RequestAuthorization authorization, bool writes)
    {
        using var timeout = new CancellationTokenSource(limits.RequestTimeout, clock);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(authorization.RestEndpoint, method))
        {
            Content = new ReadOnlyMemoryContent(Serialize(parameters, authorization.Token)) { Headers = { ContentType = JsonContent } },
        };
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, timeout.Token);
            var body = await response.Content.ReadAsByteArrayAsync(timeout.Token);
            var location = (int)response.StatusCode is 301 or 302 or 307 or 308 ? response.Headers.Location : null;
            return new Response(PortalAnswer.Parse(response.StatusCode, body), location);
        }
        catch (OperationCanceledException)
        {
            throw Failure(Unknown(writes), method, "TIMEOUT", $"The portal did not answer within {limits.RequestTimeout.TotalSeconds:0} seconds.");
        }
        catch (HttpRequestException exception)
        {
            var sent = exception.HttpRequestError is not (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError);
            throw Failure(sent ? Unknown(writes) : FailureKind.NotExecuted, method, exception.HttpRequestError.ToString(), Describe(exception));
        }
        catch (IOException)
        {
            throw Failure(Unknown(writes), method, nameof(HttpRequestError.ResponseEnded), "The connection broke before the answer was complete.");
        }
    }

    /// <summary>Accepts a new address of the portal: same path, another host. The same body is posted there; a client that follows by itself would turn it into a GET.</summary>
    private async Task<bool> TryMoveAsync(Uri location, RequestAuthorization authorization, string method)
    {
        var old = new Uri(authorization.RestEndpoint, method);
        var target = new Uri(old, location);
        return target.AbsolutePath == old.AbsolutePath
            && (target.Scheme == Uri.UriSchemeHttps || target.Scheme == old.Scheme)
            && target.Authority != old.Authority
            && await credential.MoveAsync(new Uri(target.GetLeftPart(UriPartial.Authority) + "/"), CancellationToken.None);
    }

    private static ReadOnlyMemory<byte> Serialize(JsonObject parameters, AccessToken? token)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, WriterOptions);
        writer.WriteStartObject();
        foreach (var (name, value) in parameters)
        {
            writer.WritePropertyName(name);
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                value.WriteTo(writer);
            }
        }

        if (token is not null)
        {
            writer.WriteString("auth", token.Reveal());
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
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

    private static FailureKind Unknown(bool writes) => writes ? FailureKind.OutcomeUnknown : FailureKind.NotExecuted;

    private Bitrix24Exception Failure(FailureKind kind, string method, string code, string description) =>
        new(kind, credential.Portal.Authority, method, code, description);

    private readonly record struct Response(PortalAnswer Answer, Uri? Location);
}
