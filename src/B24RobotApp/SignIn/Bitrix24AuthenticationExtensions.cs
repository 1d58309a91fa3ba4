using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

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
                    context.Response.Redirect($"{SignInEndpoints.Path}?problem={reason}");
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
                options.Cookie.Path = SignInEndpoints.Path;
                options.ExpireTimeSpan = SessionLife;
                options.SlidingExpiration = false;
                options.LoginPath = SignInEndpoints.Path;
                options.ReturnUrlParameter = "from";
            })
            .AddBitrix24();
        services.AddAuthorization();
        return services;
    }
}
