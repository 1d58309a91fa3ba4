namespace B24RobotApp.Pages;

/// <summary>
/// The shell of a page that is built from <c>ui/</c>. It holds no data and no secrets: its script asks the portal's frame who looks, and the app's API for the rest.
/// </summary>
/// <param name="texts">The language until the script knows better.</param>
/// <param name="name">The page: the script of this name.</param>
internal sealed class UiPage(PageTexts texts, string name)
{
    /// <summary>The page for the frame of a portal whose token was checked.</summary>
    public IResult ToFrame(Uri portal) => new UiResult(this, portal.GetLeftPart(UriPartial.Authority));

    private string Write(PathString root) => $"""
        <!DOCTYPE html>
        <html lang="{texts.Language}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Page.Encode(texts["title"])}</title>
        <link rel="stylesheet" href="{Page.Encode(root)}/ui/page.css">
        <script type="module" src="{Page.Encode(root)}/ui/{name}.js"></script>
        </head>
        <body data-root="{Page.Encode(root)}">
        <div id="app"><p>{Page.Encode(texts["loading"])}</p></div>
        </body>
        </html>
        """;

    private sealed class UiResult(UiPage page, string portal) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = "text/html; charset=utf-8";

            // The kit places its menus by inline styles. Never X-Frame-Options: it cannot name a portal.
            response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self' {portal}; form-action 'none'; base-uri 'none'; frame-ancestors {portal}";
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers.CacheControl = "no-store";
            return response.WriteAsync(page.Write(httpContext.Request.PathBase), httpContext.RequestAborted);
        }
    }
}
