using System.Net;
using System.Text;

namespace B24RobotApp.Pages;

/// <summary>A plain page: no request to a third address, no inline script, and framed by portals alone.</summary>
internal sealed class Page(PageTexts texts, string heading)
{
    private const string Nobody = "'none'";

    private readonly StringBuilder _body = new();

    public static string Encode(string? text) => WebUtility.HtmlEncode(text ?? "");

    /// <summary>Adds HTML of our own making; texts from elsewhere go through <see cref="Encode"/> first.</summary>
    public Page Add(string html)
    {
        _body.Append(html).Append('\n');
        return this;
    }

    public Page Heading(string text) => Add($"<h2>{Encode(text)}</h2>");

    public Page Paragraph(string text, string @class = "") => Add($"<p class=\"{@class}\">{Encode(text)}</p>");

    /// <summary>A page for the frame of a portal whose token was checked.</summary>
    public IResult ToFrame(Uri portal) => new PageResult(this, portal.GetLeftPart(UriPartial.Authority), "", StatusCodes.Status200OK);

    /// <summary>What is said in a frame before anyone's word was checked: the portal may show it that it claims to be, if that is on the host's list.</summary>
    /// <param name="portals">The portal, as sources of a content security policy.</param>
    /// <param name="status">HTTP status.</param>
    public IResult ToRefusal(string portals, int status) => new PageResult(this, portals.Length > 0 ? portals : Nobody, "", status);

    /// <summary>A page for a window of its own.</summary>
    /// <param name="formTargets">Where its form may lead besides the app itself; redirects count.</param>
    public IResult ToWindow(string formTargets = "") => new PageResult(this, Nobody, formTargets, StatusCodes.Status200OK);

    private string Write(PathString root) => $"""
        <!DOCTYPE html>
        <html lang="{texts.Language}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Encode(texts["title"])}</title>
        <link rel="stylesheet" href="{Encode(root)}/page.css">
        </head>
        <body>
        <main>
        <h1>{Encode(heading)}</h1>
        {_body}</main>
        </body>
        </html>
        """;

    private sealed class PageResult(Page page, string framedBy, string formTargets, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = status;
            response.ContentType = "text/html; charset=utf-8";

            // Never X-Frame-Options: it cannot name a portal.
            response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; style-src 'self'; form-action 'self' {formTargets}; base-uri 'none'; frame-ancestors {framedBy}";
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers.CacheControl = "no-store";
            return response.WriteAsync(page.Write(httpContext.Request.PathBase), httpContext.RequestAborted);
        }
    }
}
