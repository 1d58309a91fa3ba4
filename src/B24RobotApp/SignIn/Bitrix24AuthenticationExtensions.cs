using B24RobotApp.Settings;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace B24RobotApp.SignIn;

/// <summary>Adds the sign-in with Bitrix24.</summary>
internal static partial class Bitrix24AuthenticationExtensions
{
    private static readonly TimeSpan SessionLife = TimeSpan.FromHours(8);

    public static AuthenticationBuilder AddBitrix24(this AuthenticationBuilder builder) =>
        builder.AddOAuth<Bitrix24AuthenticationOptions, Bitrix24AuthenticationHandler>(
            Bitrix24AuthenticationDefaults.AuthenticationScheme, "Bitrix24", options =>
            {
                options.SignInScheme = CookieAuthenticationDefaults.AuthenticationScheme;
                options.Events.OnRemoteFailure = context =>
                {
                    // What the portal or the browser brought is not repeated; the handler's own words say what was wrong with it.
                    Log.Refused(context.HttpContext.RequestServices.GetRequiredService<ILogger<Bitrix24AuthenticationHandler>>(), context.Failure?.Message ?? "");
                    var reason = context.Failure?.Message == SignInEndpoints.NotAdministrator ? SignInEndpoints.NotAdministrator : "failed";
                    context.Response.Redirect($"{context.Request.PathBase}{SignInEndpoints.Path}?problem={reason}");
                    context.HandleResponse();
                    return Task.CompletedTask;
                };
            });

    /// <summary>The sign-in and its session: a cookie, for pages outside the portal only, where it is a first-party one.</summary>
    public static IServiceCollection AddSignIn(this IServiceCollection services)
    {
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme)
            .AddCookie(options =>
            {
                options.Cookie.SameSite = SameSiteMode.Lax;
                options.ExpireTimeSpan = SessionLife;
                options.SlidingExpiration = false;
                options.LoginPath = SignInEndpoints.Path;

                // By itself it would make an address of the request's Host header, and that is anybody's word.
                options.Events.OnRedirectToLogin = context =>
                {
                    context.Response.Redirect(context.Request.PathBase + SignInEndpoints.Path);
                    return Task.CompletedTask;
                };
            })
            .AddBitrix24();
        services.AddAuthorization();

        // A server with the certificate stands in front, so that requests come by plain http; only the public address tells how browsers see it.
        services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme).Configure<IOptions<AppOptions>>((options, app) =>
        {
            // A browser takes a cookie of this prefix by https alone.
            options.Cookie.Name = app.Value.PublicUrl!.Scheme == Uri.UriSchemeHttps ? "__Secure-b24robot" : "b24robot";
            options.Cookie.Path = app.Value.Root.TrimEnd('/') + SignInEndpoints.Path;
            options.Cookie.SecurePolicy = SecurePolicyOf(app.Value);
        });
        services.AddOptions<Bitrix24AuthenticationOptions>(Bitrix24AuthenticationDefaults.AuthenticationScheme).Configure<IOptions<AppOptions>>((options, app) =>
        {
            // The portal leads back by a link, and Lax cookies come along with that.
            options.CorrelationCookie.SameSite = SameSiteMode.Lax;
            options.CorrelationCookie.SecurePolicy = SecurePolicyOf(app.Value);
        });
        return services;
    }

    private static CookieSecurePolicy SecurePolicyOf(AppOptions app) =>
        app.PublicUrl!.Scheme == Uri.UriSchemeHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;

    private static partial class Log
    {
        [LoggerMessage(3921, LogLevel.Warning, "A sign-in is refused: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
