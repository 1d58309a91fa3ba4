using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Portals;
using B24RobotApp.Transfers.Portals;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.Extensions.Options;

namespace B24RobotApp.SignIn;

/// <summary>
/// Signs people in at their own portal. Which portal that is stands in the protected state, and whoever answers must be that portal. Source: settings/oauth/index.md.
/// </summary>
internal sealed partial class Bitrix24AuthenticationHandler(
    IOptionsMonitor<Bitrix24AuthenticationOptions> options, ILoggerFactory logger, UrlEncoder encoder,
    PortalStore portals, ITokenStore tokens, TrustedOAuthServers servers, OAuthServer oauth, PortalVisitors visitors)
    : OAuthHandler<Bitrix24AuthenticationOptions>(options, logger, encoder)
{
    /// <summary>The card's handler path is also the app's page, so only a return with a code is meant for the sign-in.</summary>
    public override Task<bool> ShouldHandleRequestAsync() => Task.FromResult(
        HttpMethods.IsGet(Request.Method) && Request.Path == Options.CallbackPath
        && Request.Query.ContainsKey("code") && Request.Query.ContainsKey("state"));

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var (portal, authority) = await FindAsync(properties);

        // A fixed page, never one that an address names.
        properties.RedirectUri = OriginalPathBase + SignInEndpoints.TransfersPath;
        GenerateCorrelationId(properties);
        var state = Options.StateDataFormat.Protect(properties);
        Response.Redirect(
            $"{portal.Address}oauth/authorize/?client_id={Uri.EscapeDataString(authority.Application.ClientId)}&state={Uri.EscapeDataString(state)}");
    }

    protected override async Task<OAuthTokenResponse> ExchangeCodeAsync(OAuthCodeExchangeContext context)
    {
        var (portal, authority) = await FindAsync(context.Properties);

        // The browser names the server; the secret goes there only if it is a trusted one.
        var server = authority.Server;
        if (Request.Query["server_domain"].ToString() is { Length: > 0 } named && !servers.TryFind(named, out server))
        {
            return OAuthTokenResponse.Failed(new AuthenticationFailureException("The authorization server that the portal names is not trusted."));
        }

        // Older portals leave the member id out of the address they return to; the authorization server's answer is decisive.
        if (Request.Query["member_id"].ToString() is { Length: > 0 } member && !member.Equals(portal.MemberId.Value, StringComparison.OrdinalIgnoreCase))
        {
            return OAuthTokenResponse.Failed(new AuthenticationFailureException("Another portal returned than was asked."));
        }

        try
        {
            var answer = await oauth.ExchangeCodeAsync(server, authority.Application, context.Code, Context.RequestAborted);
            return answer.Portal.Authority == portal.Address.Authority && (answer.Member is null || answer.Member == portal.MemberId)
                ? OAuthTokenResponse.Success(JsonDocument.Parse(JsonSerializer.Serialize(new Dictionary<string, string> { ["access_token"] = answer.Tokens.Access.Reveal() })))
                : OAuthTokenResponse.Failed(new AuthenticationFailureException("Another portal answered than was asked."));
        }
        catch (Bitrix24Exception exception)
        {
            return OAuthTokenResponse.Failed(new AuthenticationFailureException(exception.Message));
        }
    }

    protected override async Task<AuthenticationTicket> CreateTicketAsync(ClaimsIdentity identity, AuthenticationProperties properties, OAuthTokenResponse tokens)
    {
        var (portal, _) = await FindAsync(properties);
        try
        {
            var profile = await visitors.WhoIsAsync(portal.Address, new AccessToken(tokens.AccessToken!), Context.RequestAborted);
            if (profile is not { Id: > 0, IsAdministrator: true })
            {
                throw new AuthenticationFailureException(SignInEndpoints.NotAdministrator);
            }

            identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, $"{portal.MemberId}/{profile.Id}", ClaimValueTypes.String, Options.ClaimsIssuer));
            identity.AddClaim(new Claim(Bitrix24AuthenticationDefaults.PortalClaim, portal.MemberId.Value, ClaimValueTypes.String, Options.ClaimsIssuer));
            Log.SignedIn(Logger, profile.Id, portal.Address.Authority);
            return new AuthenticationTicket(new ClaimsPrincipal(identity), properties, Scheme.Name);
        }
        catch (Bitrix24Exception exception)
        {
            throw new AuthenticationFailureException(exception.Message);
        }
    }

    private async Task<(Portal Portal, TokenAuthority Authority)> FindAsync(AuthenticationProperties properties)
    {
        if (properties.Items.TryGetValue(Bitrix24AuthenticationDefaults.PortalItem, out var text) && MemberId.TryParse(text, out var member)
            && await portals.FindAsync(member, Context.RequestAborted) is { } portal
            && await tokens.FindAuthorityAsync(member, Context.RequestAborted) is { } authority)
        {
            return (portal, authority);
        }

        throw new AuthenticationFailureException("The portal is not installed, or the app's keys for it are not known.");
    }

    private static partial class Log
    {
        [LoggerMessage(3922, LogLevel.Information, "User {UserId} of {Portal} signed in")]
        public static partial void SignedIn(ILogger logger, long userId, string portal);
    }
}
