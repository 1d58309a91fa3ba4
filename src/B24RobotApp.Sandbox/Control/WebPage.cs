using System.Reflection;

namespace B24RobotApp.Sandbox.Control;

/// <summary>The page that shows what the portals hold and hear: the files of <c>Web/</c>. It lives on the control interface alone.</summary>
internal static class WebPage
{
    /// <summary>It loads nothing from elsewhere and speaks with nobody else.</summary>
    private const string ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/", "index.html", "text/html");
        Map(routes, "/page.css", "page.css", "text/css");
        Map(routes, "/page.js", "page.js", "text/javascript");
        Map(routes, "/labels.js", "labels.js", "text/javascript");
    }

    private static void Map(IEndpointRouteBuilder routes, string path, string file, string contentType)
    {
        var content = Read(file);
        routes.MapMethods(path, [HttpMethods.Get], context =>
        {
            context.Response.ContentType = $"{contentType}; charset=utf-8";
            context.Response.ContentLength = content.Length;
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
        });
    }

    private static byte[] Read(string file)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Web/{file}")!; // embedded by the project file
        var content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }
}
