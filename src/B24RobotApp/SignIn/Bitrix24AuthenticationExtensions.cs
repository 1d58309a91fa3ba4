using B24RobotApp.Settings;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace B24RobotApp.SignIn;

/// <summary>Adds the sign-in with Bitrix24.</summary>
internal static class Bitrix24AuthenticationExtensions
{
    private static readonly TimeSpan SessionLife = TimeSpan.FromHours(8);

    public static AuthenticationBuilder AddBitrix24(this AuthenticationBuilder builder) =>
        builder.AddOAuth<Bitrix24AuthenticationOptions, Bitrix24AuthenticationHandler>(
            Bitrix24AuthenticationDefaults.AuthenticationScheme, "Bitrix24", options =>
            {
                options.SignInScheme = CookieAuthenticationDefaults.AuthenticationScheme;
                options.Events.OnRemoteFailure = context =>
                {
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
                options.Cookie.Name = "b24robot";
                options.Cookie.SameSite = SameSiteMode.Lax;
                options.ExpireTimeSpan = SessionLife;
                options.SlidingExpiration = false;
                options.LoginPath = SignInEndpoints.Path;
                options.ReturnUrlParameter = "from";
            })
            .AddBitrix24();
        services.AddAuthorization();

        // A server with the certificate stands in front, so that requests come by plain http; only the public address tells how browsers see it.
        services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme).Configure<IOptions<AppOptions>>((options, app) =>
        {
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
}
