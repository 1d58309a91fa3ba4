using System.Text;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>What a page's address answers.</summary>
internal abstract record PageAnswer
{
    /// <summary>
    /// Nothing is loaded from elsewhere; only applications' frames and the forms that load them lead out. A page may stand in a slider,
    /// which is a frame of the portal itself.
    /// </summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-src http: https:; form-action http: https:; base-uri 'none'; frame-ancestors 'self'";

    public abstract Task WriteAsync(HttpContext context);

    /// <summary>A page.</summary>
    internal sealed record Shown(Html Page, int Status = StatusCodes.Status200OK) : PageAnswer
    {
        public override Task WriteAsync(HttpContext context)
        {
            context.Response.StatusCode = Status;
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            return SendAsync(context, "text/html", Encoding.UTF8.GetBytes(Page.Text));
        }
    }

    /// <summary>Data for the page's script.</summary>
    internal sealed record Told(JsonNode Value, int Status = StatusCodes.Status200OK) : PageAnswer
    {
        public override Task WriteAsync(HttpContext context)
        {
            context.Response.StatusCode = Status;
            return SendAsync(context, "application/json", Encoding.UTF8.GetBytes(Value.ToJsonString()));
        }
    }

    /// <summary>A file of the folder <c>Web</c>.</summary>
    internal sealed record File(string ContentType, byte[] Content) : PageAnswer
    {
        public override Task WriteAsync(HttpContext context) => SendAsync(context, ContentType, Content);
    }

    /// <summary>After a form was taken: another page.</summary>
    internal sealed record GoTo(string Path) : PageAnswer
    {
        public override Task WriteAsync(HttpContext context)
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = Path;
            return Task.CompletedTask;
        }
    }

    private static Task SendAsync(HttpContext context, string contentType, byte[] content)
    {
        context.Response.ContentType = $"{contentType}; charset=utf-8";
        context.Response.ContentLength = content.Length;
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }
}
