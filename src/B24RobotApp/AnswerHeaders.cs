using B24RobotApp.Settings;
using Microsoft.Extensions.Options;

namespace B24RobotApp;

/// <summary>What every answer tells a browser of itself; pages say more of their own.</summary>
internal static class AnswerHeaders
{
    /// <summary>Adds what an answer does not say by itself. Before everything else, so that errors say it too.</summary>
    public static void UseAnswerHeaders(this WebApplication app)
    {
        var isHttps = app.Services.GetRequiredService<IOptions<AppOptions>>().Value.PublicUrl!.Scheme == Uri.UriSchemeHttps;
        app.Use((context, next) =>
        {
            // At the end: a handler of errors begins with an answer that is empty again.
            context.Response.OnStarting(Complete, (context, isHttps, context.Request.Path.StartsWithSegments("/api")));
            return next(context);
        });
    }

    private static Task Complete(object state)
    {
        var (context, isHttps, isPrivate) = ((HttpContext, bool, bool))state;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (headers.ContentSecurityPolicy.Count == 0)
        {
            // No page: nothing of it is run, and nobody frames it.
            headers.ContentSecurityPolicy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
        }

        if (isPrivate)
        {
            headers.CacheControl = "no-store";
        }

        if (isHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        return Task.CompletedTask;
    }
}
