using System.Security.Claims;

namespace B24RobotApp.Api;

/// <summary>Says in the log who was refused what for want of rights: a page shows nobody what he may not do, so whoever comes here tries it by hand.</summary>
internal static partial class ForbiddenRequests
{
    /// <summary>Before the authorization, which ends such a request.</summary>
    public static void UseForbiddenRequests(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILogger<ApiSessions>>();
        app.Use(async (context, next) =>
        {
            await next(context);
            if (context.Response.StatusCode == StatusCodes.Status403Forbidden && context.User.FindFirstValue(ApiVisitor.PortalClaim) is { } portal)
            {
                Log.Forbidden(logger, context.User.FindFirstValue(ApiVisitor.UserClaim) ?? "", portal, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "");
            }
        });
    }

    private static partial class Log
    {
        [LoggerMessage(3933, LogLevel.Warning, "User {UserId} of portal {PortalId} is forbidden {Method} {Endpoint}")]
        public static partial void Forbidden(ILogger logger, string userId, string portalId, string method, string endpoint);
    }
}
