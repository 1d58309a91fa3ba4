using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.OAuth;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Automation;

/// <summary>The <c>auth</c> of robot calls and events.</summary>
internal static class AuthBlock
{
    /// <summary>What comes always: who the portal is and the token that shows it.</summary>
    public static JsonObject WithoutTokens(SandboxPortal portal, string applicationToken) => new()
    {
        ["domain"] = portal.Domain,
        ["client_endpoint"] = new Uri(portal.BaseUrl, "rest/").ToString(),
        ["server_endpoint"] = portal.Authorization.RestEndpoint.ToString(),
        ["member_id"] = portal.MemberId,
        ["application_token"] = applicationToken,
    };

    /// <summary>What an outgoing webhook tells; by one page of the documentation it leaves the endpoints out.</summary>
    public static JsonObject ForWebhook(SandboxPortal portal, OutgoingWebhook webhook)
    {
        var auth = WithoutTokens(portal, webhook.ApplicationToken);
        if (!portal.Settings.WebhooksNameEndpoints)
        {
            auth.Remove("client_endpoint");
            auth.Remove("server_endpoint");
        }
        return auth;
    }

    /// <summary>With tokens of a user, if there is an active one.</summary>
    public static JsonObject For(AppInstallation app, long userId, bool withRefreshToken)
    {
        var portal = app.Portal;
        var auth = WithoutTokens(portal, app.ApplicationToken);
        auth["status"] = "L";
        auth["scope"] = string.Join(',', app.Scopes);
        if (portal.FindUser(userId) is not { IsActive: true } user)
        {
            return auth;
        }

        var tokens = portal.Authorization.Issue(app, user.Id);
        auth["access_token"] = tokens.AccessToken;
        auth["expires"] = tokens.AccessExpires.ToUnixTimeSeconds();
        auth["expires_in"] = TokenPair.AccessLifetimeSeconds;
        auth["user_id"] = user.Id;
        if (withRefreshToken)
        {
            auth["refresh_token"] = tokens.RefreshToken;
        }
        return auth;
    }
}
