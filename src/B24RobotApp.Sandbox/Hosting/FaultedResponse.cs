using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Hosting;

/// <summary>Writes an answer, or what a fault makes of it.</summary>
internal sealed class FaultedResponse(HttpContext context, FaultPlan faults, TimeProvider clock, IReadOnlyList<string> names)
{
    private const string BadGatewayPage =
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

    private bool _isTold;

    /// <summary>What went out; 0 where the connection was cut.</summary>
    public int Status { get; private set; }

    public string? Error { get; private set; }

    /// <summary>The fault that struck, if one did.</summary>
    public string? Struck { get; private set; }

    /// <summary>Called once, when all is known and nothing has left yet.</summary>
    public Action<FaultedResponse> BeforeSending { get; set; } = _ => { };

    /// <summary>Lets a fault strike before anything is done.</summary>
    /// <returns>Whether the request is over.</returns>
    public async Task<bool> StopsBeforeAsync()
    {
        if (faults.Next(names, FaultKind.Held) is { } held)
        {
            Note(held);
            await held.Released;
        }

        var rule = faults.Next(names, FaultKind.ResetBefore, FaultKind.InternalErrorBefore, FaultKind.BadGatewayBefore,
            FaultKind.ExpiredToken, FaultKind.QueryLimitExceeded, FaultKind.Refuse);
        switch (rule?.Kind)
        {
            case FaultKind.ResetBefore:
                Note(rule);
                Tell();
                context.Abort();
                return true;
            case FaultKind.InternalErrorBefore:
                Note(rule);
                await WriteErrorAsync(500, "INTERNAL_SERVER_ERROR", "Internal server error");
                return true;
            case FaultKind.BadGatewayBefore:
                Note(rule);
                await WriteTextAsync(502, "text/html", BadGatewayPage);
                return true;
            case FaultKind.ExpiredToken:
                Note(rule);
                await WriteErrorAsync(401, "expired_token", "The access token provided has expired");
                return true;
            case FaultKind.QueryLimitExceeded:
                Note(rule);
                await WriteErrorAsync(503, "QUERY_LIMIT_EXCEEDED", "Too many requests");
                return true;
            case FaultKind.Refuse:
                Note(rule);
                await WriteErrorAsync(rule.Status, rule.Code, "Refused on purpose");
                return true;
            default:
                return false;
        }
    }

    /// <summary>Sends the answer of what was done, as JSON in PHP's way.</summary>
    public Task WriteAsync(int status, JsonNode body)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            PhpOutput.Write(writer, body);
        }
        return WriteAsync(status, "application/json; charset=utf-8", buffer.WrittenMemory);
    }

    public async Task WriteAsync(int status, string contentType, ReadOnlyMemory<byte> content)
    {
        if (faults.Next(names, FaultKind.Slow) is { } slow)
        {
            Note(slow);
            await Task.Delay(slow.Delay, clock, context.RequestAborted);
        }

        var rule = faults.Next(names, FaultKind.ResetAfter, FaultKind.InternalErrorAfter, FaultKind.BadGatewayAfter, FaultKind.Hang);
        if (rule is not null)
        {
            Note(rule);
        }
        switch (rule?.Kind)
        {
            case FaultKind.ResetAfter:
                Tell();
                context.Response.ContentType = contentType;
                context.Response.ContentLength = content.Length;
                await context.Response.Body.WriteAsync(content[..(content.Length / 2)], context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                context.Abort();
                break;
            case FaultKind.InternalErrorAfter:
                await WriteErrorAsync(500, "INTERNAL_SERVER_ERROR", "Internal server error");
                break;
            case FaultKind.BadGatewayAfter:
                await WriteTextAsync(502, "text/html", BadGatewayPage);
                break;
            case FaultKind.Hang:
                Tell();
                await Task.Delay(Timeout.InfiniteTimeSpan, clock, context.RequestAborted);
                break;
            default:
                await SendAsync(status, contentType, content);
                break;
        }
    }

    public Task WriteErrorAsync(int status, string code, string description)
    {
        Error = code;
        var body = new JsonObject { ["error"] = code, ["error_description"] = description };
        return WriteTextAsync(status, "application/json; charset=utf-8", body.ToJsonString());
    }

    public Task WriteTextAsync(int status, string contentType, string text) => SendAsync(status, contentType, Encoding.UTF8.GetBytes(text));

    private async Task SendAsync(int status, string contentType, ReadOnlyMemory<byte> content)
    {
        Status = status;
        Tell();
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    /// <summary>For a caller that hung up before anything was sent: it is told all the same.</summary>
    public void Tell()
    {
        if (!_isTold)
        {
            _isTold = true;
            BeforeSending(this);
        }
    }

    private void Note(FaultRule rule) => Struck = Struck is null ? rule.Kind.ToString() : $"{Struck}, {rule.Kind}";
}
