using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>Finds out who calls, and says no in a portal's words.</summary>
internal static class Authentication
{
    /// <summary>Parameters that the framework takes for itself; methods never see them.</summary>
    private static readonly string[] Reserved = ["auth", "access_token", "aplogin", "ap", "state", "start", "auth_connector", "sessid"];

    /// <exception cref="RestError">Nobody, or somebody who may not.</exception>
    public static Caller Authenticate(SandboxPortal portal, RestPath path, JsonObject parameters, string? bearer)
    {
        if (path.Secret is not null)
        {
            return AsWebhook(portal, path.UserId!, path.Secret);
        }
        // "Authorization: Bearer" is read by newer portals only.
        var token = (parameters["auth"] ?? parameters["access_token"]).AsText()
            ?? (portal.Settings.Generation == PortalGeneration.Newest ? bearer : null);
        return token is { Length: > 0 }
            ? AsApplication(portal, token)
            : throw new RestError("NO_AUTH_FOUND", "Wrong authorization data", 401);
    }

    /// <exception cref="RestError">The scope is missing.</exception>
    public static void CheckScope(Caller caller, RestMethod method)
    {
        if (method.Scope is not null && !caller.Scopes.Contains(method.Scope) && !method.OtherScopes.Any(caller.Scopes.Contains))
        {
            var holder = caller.App is null ? "webhook" : "access";
            throw new RestError("insufficient_scope", $"The request requires higher privileges than provided by the {holder} token", 403);
        }
    }

    public static JsonObject WithoutReserved(JsonObject parameters)
    {
        foreach (var name in Reserved)
        {
            parameters.Remove(name);
        }
        return parameters;
    }

    private static Caller AsWebhook(SandboxPortal portal, string userId, string secret)
    {
        var webhook = portal.Webhooks.FirstOrDefault(webhook => webhook.Secret == secret
            && webhook.UserId.ToString(System.Globalization.CultureInfo.InvariantCulture) == userId)
            ?? throw new RestError("INVALID_CREDENTIALS", "Invalid request credentials", 403);
        CheckAccess(portal);
        return new Caller(ActiveUser(portal, webhook.UserId), null, webhook, webhook.Scopes, $"{userId}/{secret}");
    }

    private static Caller AsApplication(SandboxPortal portal, string token)
    {
        if (portal.Authorization.FindAccess(token) is not { } tokens || tokens.App.Portal != portal)
        {
            throw new RestError("NO_AUTH_FOUND", "Wrong authorization data", 401);
        }
        if (tokens.AccessExpires <= portal.Clock.GetUtcNow())
        {
            throw new RestError("expired_token", "The access token provided has expired", 401);
        }
        if (!tokens.App.IsActive)
        {
            throw new RestError("APPLICATION_NOT_FOUND", "Application not found", 403);
        }
        CheckAccess(portal);
        var user = ActiveUser(portal, tokens.UserId);
        return user.IsAdmin || tokens.App.AllowedUserIds?.Contains(user.Id) != false
            ? new Caller(user, tokens.App, null, tokens.App.Scopes, token)
            : throw new RestError("user_access_error", "The user does not have access to the application.", 403);
    }

    private static void CheckAccess(SandboxPortal portal)
    {
        if (!portal.Settings.HasRestAccess)
        {
            throw new RestError("ACCESS_DENIED", "REST API is available only on commercial plans", 403);
        }
    }

    private static SandboxUser ActiveUser(SandboxPortal portal, long id) => portal.FindUser(id) is { IsActive: true } user
        ? user
        : throw new RestError("authorization_error", "Unable to authorize user", 401);
}
