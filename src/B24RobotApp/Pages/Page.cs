using System.Net;
using System.Text;

namespace B24RobotApp.Pages;

/// <summary>A plain page: no request to a third address, no inline script, and framed by its portal alone.</summary>
internal sealed class Page(PageTexts texts, string heading)
{
    private readonly StringBuilder _body = new();
    private string _attributes = "";

    public static string Encode(string? text) => WebUtility.HtmlEncode(text ?? "");

    /// <summary>Adds HTML of our own making; texts from elsewhere go through <see cref="Encode"/> first.</summary>
    public Page Add(string html)
    {
        _body.Append(html).Append('\n');
        return this;
    }

    public Page Paragraph(string text, string @class = "") => Add($"<p class=\"{@class}\">{Encode(text)}</p>");

    /// <summary>Hands the page's script what it needs, as an attribute of the body.</summary>
    public Page Data(string name, string value)
    {
        _attributes += $" data-{name}=\"{Encode(value)}\"";
        return this;
    }

    /// <param name="framedBy">The portal's address that may show this page in a frame; <see langword="null"/> for none.</param>
    /// <param name="status">HTTP status.</param>
    public IResult ToResult(Uri? framedBy, int status = StatusCodes.Status200OK) => new PageResult(
        $"""
        <!DOCTYPE html>
        <html lang="{texts.Language}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Encode(texts["title"])}</title>
        <link rel="stylesheet" href="/page.css">
        <script src="/page.js" defer></script>
        </head>
        <body{_attributes}>
        <main>
        <h1>{Encode(heading)}</h1>
        {_body}</main>
        </body>
        </html>
        """,
        framedBy is null ? "'none'" : framedBy.GetLeftPart(UriPartial.Authority),
        status);

    private sealed class PageResult(string html, string framedBy, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = status;
            response.ContentType = "text/html; charset=utf-8";
            response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {framedBy}";
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers.CacheControl = "no-store";
            return response.WriteAsync(html, httpContext.RequestAborted);
        }
    }
}
